// Command nsga2 compares the search package's NSGA-II with pymoo's: the
// hypervolume that both reach with the same evaluations, and the time that a
// generation takes. From the repository's root:
//
//	python3 -m venv .venv && .venv/bin/pip install -r experiments/bench/nsga2/requirements.txt
//	go run ./experiments/bench/nsga2 -python .venv/bin/python
//
// The page with the results, README.md beside this file, is written anew.
package main

import (
	"context"
	"flag"
	"fmt"
	"math"
	"math/rand"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"github.com/trtnas/trtnas/search"
)

const population = 100

func main() {
	python := flag.String("python", "python3", "Python that has requirements.txt installed")
	seeds := flag.Int("seeds", 30, "runs of each side for each problem")
	folder := flag.String("folder", "experiments/bench/nsga2", "where pymoo_nsga2.py is and README.md goes")
	flag.Parse()
	if err := benchmark(*python, *folder, *seeds); err != nil {
		fmt.Fprintln(os.Stderr, "nsga2:", err)
		os.Exit(1)
	}
}

func benchmark(python, folder string, seeds int) error {
	runtime.GOMAXPROCS(1) // one core each
	other, err := startPymoo(python, filepath.Join(folder, "pymoo_nsga2.py"))
	if err != nil {
		return err
	}
	var results []comparison
	for _, p := range problems {
		c, err := compare(p, other, seeds)
		if err != nil {
			return err
		}
		fmt.Fprintln(os.Stderr, c.row())
		results = append(results, c)
	}
	if err := other.stop(); err != nil {
		return err
	}
	return writePage(filepath.Join(folder, "README.md"), other, seeds, results)
}

// outcome is what one run gave.
type outcome struct {
	Seconds     float64
	Generations int
	Evaluations int
	Front       [][]float64 // of the last population
	Hypervolume float64
}

func (o outcome) perGeneration() time.Duration {
	return time.Duration(o.Seconds / float64(o.Generations) * float64(time.Second))
}

// comparison holds the runs of both sides on one problem, seed by seed.
type comparison struct {
	problem     problem
	ours, pymoo []outcome
}

// compare runs both sides in turn, so that a machine that gets slower or faster
// does so for both.
func compare(p problem, other *pymoo, seeds int) (comparison, error) {
	c := comparison{problem: p}
	points := make([][]float64, 50)
	rng := rand.New(rand.NewSource(1))
	for i := range points {
		points[i] = p.Sample(rng)
	}
	if err := other.check(p, points); err != nil {
		return c, err
	}
	for seed := range seeds + 1 {
		ours, err := runOurs(p, int64(seed))
		if err != nil {
			return c, err
		}
		theirs, err := other.run(p, seed)
		if err != nil {
			return c, err
		}
		if ours.Evaluations != theirs.Evaluations || ours.Generations != theirs.Generations {
			return c, fmt.Errorf("%s, seed %d: %d evaluations in %d generations, pymoo %d in %d: not comparable", p.name, seed,
				ours.Evaluations, ours.Generations, theirs.Evaluations, theirs.Generations)
		}
		if seed > 0 { // the first warms up both sides
			c.ours, c.pymoo = append(c.ours, ours), append(c.pymoo, theirs)
		}
	}
	return c, nil
}

func (p problem) referencePoint() []float64 {
	return slices.Repeat([]float64{p.reference}, p.objectives)
}

func runOurs(p problem, seed int64) (outcome, error) {
	start := time.Now()
	result, err := search.Run(context.Background(), search.Config[[]float64]{
		Problem:  p,
		Strategy: search.NSGA2[[]float64]{Population: population, Seed: seed},
		Evaluate: p.evaluate,
		Budget:   p.evaluations,
	})
	if err != nil {
		return outcome{}, err
	}
	o := outcome{Seconds: time.Since(start).Seconds(), Generations: result.Generation, Evaluations: len(result.Seen)}
	for _, i := range result.Population {
		if i.Violation == 0 && i.Rank == 0 {
			o.Front = append(o.Front, i.Objectives)
		}
	}
	o.Hypervolume = search.Hypervolume(o.Front, p.referencePoint())
	return o, nil
}

func (o *pymoo) run(p problem, seed int) (answer outcome, err error) {
	err = o.ask(struct {
		Problem     string    `json:"problem"`
		Seed        int       `json:"seed"`
		Population  int       `json:"population"`
		Evaluations int       `json:"evaluations"`
		Reference   []float64 `json:"reference"`
	}{p.name, seed, population, p.evaluations, p.referencePoint()}, &answer)
	if err != nil {
		return answer, err
	}
	if ours := search.Hypervolume(answer.Front, p.referencePoint()); math.Abs(ours-answer.Hypervolume) > 1e-9 {
		return answer, fmt.Errorf("%s: hypervolume of pymoo's front is %v, by pymoo %v", p.name, ours, answer.Hypervolume)
	}
	return answer, nil
}
