package main

import (
	"cmp"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/trtnas/trtnas/evaluator/zerocost"
	"github.com/trtnas/trtnas/experiments"
	"github.com/trtnas/trtnas/experiments/device"
	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/store"
	"github.com/trtnas/trtnas/trt"
)

const defaultDB = "./trtnas.db"

func dbFlag(c *cobra.Command, to *string) {
	c.Flags().StringVar(to, "db", defaultDB, "database that keeps all runs")
}

type searchFlags struct {
	conditions                    conditionFlags
	tools                         toolFlags
	workers                       workersFlags
	budget, space, algo, name, db string
	budgetOn, latencyOf           string
	objectives                    string
	limits, warm                  []string
	evals, population, finalists  int
	time                          timeLimits
	accuracy                      string
	trainer                       trainerFlags
	labels                        labelFlags
	scorer                        *zerocost.Scorer // where proxies are objectives
	seed                          int64
	extrapolate, asJSON, dry      bool
}

func newSearch() *cobra.Command {
	var f searchFlags
	c := &cobra.Command{
		Use:   "search --budget LATENCY",
		Short: "Search for the best networks within a latency budget",
		Long: `Search for the networks with the best accuracy within a latency budget of one
batch. Every result is kept in the database; a run can be killed at any moment
and resumed along the same way.`,
		Example: "  trtnas search --budget 10ms\n  trtnas search --budget 20ms --space open --seed 7 --name night",
		Args:    noArgs,
		RunE:    func(c *cobra.Command, _ []string) error { return f.start(c) },
	}
	f.conditions.add(c)
	f.tools.add(c)
	f.workers.add(c, measureOnWorkers)
	c.Flags().StringVar(&f.budget, "budget", "", "latency of one batch, such as 10ms (required); or several that all bind, such as b8=10ms,b1=3ms or t4:b8=10ms,v100:384x384:b1=5ms")
	c.Flags().StringVar(&f.budgetOn, "budget-on", "median", "what has to be within the budget: median, or upper (end of the interval)")
	c.Flags().StringVar(&f.latencyOf, "latency-of", "first", "which latencies of several budgets are objectives: that of the first, each, or the worst (the greatest share of its budget)")
	c.Flags().StringVar(&f.objectives, "objective", "accuracy,latency", "what to make as good as can be, of accuracy, latency, params, macs, and where they are measured memory, engine (the file's size) and energy (for one image); or a zero-cost proxy (trtnas zerocost), which is no accuracy")
	c.Flags().StringSliceVar(&f.limits, "limit", nil, "what a network may take at most, such as params=60M, macs=5G, memory=500M, engine=100M (bytes) or energy=0.05 (joules for one image)")
	c.Flags().StringVar(&f.space, "space", "trt-vit", "built-in space (trtnas space list) or a YAML file")
	c.Flags().StringSliceVar(&f.warm, "warm", []string{"references"}, "what to start from: references (published networks), run:NAME, a JSON file of trtnas export, or none")
	c.Flags().StringVar(&f.algo, "algo", "", "screened, nsga2, nsga3, regularised, local or random (default screened where networks are measured, else nsga2)")
	c.Flags().IntVar(&f.evals, "evals", 0, fmt.Sprintf("different networks to evaluate (default %d, or %d that are measured)", experiments.DefaultEvaluations, experiments.DefaultMeasured))
	c.Flags().IntVar(&f.population, "population", 0, fmt.Sprintf("networks in a generation (default %d, or %d that are measured)", experiments.DefaultPopulation, experiments.DefaultMeasuredPopulation))
	c.Flags().IntVar(&f.finalists, "finalists", experiments.DefaultFinalists, "networks of a measured front to build and time again at the end")
	f.time.add(c)
	c.Flags().StringVar(&f.accuracy, "accuracy", "predicted", "where accuracies come from: predicted, train:FOLDER of images, train:fractals, or exec:PROGRAM with its arguments; each network within the budget is trained then")
	f.trainer.add(c, "train-")
	f.labels.add(c)
	c.Flags().BoolVar(&f.extrapolate, "extrapolate", false, "let networks compete that lie outside the range of the published ones that the accuracy model was fitted on")
	c.Flags().Int64Var(&f.seed, "seed", 0, "seed of all randomness")
	c.Flags().StringVar(&f.name, "name", "", "name of the run (default from space, budget and seed)")
	c.Flags().BoolVar(&f.dry, "dry-run", false, "say what the search would do and how long it would use the device, and do nothing")
	dbFlag(c, &f.db)
	jsonFlag(c, &f.asJSON)
	return c
}

// start opens the device, and searches on it or says what it would do.
func (f *searchFlags) start(c *cobra.Command) error {
	s, err := f.settings()
	if err = errors.Join(err, f.checkDryRun()); err != nil {
		return err
	}
	if s.Labels, err = f.labels.read(c, f.db); err != nil {
		return err
	}
	if w := s.Labels.Warning(); w != "" {
		fmt.Fprintln(c.ErrOrStderr(), "warning:", w)
	}
	if c.Flags().Changed("evals") && f.evals < 1 {
		return usage(fmt.Errorf("--evals: %d evaluations: need at least 1", f.evals))
	}
	tools := withProfiles(c, f.tools.find(), f.db)
	queue, free, err := f.workers.open(c, f.db)
	if err != nil {
		return err
	}
	defer free()
	tools.Workers, f.trainer.queue = queue, queue
	d, err := openDevices(c, s.Wanted(), tools)
	if err != nil {
		return err
	}
	defer d.Close()
	defer func() { closeScorer(f.scorer) }()
	plan, err := f.plan(c, s, d)
	if err != nil {
		return err
	}
	if f.dry {
		return f.preview(c, plan)
	}
	return f.run(c, plan, d)
}

