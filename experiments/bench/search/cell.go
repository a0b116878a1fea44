package main

import (
	"math"
	"slices"

	"github.com/trtnas/trtnas/search"
)

// cell is all runs in a space on the devices of a truth.
type cell struct {
	Space string
	Truth truth
	runs  map[method][]run // by seed
}

// run is a record beside the best that is known of its device.
type run struct {
	record
	reference float64 // hypervolume
}

func (r run) share(n int) float64 { return r.at(n) / r.reference }

// cells are in the order of truths and spaces. One without a screened search
// tells nothing yet.
func cells(records []record) []cell {
	var all []cell
	for _, t := range truths {
		for _, s := range spaces {
			c := cell{s, t, map[method][]run{}}
			for _, r := range records {
				if r.Space == s && r.truth == t && r.Method.compared() {
					c.runs[r.Method] = append(c.runs[r.Method], run{r, search.Hypervolume(reference(records, r.job), corner)})
				}
			}
			for _, runs := range c.runs {
				slices.SortFunc(runs, func(a, b run) int { return a.Seed - b.Seed })
			}
			if len(c.runs[screened]) > 0 {
				all = append(all, c)
			}
		}
	}
	return all
}

// tunedSeeds: how screening explores was chosen on the devices of seeds up to
// this one.
const tunedSeeds = 5

// fresh is the cell without the devices that screening was tuned on.
func (c cell) fresh() cell {
	f := cell{c.Space, c.Truth, map[method][]run{}}
	for m, runs := range c.runs {
		f.runs[m] = slices.DeleteFunc(slices.Clone(runs), func(r run) bool { return r.Seed <= tunedSeeds })
	}
	return f
}

// methods that have runs in the cell.
func (c cell) methods() []method {
	return slices.DeleteFunc(slices.Clone(shown), func(m method) bool { return len(c.runs[m]) == 0 })
}

// evaluations of the runs to a share of the reference.
func (c cell) evaluations(m method, share float64) []float64 {
	var values []float64
	for _, r := range c.runs[m] {
		values = append(values, r.reach(share*r.reference))
	}
	return values
}

// shares of the reference after n evaluations.
func (c cell) shares(m method, n int) []float64 {
	var values []float64
	for _, r := range c.runs[m] {
		values = append(values, r.share(n))
	}
	return values
}

// best is the population with which pymoo needs fewer evaluations.
func (c cell) best(share float64) method {
	if spreadOf(c.evaluations(pymoo40, share)).median <= spreadOf(c.evaluations(pymoo100, share)).median {
		return pymoo40
	}
	return pymoo100
}

// saving is how many times fewer evaluations screening needs than pymoo. Where
// pymoo does not get there, it is a bound.
func (c cell) saving(share float64) (times float64, atLeast bool) {
	ours := spreadOf(c.evaluations(screened, share)).median
	theirs := spreadOf(c.evaluations(c.best(share), share)).median
	if math.IsInf(theirs, 1) {
		return pymooCap / ours, true
	}
	return theirs / ours, false
}

// wins are the seeds in which screening has at least the hypervolume, after
// its evaluations, that pymoo's better population has after ten times as many.
func (c cell) wins() (wins, of int) {
	for _, ours := range c.runs[screened] {
		best, n := 0.0, 0
		for _, m := range []method{pymoo40, pymoo100} {
			for _, r := range c.runs[m] {
				if r.Seed == ours.Seed {
					best, n = max(best, r.at(pymooCap)), n+1
				}
			}
		}
		if n == 2 {
			of++
			if ours.at(pymooCap/10) >= best {
				wins++
			}
		}
	}
	return wins, of
}
