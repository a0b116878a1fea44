package experiments

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/trtnas/trtnas/experiments/report"
	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/trt"
)

// ErrNoNetwork tells that a run has no such network.
var ErrNoNetwork = errors.New("unknown network")

// commands are the lines by which a run is shown, used, continued and made
// again.
func (w *Watch) commands() []report.Command {
	name, db := quote(w.run.Name), w.dbFlag()
	var all []report.Command
	if !w.run.Finished() {
		all = append(all, report.Command{Does: "go on with the run, if it was stopped", Line: "trtnas resume " + name + db})
	}
	if len(w.front.points) > 0 {
		all = append(all, report.Command{Does: "write the best network as ONNX and PyTorch", Line: "trtnas export " + name + db})
	}
	return append(all,
		report.Command{Does: "show the front as text", Line: "trtnas front " + name + db},
		report.Command{Does: "write this run as a page", Line: "trtnas report " + name + " -o " + quote(w.run.Name+".html") + db},
		w.again(),
	)
}

func (w *Watch) networkCommands(id string) []report.Command {
	at := quote(w.run.Name) + " --id " + id + w.dbFlag()
	if !w.onFront(id) {
		return []report.Command{}
	}
	return []report.Command{
		{Does: "write this network as ONNX and PyTorch, with how to time it", Line: "trtnas export " + at},
		{Does: "its architecture as JSON", Line: "trtnas export " + at + " --json"},
	}
}

func (w *Watch) onFront(id string) bool {
	for _, r := range w.front.points {
		if r.ID == id {
			return true
		}
	}
	return false
}

func (w *Watch) dbFlag() string {
	if w.db == "" {
		return ""
	}
	return " --db " + quote(w.db)
}

// again is the search's own command. A space of the user's is named by a file
// that they have to give.
func (w *Watch) again() report.Command {
	s := w.settings
	does := "make the same search again, in another database"
	words := []string{"trtnas search --budget", quote(s.budgetWord()), "--space", spaceWord(s.Space), "--device", quote(s.Device.Name)}
	add := func(given bool, flag string, value any) {
		if given {
			words = append(words, flag, quote(fmt.Sprint(value)))
		}
	}
	add(true, "--evals", s.Evaluations)
	add(true, "--algo", s.Algorithm)
	add(true, "--population", s.Population)
	add(s.Spec.Batch != defaultBatch, "--batch", s.Spec.Batch)
	add(s.Spec.Resolution != defaultResolution, "--resolution", fmt.Sprintf("%dx%d", s.Spec.Resolution[0], s.Spec.Resolution[1]))
	add(s.Spec.Precision != trt.FP16, "--precision", s.Spec.Precision)
	add(s.BudgetOn != "" && s.BudgetOn != Median, "--budget-on", s.BudgetOn)
	add(s.Together != FirstOnly, "--latency-of", s.Together)
	add(w.objectiveWords() != "latency,accuracy", "--objective", w.objectiveWords())
	for _, l := range s.Limits.all() {
		add(*l.most > 0, "--limit", l.String())
	}
	add(w.measures(), "--finalists", s.Finalists)
	words = append(words, accuracyWords(s.Accuracy)...)
	if s.Extrapolate {
		words = append(words, "--extrapolate")
	}
	add(true, "--seed", s.Seed)
	if s.Spec.Output == trt.Features {
		words = append(words, "--features")
	}
	switch {
	case reflect.DeepEqual(s.Warm, warmReferences(s.Space)): // as assumed
	case reflect.DeepEqual(s.Warm, Warm{}):
		words = append(words, "--warm", "none")
	default:
		does = "make a search like it again (this one began with networks that no command can name)"
	}
	return report.Command{Does: does, Line: strings.Join(words, " ") + " --db again.db"}
}

// accuracyWords are the flags of accuracies that are trained. What program trained
// is for the user to know.
func accuracyWords(by AccuracyBy) []string {
	from := "exec:PROGRAM"
	switch by.Tier {
	case "":
		return nil
	case ByTraining:
		from = "train:" + by.Settings.Images
	}
	return []string{
		"--accuracy", quote(from), "--train-epochs", fmt.Sprint(by.Settings.Epochs),
		"--train-resolution", fmt.Sprint(by.Settings.Resolution), "--train-seed", fmt.Sprint(by.Settings.Seed),
	}
}

func warmReferences(s *space.Space) (w Warm) {
	w.add(s, publishedArchs())
	return w
}

// What a search assumes where nothing is said (the paper's conditions).
const defaultBatch = 8

var defaultResolution = [2]int{224, 224}

func (w *Watch) objectiveWords() string {
	var words []string
	for _, o := range w.settings.objectives() {
		words = append(words, string(o))
	}
	return strings.Join(words, ",")
}

func spaceWord(s *space.Space) string {
	if builtin, err := space.Named(s.Name); err == nil {
		a, err1 := json.Marshal(builtin)
		b, err2 := json.Marshal(s)
		if err1 == nil && err2 == nil && string(a) == string(b) {
			return s.Name
		}
	}
	return quote(s.Name + ".yaml")
}

// settingsText lists what the run was asked for.
func (w *Watch) settingsText() []report.Setting {
	s := w.settings
	all := []report.Setting{
		{Name: "space", Value: s.Space.Name},
		{Name: "algorithm", Value: string(s.Algorithm)},
		{Name: "objectives", Value: w.objectiveWords()},
		{Name: "budget", Value: s.budgetWord() + " for one batch, on the " + string(orMedian(s.BudgetOn))},
		{Name: "evaluations", Value: fmt.Sprint(s.Evaluations)},
		{Name: "population", Value: fmt.Sprint(s.Population)},
		{Name: "seed", Value: fmt.Sprint(s.Seed)},
		{Name: "device", Value: s.Device.Name},
		{Name: "latency by", Value: w.run.Conditions.Latency},
		{Name: "accuracy by", Value: w.run.Conditions.Accuracy},
	}
	if images := w.run.Conditions.AccuracyData; images != "" {
		all = append(all, report.Setting{Name: "top-1 on", Value: images})
	}
	if s.estimates() {
		all = append(all, report.Setting{Name: "outside the accuracy model's range", Value: s.guardWord()})
	}
	for _, l := range s.Limits.all() {
		if *l.most > 0 {
			all = append(all, report.Setting{Name: "limit on " + string(l.objective), Value: l.value()})
		}
	}
	return all
}

func orMedian(s Statistic) Statistic {
	if s == "" {
		return Median
	}
	return s
}

// quote writes a word for a POSIX shell.
func quote(s string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./:=,+@%", r)
	}
	if s != "" && !strings.ContainsFunc(s, func(r rune) bool { return !plain(r) }) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
