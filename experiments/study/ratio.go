package study

import (
	"context"
	"fmt"
	"math"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/experiments/device"
	"github.com/trtnas/trtnas/space"
)

// ratio asks for the share of the Transformer, the spatial reduction and the
// kernel, at the latency of the paper's networks.
var ratio = Study{
	Name:     "ratio",
	Question: "Which share R, reduction S and kernel K are best at equal latency?",
	run:      runRatio,
}

// edit is a change of a network.
type edit struct {
	what  string
	value float64
	of    func(space.Arch) space.Arch
}

// The decisions that are changed.
const (
	share     = "R"
	reduction = "S in stage 4"
	kernel    = "K"
)

// mixedStages applies a change to the stages that have MixBlocks.
func mixedStages(change func(*space.Stage)) func(space.Arch) space.Arch {
	return func(a space.Arch) space.Arch {
		for i := range a.Stages {
			if a.Stages[i].Mixed > 0 {
				change(&a.Stages[i])
			}
		}
		return a.Canonical()
	}
}

// edits of R from no Transformer to nothing else, of S and of K.
func edits() []edit {
	list := []edit{{share, 0, mixedStages(func(s *space.Stage) { s.Mixed = 0 })}}
	for eighth := 1; eighth < 8; eighth++ {
		r := float64(eighth) / 8
		list = append(list, edit{share, r, mixedStages(func(s *space.Stage) { s.R = r })})
	}
	list = append(list, edit{share, 1, mixedStages(func(s *space.Stage) { s.Block = space.Transformer })})
	for _, by := range []int{1, 2} {
		list = append(list, edit{reduction, float64(by), func(a space.Arch) space.Arch {
			a.Stages[2].S = by
			return a.Canonical()
		}})
	}
	for _, k := range []int{3, 5, 7, 9} {
		list = append(list, edit{kernel, float64(k), mixedStages(func(s *space.Stage) { s.K = k })})
	}
	return list
}

func runRatio(ctx context.Context, s *Subject) (Result, error) {
	t := Table{Name: "ratio", OnlyCSV: true, Header: []string{"network", "ms", "what", "value", "width", "top-1 % at equal ms", "80 % interval", "source of ms"}}
	plot := Plot{Name: "ratio", Title: "Accuracy over the Transformer's share, at equal latency", X: Axis{Label: "R"}, Y: Axis{Label: "top-1, %"}}
	var claims []Claim
	brief := Table{Name: "ratio-by-network", Title: "Top-1 in % at the network's own latency:", Header: []string{"change"}}
	for _, e := range edits() {
		brief.add(fmt.Sprintf("%s = %g", e.what, e.value))
	}
	for _, name := range []string{"TRT-ViT-C", "TRT-ViT-D", "TRT-ViT-C-K3", "TRT-ViT-D-K3"} {
		s.tell("ratio: %s", name)
		found, err := s.matches(ctx, name)
		if err != nil {
			return Result{}, err
		}
		line := Series{Name: name, Line: true}
		brief.Header = append(brief.Header, fmt.Sprintf("%s, %.2f ms %s", name, found[0].ms, found[0].source))
		for i, m := range found {
			t.add(m.row(name)...)
			brief.Rows[i] = append(brief.Rows[i], m.text())
			if m.what == share && m.fits {
				line.Points = append(line.Points, Point{X: m.value, Y: m.accuracy.value, Low: m.accuracy.low, High: m.accuracy.high})
			}
		}
		plot.Series = append(plot.Series, line)
		claims = append(claims, shareClaim(name, found))
	}
	return Result{
		Notes: []string{"Each change is made to the network, whose width is then scaled until it takes as long as the unchanged one; widths are multiples of 32, so accuracies are interpolated between two of them. " +
			"No published network varies R, S or K, so that their effect on accuracy is what the model's features foretell, not what was seen."},
		Tables: []Table{brief, t}, Plots: []Plot{plot}, Claims: claims,
	}, nil
}

// shareClaim is on the paper's choice of R.
func shareClaim(name string, found []match) Claim {
	var best, half *match
	for i := range found {
		m := &found[i]
		if m.what != share || !m.fits {
			continue
		}
		if best == nil || m.accuracy.value > best.accuracy.value {
			best = m
		}
		if m.value == 0.5 {
			half = m
		}
	}
	c := Claim{Says: "R 0.5 best at equal latency, " + name, Published: "R 0.5", Found: none, Verdict: Unresolved}
	if best == nil || half == nil {
		return c
	}
	gain := half.accuracy.minus(best.accuracy)
	c.Found = fmt.Sprintf("best at R %g; R 0.5 has %s points", best.value, signed(gain))
	if gain.high < 0 {
		c.Verdict = NotReproduced
	}
	return c
}

