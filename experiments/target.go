package experiments

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/experiments/device"
	"github.com/trtnas/trtnas/trt"
)

// Target is a latency that a search has a budget for: on a device, of a batch,
// at a resolution and in a precision.
type Target struct {
	Device     device.Options       `json:"device"`
	Conditions evaluator.Conditions `json:"conditions"` // before the device is opened, its Spec as it was asked for
	Budget     Duration             `json:"budget"`
}

// String names the target as the user does.
func (t Target) String() string {
	c := t.Conditions
	return fmt.Sprintf("%s:b%d:%dx%d:%s", t.Device.Name, c.Batch, c.Resolution[0], c.Resolution[1], c.Precision)
}

// mostTargets keeps a mistyped list from opening devices by the dozen.
const mostTargets = 8

// Together says which latencies are the objective of a search with several
// targets. Their budgets bind whatever it is.
type Together string

// The ways to have several targets.
const (
	FirstOnly Together = ""      // the first one's; the others are constraints
	EachOne   Together = "each"  // an objective for each
	WorstOne  Together = "worst" // that which takes the greatest share of its budget
)

// ParseTogether reads the name of a way.
func ParseTogether(s string) (Together, error) {
	switch t := Together(s); t {
	case "first":
		return FirstOnly, nil
	case EachOne, WorstOne:
		return t, nil
	}
	return "", fmt.Errorf("unknown way %q to have several budgets: choose first, each or worst", s)
}

// ParseTargets reads a budget such as "10ms", or several such as
// "t4:b8=10ms,t4:b1=3ms". A target's words, between colons, are a device, a batch
// such as b8, a resolution such as 384x512, and a precision; spec and o have what
// it leaves out.
func ParseTargets(text string, spec trt.Spec, o device.Options) ([]Target, error) {
	var targets []Target
	for part := range strings.SplitSeq(text, ",") {
		t, err := parseTarget(part, spec, o)
		if err != nil {
			return nil, err
		}
		same := func(u Target) bool { return u.Device == t.Device && u.Conditions == t.Conditions }
		if slices.ContainsFunc(targets, same) {
			return nil, fmt.Errorf("%q: there is a budget for the same device, batch, resolution and precision already", part)
		}
		targets = append(targets, t)
	}
	if len(targets) > mostTargets {
		return nil, fmt.Errorf("%d budgets: %d are the most", len(targets), mostTargets)
	}
	return targets, nil
}

func parseTarget(text string, spec trt.Spec, o device.Options) (Target, error) {
	// A simulated device's flaws have signs of equality too.
	at := strings.LastIndex(text, "=")
	budget, err := ParseBudget(text[at+1:])
	if err != nil {
		return Target{}, err
	}
	words := strings.Split(text[:max(at, 0)], ":")
	for len(words) > 0 {
		took, err := conditionWord(words[len(words)-1], &spec)
		if err != nil {
			return Target{}, fmt.Errorf("%q: %w", text, err)
		}
		if !took {
			break
		}
		words = words[:len(words)-1]
	}
	if name := strings.Join(words, ":"); name != "" {
		o.Name, spec.Device = name, name
	}
	return Target{Device: o, Conditions: evaluator.Conditions{Spec: spec}, Budget: Duration(budget)}, trt.CheckInput(spec.Batch, spec.Resolution)
}

var (
	batchWord      = regexp.MustCompile(`^b([0-9]+)$`)
	resolutionWord = regexp.MustCompile(`^[0-9]+(x[0-9]+)?$`)
)

// conditionWord reads a word of a target that is not part of a device's name.
func conditionWord(word string, spec *trt.Spec) (took bool, err error) {
	switch p := trt.Precision(word); {
	case p == trt.FP16, p == trt.FP32:
		spec.Precision = p
	case batchWord.MatchString(word):
		spec.Batch, err = strconv.Atoi(word[1:])
	case resolutionWord.MatchString(word):
		spec.Resolution, err = trt.ParseResolution(word)
	default:
		return false, nil
	}
	return true, err
}

