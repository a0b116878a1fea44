// Package experiments runs searches under a name: each is kept in a database
// and can be killed, resumed, shown and exported.
package experiments

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/trtnas/trtnas/experiments/device"
	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/trt"
)

// Settings are all that a search's trajectory depends on, besides the results
// of its evaluations. Two searches with equal settings are equal.
type Settings struct {
	Space       *space.Space   `json:"space"`
	Device      device.Options `json:"device"`
	Spec        trt.Spec       `json:"conditions"`
	Budget      Duration       `json:"budget"`               // of one batch's latency
	Targets     []Target       `json:"targets,omitempty"`    // that have budgets besides this one
	Together    Together       `json:"together,omitempty"`   // how the latencies of several targets are objectives
	BudgetOn    Statistic      `json:"budget_on,omitempty"`  // empty is the median
	Objectives  []Objective    `json:"objectives,omitempty"` // empty is DefaultObjectives
	Limits      Limits         `json:"limits,omitzero"`
	Proxies     ProxyBy        `json:"proxies,omitzero"` // of the objectives that are zero-cost proxies
	Accuracy    AccuracyBy     `json:"accuracy,omitzero"`
	Labels      *Labels        `json:"labels,omitempty"`      // that join the fit of the accuracy model
	Extrapolate bool           `json:"extrapolate,omitempty"` // whether networks compete of which accuracies are extrapolated
	Evaluations int            `json:"evaluations"`
	Warm        Warm           `json:"warm,omitzero"`
	Finalists   int            `json:"finalists,omitempty"` // networks of a measured front that are built and timed again
	Algorithm   Algorithm      `json:"algorithm"`
	Population  int            `json:"population"`
	Batch       int            `json:"batch,omitempty"` // networks that a screened search measures in a round
	Seed        int64          `json:"seed"`
}

// Algorithm is a search strategy.
type Algorithm string

// The algorithms.
const (
	Screened    Algorithm = "screened" // measures only what a model deems worth it
	NSGA2       Algorithm = "nsga2"
	NSGA3       Algorithm = "nsga3" // for three objectives or more
	Regularised Algorithm = "regularised"
	Local       Algorithm = "local"
	Random      Algorithm = "random"
)

var algorithms = []Algorithm{Screened, NSGA2, NSGA3, Regularised, Local, Random}

// ParseAlgorithm reads an algorithm's name; empty is the default.
func ParseAlgorithm(s string) (Algorithm, error) {
	if a := Algorithm(s); a == "" || slices.Contains(algorithms, a) {
		return a, nil
	}
	return "", fmt.Errorf("unknown algorithm %q: choose screened, nsga2, nsga3, regularised, local or random", s)
}

// Defaults of a search on a device model.
const (
	// DefaultEvaluations is where longer searches stop improving: at 50,000 the
	// hypervolume has grown by less than 0.1 % over the last 10,000.
	DefaultEvaluations = 50_000
	// DefaultMeasured is for a search that measures: a night at a minute each.
	DefaultMeasured = 500
	// DefaultFinalists is what another quarter of an hour can build.
	DefaultFinalists = 12
	// DefaultPopulation is the usual one of NSGA-II (Deb et al. 2002, section V).
	DefaultPopulation = 100
	// DefaultMeasuredPopulation leaves ten generations to a search that measures.
	DefaultMeasuredPopulation = 50
)

// A round of a screened search: so many networks are measured of so many that
// are predicted. In simulation 8 and 16 a round did alike.
const (
	screenBatch = 16
	screenInner = 3000
)

// Duration is a time.Duration that JSON writes as text, such as "10ms".
type Duration time.Duration

// MarshalText writes the duration as time.Duration does.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText reads a duration as time.ParseDuration does.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	*d = Duration(v)
	return err
}

// ParseBudget reads a latency such as "10ms".
func ParseBudget(s string) (time.Duration, error) {
	d, err := time.ParseDuration(s)
	if err != nil {
		hint := ""
		if _, numErr := strconv.ParseFloat(s, 64); numErr == nil {
			hint = fmt.Sprintf("; did you mean %sms?", s)
		}
		return 0, fmt.Errorf("%q is no latency: write a number with its unit, such as 10ms or 800us%s", s, hint)
	}
	if d <= 0 {
		return 0, fmt.Errorf("a latency of %v is impossible: give a positive one, such as 10ms", d)
	}
	return d, nil
}

