package main

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"
)

const page = `# NSGA-II beside pymoo

Written by ` + "`go run ./experiments/bench/nsga2`" + ` (how to run it: main.go) on %s,
with %s on %s/%s, and pymoo %s on Python %s, numpy %s, moocore %s.

Both sides: population %d, the same evaluations, simulated binary crossover
(eta 15, 90 %% of the pairs, half of the variables), polynomial mutation (eta 20,
90 %% of the candidates, one variable on average), no duplicates. %d seeds a
side, run in turn on one thread each. The problems' values are checked against
pymoo's before the runs, and the hypervolumes of pymoo's fronts are computed by
both sides. Medians over the seeds, with the quartiles in brackets; hypervolume
of the last population's front, up to 1.1 in each objective (C1DTLZ1: 0.6). A
generation's time is all that a run takes, evaluation included, divided by its
generations; the Go side includes eaopt and the archive of all evaluations.

| problem | evaluations | hypervolume | pymoo | ratio | ms a generation | pymoo | times faster |
|---|---|---|---|---|---|---|---|
%s
`

func (c comparison) row() string {
	volume := func(o outcome) float64 { return o.Hypervolume }
	millis := func(o outcome) float64 { return float64(o.perGeneration()) / float64(time.Millisecond) }
	ours, theirs := quartiles(c.ours, volume), quartiles(c.pymoo, volume)
	fast, slow := quartiles(c.ours, millis), quartiles(c.pymoo, millis)
	return fmt.Sprintf("| %s | %d | %.4f (%.4f–%.4f) | %.4f (%.4f–%.4f) | %.4f | %.2f (%.2f–%.2f) | %.2f (%.2f–%.2f) | %.1f |",
		c.problem.name, c.problem.evaluations,
		ours[1], ours[0], ours[2], theirs[1], theirs[0], theirs[2], ours[1]/theirs[1],
		fast[1], fast[0], fast[2], slow[1], slow[0], slow[2], slow[1]/fast[1])
}

// quartiles are the lower quartile, the median and the upper quartile, between
// neighbours where they fall between two values.
func quartiles(outcomes []outcome, of func(outcome) float64) (q [3]float64) {
	values := make([]float64, len(outcomes))
	for i, o := range outcomes {
		values[i] = of(o)
	}
	slices.Sort(values)
	for i := range q {
		at := float64(len(values)-1) * float64(i+1) / 4
		low := int(at)
		high := min(low+1, len(values)-1)
		q[i] = values[low] + (at-float64(low))*(values[high]-values[low])
	}
	return q
}

func writePage(path string, other *pymoo, seeds int, results []comparison) error {
	rows := make([]string, len(results))
	for i, c := range results {
		rows[i] = c.row()
	}
	text := fmt.Sprintf(page, time.Now().Format(time.DateOnly), runtime.Version(), runtime.GOOS, runtime.GOARCH,
		other.Pymoo, other.Python, other.Numpy, other.Moocore, population, seeds, strings.Join(rows, "\n"))
	return os.WriteFile(path, []byte(text), 0o644)
}
