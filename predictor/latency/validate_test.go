package latency_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/trtnas/trtnas/predictor/latency"
)

// The bounds leave room to the figures measured (LOFO MAPE 14.9 %, tau 0.84,
// coverage 86 %; network out 10.3 %, 0.89, 86 %), not to the baselines'.
func TestCrossValidation(t *testing.T) {
	near, far := samples(t)
	r, err := latency.CrossValidate(near, far, latency.T4Priors())
	if err != nil {
		t.Fatal(err)
	}
	if r.Rows != 28 || r.Networks != 26 || r.Families != 15 {
		t.Errorf("%d rows, %d networks, %d families", r.Rows, r.Networks, r.Families)
	}
	check := func(name string, s latency.Scores, mape, tau float64) {
		if s.MAPE > mape || s.Tau < tau || s.Coverage < 0.7 || s.Coverage > 0.9 {
			t.Errorf("%s: %+v, want MAPE below %v, tau above %v, coverage 0.7 to 0.9", name, s, mape, tau)
		}
	}
	check("family out", r.FamilyOut[0], 0.16, 0.82)
	check("network out", r.NetworkOut[0], 0.11, 0.86)
	check("512 px", r.Far[0], 0.17, 0.85)
	for _, baseline := range r.FamilyOut[1:] {
		if baseline.MAPE < r.FamilyOut[0].MAPE || baseline.Tau > r.FamilyOut[0].Tau {
			t.Errorf("%s is better than the roofline: %+v", baseline.Model, baseline)
		}
	}
	var text bytes.Buffer
	if err := r.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"28 rows, 26 networks, 15 families", "leave one family out", "kernel roofline", "TRT-ViT"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("the tables lack %q", want)
		}
	}
}
