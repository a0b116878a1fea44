package experiments

import (
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/experiments/device"
	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/trt"
)

// What is quoted is one word to a shell, with all that it had.
func TestQuote(t *testing.T) {
	for _, word := range []string{"plain", "a b", "", "it's", `$(touch x) "y" \ *`, "sim:t4?crash=0.05&oom=0.03", "-", "ü"} {
		out, err := exec.Command("sh", "-c", "printf %s "+quote(word)).Output()
		if err != nil || string(out) != word {
			t.Errorf("%q came back as %q: %v", word, out, err)
		}
	}
}

// The command names whatever differs from what a search assumes.
func TestAgain(t *testing.T) {
	s, err := space.Named("open")
	if err != nil {
		t.Fatal(err)
	}
	own := *s
	own.Widths = own.Widths[:1]
	plain := Settings{
		Space: s, Device: device.Options{Name: "t4"}, Budget: Duration(10 * time.Millisecond), Evaluations: 500, Algorithm: NSGA2, Population: 100, Seed: 3,
		Spec: trt.Spec{Precision: trt.FP16, Batch: 8, Resolution: [2]int{224, 224}, Output: trt.Classifier}, Warm: warmReferences(s),
	}
	const begin, end = "trtnas search --budget 10ms --space open --device t4 --evals 500 --algo nsga2 --population 100", " --seed 3 --db again.db"
	for _, test := range []struct {
		name   string
		change func(*Settings)
		want   string
	}{
		{"as assumed", func(*Settings) {}, begin + end},
		{"conditions", func(s *Settings) {
			s.Spec.Batch, s.Spec.Resolution, s.Spec.Precision = 1, [2]int{384, 512}, trt.FP32
		}, begin + " --batch 1 --resolution 384x512 --precision fp32" + end},
		{"goal", func(s *Settings) {
			s.BudgetOn, s.Objectives, s.Limits = Upper, []Objective{Latency, Accuracy, Params}, Limits{Params: 6e7, MACs: 5e9}
		}, begin + " --budget-on upper --objective latency,accuracy,params --limit params=60000000 --limit macs=5000000000" + end},
		{"several budgets", func(s *Settings) {
			other := Target{Device: device.Options{Name: "v100"}, Conditions: evaluator.Conditions{Spec: s.Spec}, Budget: Duration(3 * time.Millisecond)}
			s.Targets, s.Together = []Target{other}, WorstOne
		}, strings.Replace(begin, "10ms", "t4:b8:224x224:fp16=10ms,v100:b8:224x224:fp16=3ms", 1) + " --latency-of worst" + end},
		{"features", func(s *Settings) { s.Spec.Output = trt.Features }, begin + " --seed 3 --features --db again.db"},
		{"let in", func(s *Settings) { s.Extrapolate = true }, begin + " --extrapolate" + end},
		{"cold", func(s *Settings) { s.Warm = Warm{} }, begin + " --seed 3 --warm none --db again.db"},
		{"a space of one's own", func(s *Settings) { s.Space, s.Warm = &own, warmReferences(&own) }, strings.Replace(begin, "open", "open.yaml", 1) + end},
	} {
		w := Watch{settings: plain}
		test.change(&w.settings)
		if c := w.again(); c.Line != test.want || strings.Contains(c.Does, "no command") {
			t.Errorf("%s: %s: %s, want %s", test.name, c.Does, c.Line, test.want)
		}
	}
	w := Watch{settings: plain}
	w.settings.Warm.Run = "other"
	if c := w.again(); !strings.Contains(c.Does, "no command can name") {
		t.Errorf("begun with another run: %s", c.Does)
	}
}
