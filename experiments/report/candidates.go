package report

import (
	"slices"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/space"
)

// CandidatesSchema names the JSON format of a run's candidates.
const CandidatesSchema = "trtnas.candidates/1"

// Candidates are networks of a run in columns, in the order in which it
// evaluated them; index i of each column is the same network. Figures of a
// network that failed are 0.
type Candidates struct {
	Schema  string    `json:"schema"`
	Run     string    `json:"run"`
	First   int       `json:"first"` // place in the run of the first of them
	ID      []string  `json:"id"`
	Latency []float64 `json:"latency_ms"`
	Top1    []float64 `json:"top1"`
	Bound   []float64 `json:"top1_bound"` // what the search maximises
	Params  []float64 `json:"params_m"`   // in millions
	MACs    []float64 `json:"macs_g"`     // in 10^9, for one image
	// Source and Failure are indices into Sources and Classes; -1 is none.
	Source    []int      `json:"source"`
	Failure   []int      `json:"failure"`
	Sources   []string   `json:"sources"`
	Classes   []string   `json:"classes"`
	Decisions []Decision `json:"decisions"`
}

// Decision is a column of what the space leaves open.
type Decision struct {
	Name   string    `json:"name"`            // such as "s4 depth"
	Values []float64 `json:"values"`          // of a block the index into Words
	Words  []string  `json:"words,omitempty"` // of decisions that are no numbers
}

// decision reads one decision off a stage.
type decision struct {
	name string
	open func(space.Choices) int // number of choices
	of   func(space.Stage) float64
}

// widthName is the one decision that all stages share.
const widthName = "width"

var decisions = []decision{
	{widthName, func(c space.Choices) int { return len(c.Scale) }, func(s space.Stage) float64 { return float64(s.Width) }},
	{"depth", func(c space.Choices) int { return len(c.Depth) }, func(s space.Stage) float64 { return float64(s.Depth) }},
	{"block", func(c space.Choices) int { return len(c.Block) }, func(s space.Stage) float64 { return float64(s.Block) }},
	{"mixed", func(c space.Choices) int { return len(c.Mixed) }, func(s space.Stage) float64 { return float64(s.Mixed) }},
	{"R", func(c space.Choices) int { return len(c.R) }, func(s space.Stage) float64 { return s.R }},
	{"S", func(c space.Choices) int { return len(c.S) }, func(s space.Stage) float64 { return float64(s.S) }},
	{"K", func(c space.Choices) int { return len(c.K) }, func(s space.Stage) float64 { return float64(s.K) }},
}

// NewCandidates puts the results, of which the first is the run's number first,
// into columns.
func NewCandidates(run string, s *space.Space, first int, results []evaluator.Result) Candidates {
	n := len(results)
	c := Candidates{
		Schema: CandidatesSchema, Run: run, First: first, ID: make([]string, n),
		Latency: make([]float64, n), Top1: make([]float64, n), Bound: make([]float64, n), Params: make([]float64, n), MACs: make([]float64, n),
		Source: make([]int, n), Failure: make([]int, n), Sources: []string{}, Classes: []string{},
	}
	for i, r := range results {
		c.ID[i], c.Source[i], c.Failure[i] = r.ID, -1, -1
		if f := r.Failure; f != nil {
			c.Failure[i] = indexIn(&c.Classes, string(f.Class))
			continue
		}
		c.Source[i] = indexIn(&c.Sources, string(r.Score.Latency.Source))
		c.Latency[i] = Round(Milliseconds(r.Score.Latency.Value), 5)
		c.Top1[i], c.Bound[i] = Round(r.Score.Accuracy.Value, 5), Round(r.Score.Accuracy.Bound, 5)
		c.Params[i], c.MACs[i] = Round(float64(r.Score.Params)/1e6, 4), Round(float64(r.Score.MACs)/1e9, 4)
	}
	c.Decisions = openDecisions(s, results)
	return c
}

func indexIn(words *[]string, word string) int {
	i := slices.Index(*words, word)
	if i < 0 {
		i = len(*words)
		*words = append(*words, word)
	}
	return i
}

// openDecisions are those that the space has a choice of.
func openDecisions(s *space.Space, results []evaluator.Result) []Decision {
	columns := []Decision{}
	for i, choices := range s.Stages {
		for _, d := range decisions {
			// Later stages double the first one's width, unless they scale it.
			first := d.name == widthName && i == 0 && len(s.Widths) > 1
			if d.open(choices) > 1 || first {
				columns = append(columns, d.column(i, results))
			}
		}
	}
	return columns
}

func (d decision) column(stage int, results []evaluator.Result) Decision {
	c := Decision{Name: stageLabel(stage+2) + " " + d.name, Values: make([]float64, len(results))}
	for j, r := range results {
		c.Values[j] = d.of(r.Arch.Stages[stage])
	}
	if d.name == "block" {
		for _, b := range space.Blocks() {
			for len(c.Words) <= int(b) {
				c.Words = append(c.Words, "")
			}
			c.Words[b] = b.String()
		}
	}
	return c
}
