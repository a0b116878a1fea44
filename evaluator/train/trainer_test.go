package train

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"math/rand"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/trt"
)

// memory keeps labels without a database.
type memory struct{ labels []evaluator.Label }

func (m *memory) Label(_ context.Context, _ evaluator.Training, id string, epoch int) (*evaluator.Label, error) {
	for _, l := range slices.Backward(m.labels) {
		if l.ID == id && l.Epoch == epoch {
			return &l, nil
		}
	}
	return nil, nil
}

func (m *memory) AppendLabel(_ context.Context, _ evaluator.Training, l evaluator.Label) error {
	m.labels = append(m.labels, l)
	return nil
}

func (m *memory) TrainingTime(context.Context, evaluator.Training) (time.Duration, error) {
	return time.Minute, nil
}

func someArchs(t *testing.T, n int) []space.Arch {
	t.Helper()
	s, err := space.Named("trt-vit")
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewSource(2))
	archs := make([]space.Arch, n)
	for i := range archs {
		archs[i] = s.Decode(s.Sample(random))
		for j := range archs[i].Stages {
			archs[i].Stages[j].S = 1 // as small images want it
		}
		archs[i] = archs[i].Canonical()
	}
	return archs
}

func newHere(t *testing.T, p Program, kept *memory) *Trainer {
	t.Helper()
	trainer, err := NewTrainer(context.Background(), p, settings, kept, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { trainer.Close() })
	return trainer
}

func TestRungs(t *testing.T) {
	tests := []struct {
		n, epochs, eta int
		want           []Rung
	}{
		{9, 9, 3, []Rung{{9, 1}, {3, 3}, {1, 9}}},
		{3, 9, 3, []Rung{{3, 3}, {1, 9}}},
		{10, 30, 3, []Rung{{10, 1}, {4, 3}, {2, 10}, {1, 30}}},
		{27, 4, 3, []Rung{{27, 1}, {9, 4}}}, // too few epochs for more rungs
		{1, 9, 3, []Rung{{1, 9}}},
		{5, 9, 0, []Rung{{5, 9}}},
		{8, 8, 2, []Rung{{8, 1}, {4, 2}, {2, 4}, {1, 8}}},
	}
	for _, test := range tests {
		if got := Rungs(test.n, test.epochs, test.eta); !reflect.DeepEqual(got, test.want) {
			t.Errorf("%d networks, %d epochs, eta %d: %v, want %v", test.n, test.epochs, test.eta, got, test.want)
		}
	}
}

// The best go on, a network that fails does not, and what is done is not done
// again.
func TestHalve(t *testing.T) {
	archs := someArchs(t, 9)
	invalid := archs[4].ID()
	kept := &memory{}
	trainer := newHere(t, fake("good", invalid), kept)
	rungs := Rungs(len(archs), settings.Epochs, DefaultEta)
	labels, err := trainer.Halve(context.Background(), archs, rungs)
	if err != nil {
		t.Fatal(err)
	}
	if len(kept.labels) != 9+3+1 {
		t.Errorf("%d trainings, want 13", len(kept.labels))
	}
	byEpoch := map[int]int{}
	for i, l := range labels {
		byEpoch[l.Epoch]++
		if l.ID != archs[i].ID() || (l.Failure != nil) != (l.ID == invalid) {
			t.Errorf("network %d: %+v", i, l)
		}
	}
	if want := map[int]int{1: 6, 3: 2, 9: 1}; !reflect.DeepEqual(byEpoch, want) {
		t.Errorf("networks by their last epoch: %v, want %v", byEpoch, want)
	}
	for _, a := range labels {
		for _, b := range labels {
			if a.Failure == nil && b.Failure == nil && a.Epoch > b.Epoch && fakeTop1(a.ID, 1) < fakeTop1(b.ID, 1) {
				t.Errorf("%s went on to epoch %d, and %s, which was better, to %d", a.ID, a.Epoch, b.ID, b.Epoch)
			}
		}
	}
	again, err := trainer.Halve(context.Background(), archs, rungs)
	if err != nil || len(kept.labels) != 13 || !reflect.DeepEqual(again, labels) {
		t.Errorf("again: %d trainings, error %v", len(kept.labels), err)
	}
	trainer.Retry = true
	if _, err := trainer.Halve(context.Background(), archs, rungs); err != nil || len(kept.labels) != 14 {
		t.Errorf("with the failure tried again: %d trainings, error %v", len(kept.labels), err)
	}
}

