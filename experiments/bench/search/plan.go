package main

import (
	"fmt"
	"slices"
)

// truth is how a simulated device errs against the model that screens for it:
// standard deviations, as shares, of what is smooth in the architecture and of
// what each network has of its own.
type truth struct {
	Error float64 `json:"error"`
	Rough float64 `json:"rough"`
}

// device names the truth's device of a seed for the command line. Builds of one
// network differ by a share of 1 %, of which each run sees the same first one,
// and so do the samples of a timing.
func (t truth) device(seed int, noise float64) string {
	return fmt.Sprintf("sim:t4?error=%g&rough=%g&spread=0.01&noise=%g&seed=%d", t.Error, t.Rough, noise, seed)
}

func (t truth) String() string {
	if t.Rough == 0 {
		return fmt.Sprintf("%g %% smooth", 100*t.Error)
	}
	return fmt.Sprintf("%g %% smooth, %g %% rough", 100*t.Error, 100*t.Rough)
}

// truths in the page's order.
var truths = []truth{{0.12, 0}, {0.12, 0.03}, {0.08, 0}, {0.08, 0.03}}

var spaces = []string{"trt-vit", "open"}

// method is a way to search. Its name is --algo's for ours, and a library's
// algorithm with its population for the others.
type method string

const (
	long        method = "long" // a long run of ours for the reference alone, free of noise
	screened    method = "screened"
	nsga2       method = "nsga2"
	regularised method = "regularised"
	local       method = "local"
	random      method = "random"
	pymoo40     method = "pymoo-nsga2-40"
	pymoo100    method = "pymoo-nsga2-100"
	optuna40    method = "optuna-nsga2-40"
	optuna100   method = "optuna-nsga2-100"
	tpe         method = "optuna-tpe"
)

// Methods that are run for the time that they take for themselves alone, in
// pairs of equal populations.
const (
	engine40       method = "engine-40"
	engine100      method = "engine-100"
	engine400      method = "engine-400"
	enginePymoo40  method = "engine-pymoo-40"
	enginePymoo100 method = "engine-pymoo-100"
	enginePymoo400 method = "engine-pymoo-400"
)

// Screened searches whose model is wrong and is never corrected, and NSGA-II
// from the same beginning.
const (
	fromNothing    method = "nsga2-from-nothing"
	invertedModel  method = "screened-inverted"
	unrelatedModel method = "screened-unrelated"
)

// setup is how a method is run.
type setup struct {
	evaluations int // most networks that are measured
	title       string
	algorithm   string // --algo, or the name in peers.py
	way         way
	population  int // unless it is a default
}

// way is how a method is run.
type way int

const (
	command  way = iota // our program
	peer                // peers.py
	directly            // package search, in this process
)

// pymooCap is what pymoo's NSGA-II may measure; screening gets a tenth.
const pymooCap = 8000

var setups = map[method]setup{
	long:        {10_000, "", "nsga2", command, 0},
	screened:    {pymooCap / 10, "trtnas, screened", "screened", command, 0},
	nsga2:       {pymooCap, "trtnas, NSGA-II", "nsga2", command, 0},
	regularised: {pymooCap, "trtnas, regularised evolution", "regularised", command, 0},
	local:       {pymooCap, "trtnas, local search", "local", command, 0},
	random:      {pymooCap, "trtnas, random", "random", command, 0},
	pymoo40:     {pymooCap, "pymoo, NSGA-II of 40", "pymoo", peer, 40},
	pymoo100:    {pymooCap, "pymoo, NSGA-II of 100", "pymoo", peer, 100},
	optuna40:    {4000, "Optuna, NSGA-II of 40", "optuna", peer, 40},
	optuna100:   {4000, "Optuna, NSGA-II of 100", "optuna", peer, 100},
	tpe:         {1000, "Optuna, TPE", "tpe", peer, 0},

	fromNothing:    {pymooCap, "NSGA-II", "", directly, screenPopulation},
	invertedModel:  {pymooCap, "screened, inverted model", "", directly, 0},
	unrelatedModel: {pymooCap, "screened, unrelated model", "", directly, 0},

	engine40:       {4000, "", "", directly, 40},
	engine100:      {4000, "", "", directly, 100},
	engine400:      {4000, "", "", directly, 400},
	enginePymoo40:  {4000, "", "pymoo", peer, 40},
	enginePymoo100: {4000, "", "pymoo", peer, 100},
	enginePymoo400: {4000, "", "pymoo", peer, 400},
}

// shown are the methods in the page's order.
var shown = []method{screened, nsga2, regularised, local, random, pymoo40, pymoo100, optuna40, optuna100, tpe}

// wrongly are the methods of the page's table of wrong models.
var wrongly = []method{fromNothing, invertedModel, unrelatedModel}

// compared tells whether a method's hypervolumes are looked at.
func (m method) compared() bool { return slices.Contains(shown, m) || slices.Contains(wrongly, m) }

// job is one run. Its seed is the device's and the search's.
type job struct {
	Space string `json:"space"`
	truth
	Seed        int    `json:"seed"`
	Method      method `json:"method"`
	Evaluations int    `json:"evaluations"` // most that it may take
}

func (j job) String() string {
	return fmt.Sprintf("%s in %s, %v, seed %d", j.Method, j.Space, j.truth, j.Seed)
}

// device of the job: that of the long run has no noise.
func (j job) device() string {
	noise := 0.01
	if j.Method == long {
		noise = 0
	}
	return j.truth.device(j.Seed, noise)
}

// stages are the jobs in the order in which they tell most: after each, the
// page is complete with fewer seeds, truths or methods.
func stages(most int) [][]job {
	core := []method{long, pymoo40, pymoo100, screened, nsga2}
	others := []method{optuna40, optuna100, regularised, local, random}
	engines := []method{engine40, enginePymoo40, engine100, enginePymoo100, engine400, enginePymoo400}
	main, mild := truths[:2], truths[2:]
	plans := []struct {
		truths   []truth
		from, to int
		methods  []method
	}{
		{main, 1, 10, core},
		{main[:1], 1, 3, engines},
		{main, 1, 3, wrongly},
		{main, 1, 3, others},
		{main, 11, 20, core},
		{mild, 1, 5, core},
		{main, 1, 1, []method{tpe}},
		{main, 4, 5, others},
		{main, 2, 3, []method{tpe}}, // which takes ten minutes a run
		{mild, 6, 10, core},
	}
	var stages [][]job
	for _, p := range plans {
		var jobs []job
		for seed := p.from; seed <= min(p.to, most); seed++ {
			jobs = append(jobs, grid(p.truths, spaces, seed, p.methods)...)
		}
		stages = append(stages, jobs)
	}
	return stages
}

func grid(truths []truth, spaces []string, seed int, methods []method) []job {
	var jobs []job
	for _, t := range truths {
		for _, s := range spaces {
			for _, m := range methods {
				jobs = append(jobs, job{s, t, seed, m, setups[m].evaluations})
			}
		}
	}
	return jobs
}
