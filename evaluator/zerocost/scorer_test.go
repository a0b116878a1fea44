package zerocost

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/trtnas/trtnas/space"
)

var realPython = flag.String("zerocost-python", "", "Python with ONNX Runtime and PyTorch for TestScores; empty is a stand-in for it")

// standIn answers like the script: to the first request with versions, to
// others as rest says.
func standIn(t *testing.T, rest string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "python")
	text := `#!/bin/sh
id() { expr "$1" : '{"id":\([0-9]*\)'; }
while read -r line; do
  n=$(id "$line")
  case $line in
  *'"op":"hello"'*) echo "{\"id\":$n,\"versions\":{\"onnxruntime\":\"1.0\",\"numpy\":\"2.0\",\"torch\":\"` + "$TORCH" + `\"}}" ;;
  *) ` + rest + ` ;;
  esac
done
`
	if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

func open(t *testing.T, python string) *Scorer {
	t.Helper()
	s, err := Open(t.Context(), python, clock())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// clock goes on by a second each time that it is looked at.
func clock() func() time.Time {
	now := time.Unix(0, 0)
	return func() time.Time {
		now = now.Add(time.Second)
		return now
	}
}

var small = space.Arch{Stages: [4]space.Stage{
	{Depth: 1, Width: 32, Block: space.BottleNeck, S: 1, K: 3},
	{Depth: 1, Width: 64, Block: space.MixBlockC, Mixed: 1, R: 0.5, S: 2, K: 3},
	{Depth: 1, Width: 64, Block: space.MixBlockA, Mixed: 1, R: 0.5, S: 1, K: 5},
	{Depth: 1, Width: 64, Block: space.Transformer, Mixed: 1, S: 1, K: 3},
}}.Canonical()

var smallInput = Input{Batch: 16, Resolution: [2]int{64, 64}}

func conditions(t *testing.T, s *Scorer, p Pass) Conditions {
	t.Helper()
	c, err := s.Conditions(p, smallInput)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Whatever the program does with one network is that network's failure, and
// the next one is answered.
func TestFailures(t *testing.T) {
	for _, test := range []struct {
		name, rest, want string
	}{
		{"an error", `echo "{\"id\":$n,\"error\":\"no kernel for Gelu\"}"`, "no kernel for Gelu"},
		{"a crash", `echo gone >&2; exit 3`, "exit code 3: gone"},
		{"no answer of the protocol", `echo hello`, `it answered "hello`},
		{"an answer to another request", `echo "{\"id\":77}"`, "it answered"},
		{"infinite", `echo "{\"id\":$n,\"scores\":{\"zen\":null}}"`, "not a finite number"},
		{"lacking", `echo "{\"id\":$n,\"scores\":{}}"`, "nothing of what the proxy reads"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := open(t, standIn(t, test.rest))
			for range 2 {
				scores, err := s.Score(t.Context(), FromArch(small), conditions(t, s, Plain), 1)
				if err != nil {
					t.Fatal(err)
				}
				if len(scores) != 1 || scores[0].Proxy != Zen || scores[0].Seed != 1 || scores[0].Cost != time.Second || !strings.Contains(scores[0].Failure, test.want) {
					t.Errorf("%+v, want %q", scores, test.want)
				}
			}
		})
	}
}

func TestNetworkThatDoesNotFit(t *testing.T) {
	s := open(t, standIn(t, "exit 1"))
	a := small
	a.Stages[3].S = 7
	scores, err := s.Score(t.Context(), FromArch(a), conditions(t, s, Forward), 0)
	if err != nil || len(scores) != 4 || scores[0].Failure == "" {
		t.Errorf("%+v, %v", scores, err)
	}
}

func TestVersions(t *testing.T) {
	s := open(t, standIn(t, "exit 1"))
	if c := conditions(t, s, Forward); c.Runtime != "onnxruntime 1.0, numpy 2.0" {
		t.Errorf("conditions %+v", c)
	}
	if _, err := s.Conditions(Gradient, smallInput); !errors.Is(err, ErrNoTorch) {
		t.Errorf("without PyTorch: %v", err)
	}
	t.Setenv("TORCH", "2.6")
	if c := conditions(t, open(t, standIn(t, "exit 1")), Gradient); c.Runtime != "torch 2.6, numpy 2.0" {
		t.Errorf("conditions %+v", c)
	}
	for _, python := range []string{"/nowhere/python3", "false"} {
		if _, err := Open(t.Context(), python, clock()); err == nil || !strings.Contains(err.Error(), "pip install onnxruntime") {
			t.Errorf("%s: %v", python, err)
		}
	}
}

func TestCancel(t *testing.T) {
	s := open(t, standIn(t, "sleep 60"))
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	began := time.Now()
	if _, err := s.Score(ctx, FromArch(small), conditions(t, s, Plain), 0); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) > 20*time.Second {
		t.Errorf("%v after %v", err, time.Since(began))
	}
}

// make verify-quick gives this test a real Python, where all proxies of a
// network are equal to the last digit when they are computed again. Without it
// the requests are looked at.
func TestScores(t *testing.T) {
	if *realPython == "" {
		asked := filepath.Join(t.TempDir(), "asked")
		t.Setenv("TORCH", "2.6")
		s := open(t, standIn(t, fmt.Sprintf(`echo "$line" >> %s; echo "{\"id\":$n,\"scores\":{\"zen\":2.5}}"`, asked)))
		scores, err := s.Score(t.Context(), FromArch(small), conditions(t, s, Plain), 3)
		if want := []Score{{Zen, 3, 2.5, "", time.Second}}; err != nil || !slices.Equal(scores, want) {
			t.Errorf("%v, %v, want %v", scores, err, want)
		}
		if _, err := s.Score(t.Context(), FromArch(small), conditions(t, s, Gradient), 3); err != nil {
			t.Error(err)
		}
		text, err := os.ReadFile(asked)
		for _, want := range []string{`"op":"plain"`, `"name":"s3.b1.norm1"`, `"op":"gradient"`, `"labels":[`, `"shape":[16,3,64,64]`} {
			if err != nil || !strings.Contains(string(text), want) {
				t.Errorf("asked %s, %v, want %s", text, err, want)
			}
		}
		return
	}
	s, again := open(t, *realPython), open(t, *realPython)
	for _, pass := range Passes(All()) {
		first, err := s.Score(t.Context(), FromArch(small), conditions(t, s, pass), 1)
		if err != nil {
			t.Fatal(err)
		}
		second, err := again.Score(t.Context(), FromArch(small), conditions(t, again, pass), 1)
		if err != nil || !slices.Equal(first, second) {
			t.Errorf("%v, then %v, %v", first, second, err)
		}
		for _, score := range first {
			if score.Failure != "" || score.Value == 0 {
				t.Errorf("%+v", score)
			}
			t.Logf("%s %v", score.Proxy, score.Value)
		}
	}
}
