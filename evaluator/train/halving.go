package train

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/space"
)

// DefaultEta is the share of networks that go on from a rung to the next, as one
// of so many (Jamieson and Talwalkar 2016, section 3; Li et al. 2018 recommend 3
// or 4).
const DefaultEta = 3

// Rung is a step of successive halving.
type Rung struct {
	Networks int // that reach it, if none fails
	Until    int // epoch up to which they are trained
}

// Rungs lay successive halving out: n networks share a schedule of so many
// epochs, and from rung to rung one of eta goes on, for eta times the epochs.
// An eta below 2 trains all to the end.
func Rungs(n, epochs, eta int) []Rung {
	if eta < 2 {
		return []Rung{{n, epochs}}
	}
	last := 0
	for left, until := n, epochs; left > 1 && until/eta >= 1; last++ {
		left, until = (left+eta-1)/eta, until/eta
	}
	rungs := make([]Rung, last+1)
	for r := range rungs {
		rungs[r] = Rung{n, int(math.Round(float64(epochs) / math.Pow(float64(eta), float64(last-r))))}
		n = (n + eta - 1) / eta
	}
	return rungs
}

// Halve trains the networks by rungs and returns the last label of each, in
// their order. Networks of a rung are compared at the same epoch of the same
// schedule, on the same images; of equal ones the earlier goes on.
func (t *Trainer) Halve(ctx context.Context, archs []space.Arch, rungs []Rung) ([]evaluator.Label, error) {
	labels := make([]evaluator.Label, len(archs))
	left := make([]int, len(archs))
	for i := range left {
		left[i] = i
	}
	for r, rung := range rungs {
		of := make([]space.Arch, len(left))
		for k, i := range left {
			of[k] = archs[i]
		}
		reached, err := t.all(ctx, of, rung.Until)
		if err != nil {
			return nil, err
		}
		for k, i := range left {
			labels[i] = reached[k]
		}
		if r+1 < len(rungs) {
			left = best(labels, left, rungs[r+1].Networks)
		}
	}
	return labels, nil
}

// best are the n networks of greatest top-1, in their order.
func best(labels []evaluator.Label, of []int, n int) []int {
	kept := slices.DeleteFunc(slices.Clone(of), func(i int) bool { return labels[i].Failure != nil })
	slices.SortStableFunc(kept, func(a, b int) int { return cmp.Compare(labels[b].Top1, labels[a].Top1) })
	kept = kept[:min(n, len(kept))]
	slices.Sort(kept)
	return kept
}
