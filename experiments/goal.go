package experiments

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/evaluator/zerocost"
	"github.com/trtnas/trtnas/search"
)

// Objective is what a search makes as good as it can.
type Objective string

// The objectives, in the order in which a search has them.
const (
	Latency  Objective = "latency"  // of one batch, in ms
	Accuracy Objective = "accuracy" // its lower bound, in per cent
	Params   Objective = "params"   // in millions
	MACs     Objective = "macs"     // of one image, in units of 10^9

	// What an engine takes is known only where it is measured.
	Memory     Objective = "memory" // on the device beside its weights, in MB
	EngineSize Objective = "engine" // of its file, in MB
	Energy     Objective = "energy" // for one image, in mJ
)

// objectives in their order, with the point up to which the hypervolume is
// measured where no limit gives it: beyond the networks of interest. The
// latency's is the budget; the accuracy's is below every network of interest
// (AlexNet's 56.5 % rounded up; torchvision's table of models).
var objectives = []struct {
	objective Objective
	reference float64
}{
	{Latency, 0}, {Accuracy, -60}, {Params, 200}, {MACs, 50}, {Memory, 4000}, {EngineSize, 1000}, {Energy, 10_000},
	// Zero-cost proxies, which have no unit and are made as great as can be.
	{proxyMeCo, 0}, {proxySWAP, 0}, {proxyNASWOT, 0}, {proxyAZ, 0}, {proxyZen, 0}, {proxyZiCo, 0}, {proxyGradNorm, 0},
}

// The proxies as objectives.
const (
	proxyMeCo     = Objective(zerocost.MeCo)
	proxySWAP     = Objective(zerocost.SWAP)
	proxyNASWOT   = Objective(zerocost.NASWOT)
	proxyAZ       = Objective(zerocost.AZ)
	proxyZen      = Objective(zerocost.Zen)
	proxyZiCo     = Objective(zerocost.ZiCo)
	proxyGradNorm = Objective(zerocost.GradNorm)
)

// DefaultObjectives are the most accurate for the least latency.
func DefaultObjectives() []Objective { return []Objective{Latency, Accuracy} }

// ParseObjectives reads a list such as "accuracy,latency", in any order.
func ParseObjectives(text string) ([]Objective, error) {
	var names, list []Objective
	for _, name := range strings.Split(text, ",") {
		names = append(names, Objective(name))
	}
	for _, o := range objectives {
		if i := slices.Index(names, o.objective); i >= 0 {
			list, names = append(list, o.objective), slices.Delete(names, i, i+1)
		}
	}
	if len(names) > 0 {
		return nil, fmt.Errorf("objective %q is unknown or given twice: choose from latency, accuracy, params, macs, memory, engine and energy, or a zero-cost proxy such as meco", names[0])
	}
	if len(list) < 2 {
		return nil, fmt.Errorf("%q: a front has two objectives at least, such as accuracy,latency", text)
	}
	return list, nil
}

// Limits bound what a network may take; 0 is no limit.
type Limits struct {
	Params float64 `json:"params,omitempty"`
	MACs   float64 `json:"macs,omitempty"`
	// These are known only where they are measured.
	Memory float64 `json:"memory,omitempty"` // bytes on the device
	Engine float64 `json:"engine,omitempty"` // bytes of the engine's file
	Energy float64 `json:"energy,omitempty"` // joules for one image
}

// limit is one of the limits.
type limit struct {
	objective Objective
	most      *float64
}

// String is the limit as ParseLimits reads it.
func (l limit) String() string { return string(l.objective) + "=" + l.value() }

func (l limit) value() string { return strconv.FormatFloat(*l.most, 'f', -1, 64) }

func (l *Limits) all() []limit {
	return []limit{{Params, &l.Params}, {MACs, &l.MACs}, {Memory, &l.Memory}, {EngineSize, &l.Engine}, {Energy, &l.Energy}}
}

var suffixes = map[string]float64{"K": 1e3, "M": 1e6, "G": 1e9}

// ParseLimits reads limits such as "params=60M" and "macs=5G".
func ParseLimits(texts []string) (Limits, error) {
	var l Limits
	for _, text := range texts {
		name, value, _ := strings.Cut(text, "=")
		all := l.all()
		i := slices.IndexFunc(all, func(of limit) bool { return string(of.objective) == name })
		if i < 0 {
			return l, fmt.Errorf("%q: limits are params, macs, memory, engine and energy, such as params=60M", text)
		}
		number, scale := value, 1.0
		if n := len(value); n > 0 && suffixes[value[n-1:]] > 0 {
			number, scale = value[:n-1], suffixes[value[n-1:]]
		}
		v, err := strconv.ParseFloat(number, 64)
		if err != nil || !(v > 0) || v*scale > 1e18 {
			return l, fmt.Errorf("%q: %q is no positive number, such as 60M or 5G", text, value)
		}
		*all[i].most = v * scale
	}
	return l, nil
}

