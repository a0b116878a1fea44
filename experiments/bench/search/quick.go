package main

import (
	"context"
	"fmt"
)

// A quick look: screening with 200 networks must have the hypervolume that
// pymoo has with 1000, in the median of three seeds.
const (
	quickSeeds    = 3
	quickScreened = 200
	quickPymoo    = 1000
)

func (o options) quick(ctx context.Context) error {
	var jobs []job
	for seed := 1; seed <= quickSeeds; seed++ {
		for _, j := range grid(truths[1:2], spaces[:1], seed, []method{pymoo40, pymoo100, screened}) {
			j.Evaluations = quickPymoo
			if j.Method == screened {
				j.Evaluations = quickScreened
			}
			jobs = append(jobs, j)
		}
	}
	var runs log
	if err := o.all(ctx, jobs, &runs); err != nil {
		return err
	}
	c := cells(runs.records)[0]
	ours := spreadOf(c.shares(screened, quickScreened)).median
	theirs := max(spreadOf(c.shares(pymoo40, quickPymoo)).median, spreadOf(c.shares(pymoo100, quickPymoo)).median)
	fmt.Printf("%s, %v, %d seeds: screened search has %.1f %% of the best hypervolume known after %d networks, pymoo's NSGA-II %.1f %% after %d\n",
		c.Space, c.Truth, quickSeeds, 100*ours, quickScreened, 100*theirs, quickPymoo)
	if ours < theirs {
		return fmt.Errorf("screening saves no measurements any more: see what changed in search.Screened or in the correction")
	}
	return nil
}