// Name is what a search is called unless it is given a name.
func (s Settings) Name() string {
	return fmt.Sprintf("%s-%v-seed%d", s.Space.Name, time.Duration(s.Budget), s.Seed)
}

// Validate says what makes a search impossible.
func (s Settings) Validate() error {
	switch {
	case s.Algorithm == Screened && s.objectives()[0] != Latency:
		return errors.New("a screened search saves measurements of latency: name latency among the objectives, or choose another algorithm")
	case s.Algorithm == Screened && s.Batch < 1:
		return fmt.Errorf("screened search with %d networks in a round: need at least 1", s.Batch)
	case s.Finalists < 0:
		return fmt.Errorf("%d finalists: need 0 or more", s.Finalists)
	case s.Evaluations < 1:
		return fmt.Errorf("%d evaluations: need at least 1", s.Evaluations)
	case s.Population < 4 || s.Population%2 != 0:
		return fmt.Errorf("a population of %d: need an even number from 4 on", s.Population)
	}
	return errors.Join(s.validateTargets(), s.Accuracy.validate(s), s.validateLabels(), s.validateGuard(), s.Proxies.validate(s), s.Space.Validate())
}

// ForDevice completes the settings by the defaults for the device.
func (s Settings) ForDevice(d *device.Device) Settings {
	evaluations, population, algorithm := DefaultEvaluations, DefaultPopulation, NSGA2
	trains, proxies := s.Accuracy.Tier != "", len(s.proxies()) > 0
	if d.Measures && !trains {
		evaluations, algorithm = DefaultMeasured, Screened
	}
	if proxies {
		evaluations, algorithm = DefaultMeasured, NSGA2 // a score takes seconds, as a measurement does
	}
	if !d.Measures {
		s.Finalists = 0
	}
	if s.Algorithm == "" {
		s.Algorithm = algorithm
	}
	if s.Algorithm == Screened {
		s.Batch = screenBatch
	} else if d.Measures {
		population = DefaultMeasuredPopulation
	}
	if trains {
		evaluations, population = DefaultTrained, DefaultTrainedPopulation
	}
	if s.Evaluations == 0 {
		s.Evaluations = evaluations
	}
	if s.Population == 0 {
		s.Population = population
	}
	return s
}

// CheckName says what makes a run's name unusable.
func CheckName(name string) error {
	if name == "" || len(name) > 200 {
		return errors.New("a run's name has 1 to 200 characters")
	}
	if strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == '/' || r == 0x7f }) {
		return fmt.Errorf("a run's name can't have control characters or slashes: %q", name)
	}
	return nil
}

// differences names the settings in which a and b differ.
func differences(a, b Settings) []string {
	var names []string
	for _, setting := range []struct {
		name string
		of   func(Settings) any
	}{
		{"space", func(s Settings) any { return s.Space }},
		{"device", func(s Settings) any { return s.Device }},
		{"conditions", func(s Settings) any { return s.Spec }},
		{"warm start", func(s Settings) any { return s.Warm }},
		{"finalists", func(s Settings) any { return s.Finalists }},
		{"budget", func(s Settings) any { return s.Budget }},
		{"further budgets", func(s Settings) any { return s.Targets }},
		{"latency-of", func(s Settings) any { return s.Together }},
		{"budget-on", func(s Settings) any { return s.BudgetOn }},
		{"objectives", func(s Settings) any { return s.objectives() }},
		{"limits", func(s Settings) any { return s.Limits }},
		{"accuracy", func(s Settings) any { return s.Accuracy }},
		{"labels", func(s Settings) any { return s.Labels }},
		{"extrapolate", func(s Settings) any { return s.Extrapolate }},
		{"evaluations", func(s Settings) any { return s.Evaluations }},
		{"algorithm", func(s Settings) any { return s.Algorithm }},
		{"population", func(s Settings) any { return s.Population }},
		{"batch", func(s Settings) any { return s.Batch }},
		{"seed", func(s Settings) any { return s.Seed }},
	} {
		if !reflect.DeepEqual(setting.of(a), setting.of(b)) {
			names = append(names, setting.name)
		}
	}
	return names
}