// Statistic is which figure of a latency has to be within the budget.
type Statistic string

// The statistics.
const (
	Median Statistic = "median"
	Upper  Statistic = "upper" // end of the interval
)

// ParseStatistic reads a statistic's name.
func ParseStatistic(s string) (Statistic, error) {
	switch v := Statistic(s); v {
	case Median, Upper:
		return v, nil
	}
	return "", fmt.Errorf("unknown statistic %q: choose median or upper", s)
}

// outcome is a result as the search sees it. The violation is the sum of the
// excesses over the budget and the limits, each as a share of its bound, and of
// that of networks which the guard rejects.
func (s Settings) outcome(r evaluator.Result) search.Outcome {
	if r.Failure != nil {
		return search.Failed()
	}
	o := search.Outcome{Violation: s.violation(r)}
	for _, objective := range s.objectives() {
		if zerocost.Mean(zerocost.Proxy(objective), r.Proxies).Failure != "" {
			return search.Failed()
		}
		if objective == Latency {
			o.Objectives = append(o.Objectives, s.latencyObjectives(r)...)
			continue
		}
		o.Objectives = append(o.Objectives, objective.of(r))
	}
	return o
}

// violation is how far a result is beyond the budgets, the limits and the guard.
func (s Settings) violation(r evaluator.Result) float64 {
	beyond := 0.0
	if s.rejects(r) {
		beyond = outside
	}
	for i, l := range latencies(r) {
		v := l.Value
		if s.BudgetOn == Upper {
			v = l.High
		}
		beyond += excess(float64(v), float64(s.budgets()[i]))
	}
	for _, l := range s.Limits.all() {
		beyond += excess(l.objective.quantity(r.Score), *l.most)
	}
	return beyond
}

func excess(v, limit float64) float64 {
	if limit == 0 {
		return 0
	}
	return max(0, (v-limit)/limit)
}

// scales turn a quantity into the unit of the objective.
var scales = map[Objective]float64{Params: 1e-6, MACs: 1e-9, Memory: 1e-6, EngineSize: 1e-6, Energy: 1e3}

// quantity is what a network takes of what can be limited: a number,
// multiply-accumulates, bytes or joules.
func (o Objective) quantity(s evaluator.Score) float64 {
	switch o {
	case Params:
		return float64(s.Params)
	case MACs:
		return float64(s.MACs)
	case Memory:
		return float64(s.Engine.Memory)
	case EngineSize:
		return float64(s.Engine.Bytes)
	case Energy:
		return s.Engine.Energy
	}
	panic("experiments: " + string(o) + " has no quantity")
}

// measured are the objectives and limits that nothing predicts.
func (s Settings) measured() []Objective {
	var all []Objective
	for _, l := range s.Limits.all() {
		switch l.objective {
		case Memory, EngineSize, Energy:
			if *l.most > 0 || slices.Contains(s.objectives(), l.objective) {
				all = append(all, l.objective)
			}
		}
	}
	return all
}

// of is the value of an objective other than the latency.
func (o Objective) of(r evaluator.Result) float64 {
	switch o {
	case Accuracy:
		return -r.Score.Accuracy.Bound
	case Params, MACs, Memory, EngineSize, Energy:
		return o.quantity(r.Score) * scales[o]
	default:
		return -zerocost.Mean(zerocost.Proxy(o), r.Proxies).Value // 0 of what was not worth scoring
	}
}

func (s Settings) objectives() []Objective {
	if len(s.Objectives) == 0 {
		return DefaultObjectives()
	}
	return s.Objectives
}

// place of an objective's first value among a network's objectives; -1 if it is
// none.
func (s Settings) place(o Objective) int {
	at := 0
	for _, have := range s.objectives() {
		switch {
		case have == o:
			return at
		case have == Latency:
			at += len(s.latencyLimits())
		default:
			at++
		}
	}
	return -1
}

// reference is the point up to which the hypervolume is measured.
func (s Settings) reference() []float64 {
	limits := map[Objective]float64{}
	for _, l := range s.Limits.all() {
		limits[l.objective] = *l.most * scales[l.objective]
	}
	var point []float64
	for _, o := range objectives {
		if o.objective == Latency && slices.Contains(s.objectives(), Latency) {
			point = append(point, s.latencyLimits()...)
			continue
		}
		if slices.Contains(s.objectives(), o.objective) {
			v := o.reference
			if o.objective == Accuracy && s.Accuracy.Tier != "" {
				v = 0 // whatever the images are
			}
			if limits[o.objective] > 0 {
				v = limits[o.objective]
			}
			point = append(point, v)
		}
	}
	return point
}
