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
	Memory   Objective = "memory"   // that the engine takes on the device, in MB; only where it is measured
)

// objectives in their order, with the point up to which the hypervolume is
// measured where no limit gives it: beyond the networks of interest. The
// latency's is the budget; the accuracy's is below every network of interest
// (AlexNet's 56.5 % rounded up; torchvision's table of models).
var objectives = []struct {
	objective Objective
	reference float64
}{
	{Latency, 0}, {Accuracy, -60}, {Params, 200}, {MACs, 50}, {Memory, 4000},
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
		return nil, fmt.Errorf("objective %q is unknown or given twice: choose from latency, accuracy, params, macs and memory, or a zero-cost proxy such as meco", names[0])
	}
	if len(list) < 2 {
		return nil, fmt.Errorf("%q: a front has two objectives at least, such as accuracy,latency", text)
	}
	return list, nil
}

// Limits bound what a network may take; 0 is no limit.
type Limits struct {
	Params int64 `json:"params,omitempty"`
	MACs   int64 `json:"macs,omitempty"`
	Memory int64 `json:"memory,omitempty"` // bytes on the device, where it is measured
}

var suffixes = map[string]float64{"K": 1e3, "M": 1e6, "G": 1e9}

// ParseLimits reads limits such as "params=60M" and "macs=5G".
func ParseLimits(texts []string) (Limits, error) {
	var l Limits
	for _, text := range texts {
		name, value, _ := strings.Cut(text, "=")
		to := map[string]*int64{"params": &l.Params, "macs": &l.MACs, "memory": &l.Memory}[name]
		if to == nil {
			return l, fmt.Errorf("%q: limits are params, macs and memory, such as params=60M", text)
		}
		number, scale := value, 1.0
		if n := len(value); n > 0 && suffixes[value[n-1:]] > 0 {
			number, scale = value[:n-1], suffixes[value[n-1:]]
		}
		v, err := strconv.ParseFloat(number, 64)
		if err != nil || !(v > 0) || v*scale > 1e18 {
			return l, fmt.Errorf("%q: %q is no positive number, such as 60M or 5G", text, value)
		}
		*to = int64(v * scale)
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
// excesses over the budget and the limits, each as a share of its bound.
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

// violation is how far a result is beyond the budgets and the limits.
func (s Settings) violation(r evaluator.Result) float64 {
	beyond := 0.0
	for i, l := range latencies(r) {
		v := l.Value
		if s.BudgetOn == Upper {
			v = l.High
		}
		beyond += excess(int64(v), int64(s.budgets()[i]))
	}
	return beyond + excess(r.Score.Params, s.Limits.Params) +
		excess(r.Score.MACs, s.Limits.MACs) + excess(r.Score.Memory, s.Limits.Memory)
}

func excess(v, limit int64) float64 {
	if limit == 0 {
		return 0
	}
	return max(0, float64(v-limit)/float64(limit))
}

// of is the value of an objective other than the latency.
func (o Objective) of(r evaluator.Result) float64 {
	switch o {
	case Accuracy:
		return -r.Score.Accuracy.Bound
	case Params:
		return float64(r.Score.Params) / 1e6
	case MACs:
		return float64(r.Score.MACs) / 1e9
	case Memory:
		return float64(r.Score.Memory) / 1e6
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
	limits := map[Objective]float64{
		Params: float64(s.Limits.Params) / 1e6, MACs: float64(s.Limits.MACs) / 1e9, Memory: float64(s.Limits.Memory) / 1e6,
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