// The trainer is a tier: a network that can't be trained has a failure.
func TestJudge(t *testing.T) {
	archs := someArchs(t, 3)
	archs[1].Stages[3].Block, archs[1].Stages[3].Mixed, archs[1].Stages[3].R, archs[1].Stages[3].S = space.MixBlockC, 1, 0.5, 4 // on a map of 2x2
	trainer := newHere(t, fake("good"), &memory{})
	judged, err := trainer.Judge(context.Background(), archs)
	if err != nil {
		t.Fatal(err)
	}
	for i, j := range judged {
		if i == 1 {
			if j.Failure == nil || j.Failure.Class != trt.InvalidNetwork || !strings.Contains(j.Failure.Message, "a greater resolution may do") {
				t.Errorf("failure %+v", j.Failure)
			}
			continue
		}
		if want := fakeTop1(archs[i].ID(), 9); j.Failure != nil || j.Accuracy.Value != want || j.Accuracy.Source != evaluator.AccuracyExternal {
			t.Errorf("network %d: %+v, want %v", i, j, want)
		}
	}
	if trainer.Cost() != time.Minute || trainer.Scale().Data != "made up (10 classes, 01234567)" {
		t.Errorf("cost %v, scale %+v", trainer.Cost(), trainer.Scale())
	}
}

// The program finds the network's files, ONNX only where it asks for it.
func TestFiles(t *testing.T) {
	arch := someArchs(t, 1)[0]
	for _, withONNX := range []bool{false, true} {
		p := fake("good")
		p.ONNX = withONNX
		trainer := newHere(t, p, &memory{})
		if _, err := trainer.Train(context.Background(), arch, 1); err != nil {
			t.Fatal(err)
		}
		for name, want := range map[string]bool{"model.py": true, "arch.json": true, "model.onnx": withONNX} {
			if _, err := os.Stat(filepath.Join(trainer.Folder(), arch.ID(), name)); (err == nil) != want {
				t.Errorf("%s: %v, want it there: %v", name, err, want)
			}
		}
	}
}

func TestOneTrainerPerFolder(t *testing.T) {
	folder := t.TempDir()
	first, err := NewTrainer(context.Background(), fake("good"), settings, &memory{}, folder)
	if err != nil {
		t.Fatal(err)
	}
	_, err = NewTrainer(context.Background(), fake("good"), settings, &memory{}, folder)
	if !errors.As(err, new(SetupError)) || !strings.Contains(err.Error(), "another trtnas trains in") {
		t.Errorf("error %v", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	second, err := NewTrainer(context.Background(), fake("good"), settings, &memory{}, folder)
	if err != nil {
		t.Fatal(err)
	}
	second.Close()
}

func TestSettings(t *testing.T) {
	for _, bad := range []Settings{{Epochs: 0, Resolution: 64}, {Epochs: 1, Resolution: 31}} {
		if bad.Validate() == nil {
			t.Errorf("%+v is accepted", bad)
		}
	}
}

// Labels say by which recipe they came about, so a change of the script that
// changes what a network learns needs another name for it.
func TestScriptIsThatOfTheRecipe(t *testing.T) {
	const recipe, sum = "deit-short/1", "dc64ab67afe3e342"
	h := sha256.New()
	names, err := fs.Glob(scripts, "script/*.py")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		text, err := scripts.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		h.Write(text)
		if strings.HasSuffix(name, "recipe.py") && !strings.Contains(string(text), `RECIPE = "`+recipe+`"`) {
			t.Errorf("the script's recipe is not %s", recipe)
		}
	}
	if got := hex.EncodeToString(h.Sum(nil)[:8]); got != sum {
		t.Errorf("the script is another one (%s): if a network learns something else by it, count RECIPE in recipe.py up; then write both here", got)
	}
}

// The script's files are there while it is used, and then gone.
func TestScript(t *testing.T) {
	if _, _, err := Script("/nonexistent/python"); !errors.As(err, new(SetupError)) {
		t.Errorf("error %v", err)
	}
	p, remove, err := Script("true") // any program will do
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"train.py", "data.py", "fractals.py", "recipe.py"} {
		if _, err := os.Stat(filepath.Join(filepath.Dir(p.Args[1]), name)); err != nil {
			t.Error(err)
		}
	}
	if err := remove(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(p.Args[1]); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the script is still there: %v", err)
	}
}
