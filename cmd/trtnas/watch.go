package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/experiments"
	"github.com/trtnas/trtnas/experiments/live"
	"github.com/trtnas/trtnas/store"
)

// watched is a run that people watch while it goes on.
type watched struct {
	name, db   string
	conditions evaluator.Conditions
	settings   experiments.Settings
}

// budgets are the run's, by the names that the user gives them.
func (r watched) budgets() (all []live.Budget) {
	for _, t := range r.settings.All() {
		all = append(all, live.Budget{Name: t.String(), Within: time.Duration(t.Budget)})
	}
	return all
}

// resume is the command that goes on with the run.
func (r watched) resume() string { return "trtnas resume " + r.name + atDB(r.db) }

// atDB is how a command names the database.
func atDB(db string) string {
	if db == defaultDB {
		return ""
	}
	return " --db " + db
}

// between two frames of the live view.
const frame = 250 * time.Millisecond

// watch has the lab tell of the run: a live view on a terminal that can show
// one, else lines. End takes the view away.
func watch(c *cobra.Command, lab *experiments.Lab, r watched) (end func()) {
	screen, ok := c.ErrOrStderr().(*live.Screen)
	if !ok || !screen.Live() {
		lines(c, lab, r)
		return func() {}
	}
	v := live.NewSearch(live.Run{
		Name: r.name, Device: fmt.Sprintf("%s, TensorRT %s", r.conditions.Device, r.conditions.TensorRT), Budgets: r.budgets(), Resume: r.resume(),
	}, time.Now)
	free := func() {}
	lab.Begun = func(p experiments.Progress) {
		onInterrupt(c.Context(), "", r.stopped(), v.Stopping)
		v.Begun(p)
		free = show(screen, v)
	}
	lab.Progress, lab.Again = v.Generation, v.Again
	lab.Measured = both(lab.Measured, v.Measured)
	return func() { free() }
}

// watchStored watches a run that is there already.
func watchStored(c *cobra.Command, lab *experiments.Lab, st *store.Store, name, db string) (end func(), err error) {
	run, err := st.Run(context.WithoutCancel(c.Context()), name)
	if err != nil {
		return nil, err
	}
	s, err := experiments.RunSettings(run)
	if err != nil {
		return nil, err
	}
	return watch(c, lab, watched{run.Name, db, run.Conditions, s}), nil
}

// show shows the view until free is called.
func show(screen *live.Screen, v live.View) (free func()) {
	ticker := time.NewTicker(frame)
	end := screen.Show(v, ticker.C)
	resized := make(chan os.Signal, 1)
	signal.Notify(resized, syscall.SIGWINCH)
	go func() {
		for range resized {
			screen.Redraw()
		}
	}()
	return func() {
		signal.Stop(resized)
		close(resized)
		ticker.Stop()
		end()
	}
}

// lines tells of the run line by line.
func lines(c *cobra.Command, lab *experiments.Lab, r watched) {
	w := &progressWriter{out: c.ErrOrStderr(), now: time.Now}
	lab.Begun = func(experiments.Progress) {
		first := fmt.Sprintf("finishing what is under way and keeping it; `%s` goes on; press Ctrl-C again to stop at once", r.resume())
		onInterrupt(c.Context(), first, r.stopped(), nil)
	}
	lab.Progress = w.write
	lab.Measured = both(lab.Measured, w.measured)
}

// stopped is what a second Ctrl-C says.
func (r watched) stopped() string {
	return fmt.Sprintf("stopped at once; `%s` goes on with what was finished", r.resume())
}

// both tells two of each result.
func both(a, b func(evaluator.Result)) func(evaluator.Result) {
	return func(r evaluator.Result) {
		a(r)
		b(r)
	}
}
