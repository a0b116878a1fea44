package latency_test

import (
	"bytes"
	"flag"
	"math"
	"os"
	"testing"

	"github.com/trtnas/trtnas/predictor/latency"
)

var update = flag.Bool("update", false, "write data/t4.json from a new fit")

func TestRefitGivesTheCommittedProfile(t *testing.T) {
	fitted, err := latency.FitT4(samples(t))
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		var b bytes.Buffer
		if err := fitted.Write(&b); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile("data/t4.json", b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		t.Log("wrote data/t4.json; run again without -update")
		return
	}
	committed := open(t)
	for i, prior := range latency.T4Priors() {
		if near(fitted.Constants[i], committed.Constants[i], 1e-4) {
			continue
		}
		t.Errorf("%s: refit gives %v, data/t4.json has %v", prior.Name, fitted.Constants[i], committed.Constants[i])
	}
	fitted.Constants = committed.Constants
	if *fitted != *committed {
		t.Errorf("refit gives %+v, data/t4.json has %+v", *fitted, *committed)
	}
}

func open(t *testing.T) *latency.Profile {
	t.Helper()
	p, err := latency.Open("t4")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func near(got, want, tolerance float64) bool { return math.Abs(got-want) <= tolerance*math.Abs(want) }