// match is a changed network at the unchanged one's latency.
type match struct {
	edit
	fits      bool // false if no width within bounds has the latency
	ms, width float64
	accuracy  interval
	source    evaluator.LatencySource
}

func (m match) row(name string) []string {
	row := []string{name, fmt.Sprintf("%.2f", m.ms), m.what, fmt.Sprint(m.value), none, none, none, string(m.source)}
	if m.fits {
		row[4], row[5] = fmt.Sprintf("%.0f", m.width), fmt.Sprintf("%.2f", m.accuracy.value)
		row[6] = fmt.Sprintf("%.2f to %.2f", m.accuracy.low, m.accuracy.high)
	}
	return row
}

// Widths of stage 2 that are tried.
const leastWidth, mostWidth = 64, 512

func (m match) text() string {
	if !m.fits {
		return none
	}
	return m.accuracy.text(2)
}

func (s *Subject) matches(ctx context.Context, name string) ([]match, error) {
	d, err := s.device(ctx, paperSpec)
	if err != nil {
		return nil, err
	}
	list, err := named(name)
	if err != nil {
		return nil, err
	}
	var found []match
	for _, e := range edits() {
		m, err := s.matched(ctx, d, *list[0].Arch, e)
		if err != nil {
			return nil, fmt.Errorf("%s with %s %g: %w", name, e.what, e.value, err)
		}
		found = append(found, m)
	}
	return found, nil
}

// matched walks from the network's own width to the two around its latency.
func (s *Subject) matched(ctx context.Context, d *device.Device, own space.Arch, e edit) (match, error) {
	target, err := s.score(ctx, d, own)
	if err != nil {
		return match{}, err
	}
	m := match{edit: e, ms: milliseconds(target.Latency.Value), source: target.Latency.Source}
	width := own.Stages[0].Width
	at, err := s.score(ctx, d, widened(e.of(own), width))
	if err != nil {
		return m, err
	}
	step := space.HeadDim
	if milliseconds(at.Latency.Value) > m.ms {
		step = -step
	}
	for next := width + step; next >= leastWidth && next <= mostWidth; next += step {
		then, err := s.score(ctx, d, widened(e.of(own), next))
		if err != nil {
			return m, err
		}
		if between(at, then, m.ms) {
			m.interpolate(at, then, float64(next-step), float64(next))
			return m, nil
		}
		at = then
	}
	return m, nil
}

func between(a, b evaluator.Score, ms float64) bool {
	low, high := milliseconds(min(a.Latency.Value, b.Latency.Value)), milliseconds(max(a.Latency.Value, b.Latency.Value))
	return low <= ms && ms <= high
}

// interpolate is linear in the latency's logarithm, as accuracy is in a first
// approximation.
func (m *match) interpolate(a, b evaluator.Score, widthA, widthB float64) {
	at := 0.0
	if from, to := math.Log(milliseconds(a.Latency.Value)), math.Log(milliseconds(b.Latency.Value)); from != to {
		at = (math.Log(m.ms) - from) / (to - from)
	}
	mix := func(x, y float64) float64 { return x + at*(y-x) }
	m.fits, m.width = true, mix(widthA, widthB)
	m.accuracy = interval{mix(a.Accuracy.Value, b.Accuracy.Value), mix(a.Accuracy.Low, b.Accuracy.Low), mix(a.Accuracy.High, b.Accuracy.High)}
}

// widened scales all stages.
func widened(a space.Arch, width int) space.Arch {
	for i := range a.Stages {
		a.Stages[i].Width = width << i
	}
	return a.Canonical()
}

// score is that of one architecture; that it has none is an error.
func (s *Subject) score(ctx context.Context, d *device.Device, a space.Arch) (evaluator.Score, error) {
	results, err := s.archs(ctx, d, []space.Arch{a})
	if err != nil {
		return evaluator.Score{}, err
	}
	if f := results[0].Failure; f != nil {
		return evaluator.Score{}, fmt.Errorf("network %s: %s: %s", results[0].ID, f.Class, f.Message)
	}
	return results[0].Score, nil
}