// WithTargets gives the settings their budgets.
func (s Settings) WithTargets(targets []Target) Settings {
	first := targets[0]
	s.Device, s.Spec, s.Budget = first.Device, first.Conditions.Spec, first.Budget
	s.Targets = nil // as it is stored
	if len(targets) > 1 {
		s.Targets = targets[1:]
	}
	return s
}

// Wanted are the devices of all targets, the first one first.
func (s Settings) Wanted() []device.Wanted {
	all := []device.Wanted{{Spec: s.Spec, Options: s.Device}}
	for _, t := range s.Targets {
		all = append(all, device.Wanted{Spec: t.Conditions.Spec, Options: t.Device})
	}
	return all
}

// opened has the targets' conditions be those of the devices.
func (s Settings) opened(d *device.Device) Settings {
	s.Spec = d.Conditions().Spec
	s.Device = accessed(s.Device, d)
	targets := slices.Clone(s.Targets)
	for i, b := range d.Beside {
		targets[i].Conditions, targets[i].Device = b.Conditions(), accessed(targets[i].Device, b)
	}
	s.Targets = targets
	return s
}

// accessed: a run is resumed by the way to TensorRT that it was begun on.
func accessed(o device.Options, d *device.Device) device.Options {
	if d.Measures {
		o.Access = trt.Access(d.Conditions().Latency)
	}
	return o
}

// furtherConditions are those of the targets besides the first.
func (s Settings) furtherConditions() []evaluator.Conditions {
	var all []evaluator.Conditions
	for _, t := range s.Targets {
		all = append(all, t.Conditions)
	}
	return all
}

func (s Settings) validateTargets() error {
	several := len(s.Targets) > 0
	if s.Together != "" && !several {
		return fmt.Errorf("latencies of several budgets (%s) with one budget: give more, such as b8=10ms,b1=3ms", s.Together)
	}
	if s.Together != "" && !slices.Contains(s.objectives(), Latency) {
		return errors.New("it is said which latencies are objectives, but latency is none: name it among the objectives")
	}
	return nil
}

// budgetWord is the budget as the user gives it.
func (s Settings) budgetWord() string {
	word := time.Duration(s.Budget).String()
	if len(s.Targets) > 0 {
		word = fmt.Sprintf("%s=%s", Target{Device: s.Device, Conditions: evaluator.Conditions{Spec: s.Spec}}, word)
	}
	for _, t := range s.Targets {
		word += fmt.Sprintf(",%s=%v", t, time.Duration(t.Budget))
	}
	return word
}

// latencies of a result, of all targets; fewer where it is not known yet under
// all conditions.
func latencies(r evaluator.Result) []evaluator.Latency {
	return append([]evaluator.Latency{r.Score.Latency}, r.Beside...)
}

// All are all targets, the first one first.
func (s Settings) All() []Target {
	return append([]Target{{Device: s.Device, Conditions: evaluator.Conditions{Spec: s.Spec}, Budget: s.Budget}}, s.Targets...)
}

// budgets of all targets.
func (s Settings) budgets() (all []time.Duration) {
	for _, t := range s.All() {
		all = append(all, time.Duration(t.Budget))
	}
	return all
}

// latencyObjectives are the latencies in ms that a search makes small. The
// worst one's is on the scale of the first target: its share of its budget
// times the first budget.
func (s Settings) latencyObjectives(r evaluator.Result) []float64 {
	all := latencies(r)
	switch s.Together {
	case EachOne:
		var ms []float64
		for _, l := range all {
			ms = append(ms, inMilliseconds(l.Value))
		}
		return ms
	case WorstOne:
		worst := 0.0
		for i, budget := range s.budgets()[:len(all)] {
			worst = max(worst, float64(all[i].Value)/float64(budget))
		}
		return []float64{worst * inMilliseconds(time.Duration(s.Budget))}
	}
	return []float64{milliseconds(r)}
}

// latencyLimits are the greatest useful values of latencyObjectives.
func (s Settings) latencyLimits() []float64 {
	budgets := s.budgets()
	if s.Together != EachOne {
		budgets = budgets[:1]
	}
	var ms []float64
	for _, b := range budgets {
		ms = append(ms, inMilliseconds(b))
	}
	return ms
}

func inMilliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
