package report

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/search"
)

// FrontSchema names the JSON format of a front.
const FrontSchema = "trtnas.front/1"

// Front is the outcome of a run: the feasible networks that no other of the
// run dominates in the objective, the best first, and the published networks
// for comparison. It depends on the run's settings alone.
type Front struct {
	Schema     string               `json:"schema"`
	Run        string               `json:"run"`
	BudgetMS   float64              `json:"budget_ms"`
	Conditions evaluator.Conditions `json:"conditions"`
	Targets    []Target             `json:"targets,omitempty"`    // that have budgets besides
	LatencyOf  string               `json:"latency_of,omitempty"` // each or worst, where it is not the first budget's that was minimised
	Labels     int                  `json:"labels,omitempty"`     // results of the user's own that the accuracy model was refitted with
	Objectives []string             `json:"objectives,omitempty"` // where they are not latency and accuracy
	Engine     []string             `json:"engine,omitempty"`     // what of an engine was an objective or limited: memory, engine or energy
	Evaluated  int                  `json:"evaluated"`            // different networks
	Rejected   int                  `json:"rejected,omitempty"`   // of them, kept off the front: outside the range that the accuracy model was fitted on
	Guarded    bool                 `json:"guarded,omitempty"`    // whether networks outside that range are kept off
	Points     []Point              `json:"points"`
	References []Reference          `json:"references"`
	Screening  []Screening          `json:"screening,omitempty"` // round by round
	LeftOut    []LeftOut            `json:"left_out,omitempty"`
}

// Target is a further budget of a run.
type Target struct {
	BudgetMS   float64              `json:"budget_ms"`
	Conditions evaluator.Conditions `json:"conditions"`
}

// Screening is how well the model that chose what to measure ranked networks
// before they were measured, up to a number of networks.
type Screening struct {
	Evaluated int `json:"evaluated"`
	search.Screening
}

// LeftOut is a published network that does not fit the conditions.
type LeftOut struct {
	Name   string `json:"name"`
	Reason string `json:"reason"`
}

// NewFront sorts the points.
func NewFront(run string, budget time.Duration, c evaluator.Conditions, evaluated int, points []Point) Front {
	f := Front{
		Schema: FrontSchema, Run: run, BudgetMS: Milliseconds(budget), Conditions: c, Evaluated: evaluated,
		Points: append([]Point{}, points...), References: []Reference{},
	}
	slices.SortStableFunc(f.Points, func(a, b Point) int { return -compareLatency(a, b) })
	return f
}

// Compare sets the published networks beside the points, the fastest first,
// and relates each to them.
func (f *Front) Compare(refs []Reference, left []LeftOut) {
	f.References, f.LeftOut = append(f.References, refs...), left
	for i := range f.References {
		f.References[i].Gap = f.gap(*f.References[i].Objective)
	}
	slices.SortStableFunc(f.References, func(a, b Reference) int { return compareLatency(a.Point, b.Point) })
}

func compareLatency(a, b Point) int { return cmp.Compare(a.Objective.LatencyMS, b.Objective.LatencyMS) }

// gap compares the objective o with the front's points. Between two points
// the front is the slower one's latency and the faster one's accuracy, so only
// networks that were really found count. A network is as good as itself on a
// processor that rounds otherwise, so differences that are not shown are none.
func (f Front) gap(o Objective) *Gap {
	const shown = 1e-4 // of ms, and of points
	var g Gap
	best, fastest := math.Inf(-1), math.Inf(1)
	for _, p := range f.Points {
		if p.Objective.LatencyMS <= o.LatencyMS+shown {
			best = max(best, p.Objective.Accuracy)
		}
		if p.Objective.Accuracy >= o.Accuracy-shown {
			fastest = min(fastest, p.Objective.LatencyMS)
		}
	}
	// Above the budget the front's best is no network at equal latency.
	if !math.IsInf(best, -1) && o.LatencyMS <= f.BudgetMS {
		points := digits(best-o.Accuracy) + 0 // never -0
		g.Points = &points
	}
	if !math.IsInf(fastest, 1) {
		percent := math.Round(1000*(1-fastest/o.LatencyMS))/10 + 0
		g.Percent = &percent
	}
	if g == (Gap{}) {
		return nil
	}
	return &g
}
