package experiments

import (
	"reflect"
	"strings"
	"testing"

	"github.com/trtnas/trtnas/evaluator/train"
	"github.com/trtnas/trtnas/space"
)

func TestParseAccuracy(t *testing.T) {
	tests := []struct {
		text    string
		tier    AccuracyTier
		images  string // its end
		program string
		fails   bool
	}{
		{"predicted", "", "", "", false},
		{"train:photos", ByTraining, "/experiments/photos", "", false}, // whole, for a run may be resumed elsewhere
		{"train:fractals", ByTraining, "fractals", "", false},
		{"train:fractals:8x4x2", ByTraining, "fractals:8x4x2", "", false},
		{"exec:./a --b c", ByProgram, "", "./a --b c", false},
		{"train:", "", "", "", true},
		{"exec: ", "", "", "", true},
		{"", "", "", "", true},
		{"measured", "", "", "", true},
	}
	for _, test := range tests {
		by, program, err := ParseAccuracy(test.text)
		if (err != nil) != test.fails || by.Tier != test.tier || program != test.program || !strings.HasSuffix(by.Settings.Images, test.images) {
			t.Errorf("%q: %+v, program %q, error %v", test.text, by, program, err)
		}
	}
}

// A search that trains has its own defaults, and no strategy or objective that
// would set labels beside estimates.
func TestAccuracySettings(t *testing.T) {
	s, err := space.Named("trt-vit")
	if err != nil {
		t.Fatal(err)
	}
	good := Settings{
		Space: s, Budget: 1, Evaluations: 10, Population: 10, Algorithm: NSGA2,
		Accuracy: AccuracyBy{ByTraining, train.Settings{Images: "fractals", Epochs: 3, Resolution: 64}},
	}
	if err := good.Validate(); err != nil {
		t.Fatal(err)
	}
	if point := good.reference(); point[1] != 0 {
		t.Errorf("hypervolume up to %v: accuracies of unknown images begin at 0", point)
	}
	for name, change := range map[string]func(*Settings){
		"screened":     func(s *Settings) { s.Algorithm, s.Batch = Screened, 4 },
		"no objective": func(s *Settings) { s.Objectives = []Objective{Latency, Params} },
		"no epochs":    func(s *Settings) { s.Accuracy.Settings.Epochs = 0 },
		"unknown tier": func(s *Settings) { s.Accuracy.Tier = "guess" },
	} {
		bad := good
		if change(&bad); bad.Validate() == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if d := differences(good, Settings{
		Space: s, Budget: 1, Evaluations: 10, Population: 10, Algorithm: NSGA2,
	}); !reflect.DeepEqual(d, []string{"accuracy"}) {
		t.Errorf("differences %q", d)
	}
	words := strings.Join(accuracyWords(good.Accuracy), " ")
	if want := "--accuracy train:fractals --train-epochs 3 --train-resolution 64 --train-seed 0"; words != want {
		t.Errorf("%q, want %q", words, want)
	}
	if words := accuracyWords(AccuracyBy{}); words != nil {
		t.Errorf("of the fitted model: %q", words)
	}
}