// plan completes the settings by what computes proxies, where some are
// objectives.
func (f *searchFlags) plan(c *cobra.Command, s experiments.Settings, d *device.Device) (p experiments.Plan, err error) {
	if f.scorer, err = scorerOf(c, f.tools.tools.Python, s); err != nil {
		return p, err
	}
	if f.scorer != nil {
		if s, err = s.WithProxies(f.scorer); err != nil {
			return p, err
		}
	}
	return experiments.NewPlan(c.Context(), cmp.Or(f.name, s.Name()), s.ForDevice(d), d)
}

func (f *searchFlags) settings() (experiments.Settings, error) {
	if f.budget == "" {
		return experiments.Settings{}, usage(fmt.Errorf("--budget is missing: give the latency of one batch, such as --budget 10ms"))
	}
	spec, err := f.conditions.spec()
	if err != nil {
		return experiments.Settings{}, err
	}
	algo, err := experiments.ParseAlgorithm(f.algo)
	if err != nil {
		return experiments.Settings{}, usage(fmt.Errorf("--algo: %w", err))
	}
	s, err := space.Load(f.space)
	if err != nil {
		return experiments.Settings{}, usage(fmt.Errorf("--space: %w", err))
	}
	o, err := f.tools.options(f.conditions.device)
	if err != nil {
		return experiments.Settings{}, err
	}
	targets, err := experiments.ParseTargets(f.budget, spec, o)
	if err != nil {
		return experiments.Settings{}, usage(fmt.Errorf("--budget: %w", err))
	}
	goal, err := f.goal()
	if err != nil {
		return experiments.Settings{}, err
	}
	by, err := f.trainer.accuracy(f.accuracy)
	if err != nil {
		return experiments.Settings{}, err
	}
	return experiments.Settings{
		Accuracy: by, Extrapolate: f.extrapolate, BudgetOn: goal.BudgetOn, Together: goal.Together, Objectives: goal.Objectives, Limits: goal.Limits,
		Space: s, Evaluations: f.evals, Finalists: f.finalists, Algorithm: algo, Population: f.population, Seed: f.seed,
	}.WithTargets(targets), nil
}

// goal reads what the search is for, besides the budget. Defaults are left out.
func (f *searchFlags) goal() (s experiments.Settings, err error) {
	if s.BudgetOn, err = experiments.ParseStatistic(f.budgetOn); err != nil {
		return s, usage(fmt.Errorf("--budget-on: %w", err))
	}
	if s.Together, err = experiments.ParseTogether(f.latencyOf); err != nil {
		return s, usage(fmt.Errorf("--latency-of: %w", err))
	}
	if s.Objectives, err = experiments.ParseObjectives(f.objectives); err != nil {
		return s, usage(fmt.Errorf("--objective: %w", err))
	}
	if s.Limits, err = experiments.ParseLimits(f.limits); err != nil {
		return s, usage(fmt.Errorf("--limit: %w", err))
	}
	return s, nil
}

func (f *searchFlags) run(c *cobra.Command, p experiments.Plan, d *device.Device) error {
	talk, s := c.ErrOrStderr(), p.Settings
	for _, d := range d.All() {
		fmt.Fprintf(talk, "device %s: %s\n", d.Conditions().Device, d.Note)
	}
	st, err := store.Open(f.db, time.Now)
	if err != nil {
		return err
	}
	defer st.Close()
	fmt.Fprintf(talk, "run %s in %s: space %s, %d evaluations by %s, seed %d\n", p.Name, f.db, s.Space.Name, s.Evaluations, s.Algorithm, s.Seed)
	if p.Settings.Warm, err = experiments.ReadWarm(c.Context(), st, s.Space, f.warm); err != nil {
		return err
	}
	defer f.trainer.close()
	if err := f.trainer.judge(c, st, f.db, f.tools.tools.Python, s, d); err != nil {
		return err
	}
	lab, ctx, cancel := f.time.lab(c, st)
	defer cancel()
	lab.Scorer = f.scorer
	unwatch := watch(c, &lab, watched{p.Name, f.db, d.Conditions(), s})
	end, err := lab.Search(ctx, p)
	unwatch()
	if err != nil {
		return err
	}
	return conclude(c, st, p.Name, f.db, end, f.asJSON)
}

// openDevices opens the devices of all budgets; that one is not to be had is an
// error of usage.
func openDevices(c *cobra.Command, wanted []device.Wanted, t device.Tools) (*device.Device, error) {
	d, err := device.OpenAll(c.Context(), wanted, t)
	if err != nil && c.Context().Err() == nil {
		return nil, usage(err)
	}
	return d, err
}

// openDevice opens one device.
func openDevice(c *cobra.Command, spec trt.Spec, o device.Options, t device.Tools) (*device.Device, error) {
	return openDevices(c, []device.Wanted{{Spec: spec, Options: o}}, t)
}
