package experiments

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"strings"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/experiments/report"
	"github.com/trtnas/trtnas/predictor/correction"
	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/space/reference"
	"github.com/trtnas/trtnas/store"
)

// Warm is what a search starts from besides chance.
type Warm struct {
	Seeds []space.Genotype `json:"seeds,omitempty"` // evaluated first
	// Run is another run in the database: what it found of latencies helps to
	// expect this device's, and is never taken for it. Evaluated is how much of it
	// counts, since it may go on.
	Run       string `json:"run,omitempty"`
	Evaluated int    `json:"evaluated,omitempty"`
}

// warmRun marks the name of a run.
const warmRun = "run:"

// mostSeeds is how many networks of one source a search starts from: two
// rounds of a screened one.
const mostSeeds = 2 * screenBatch

// ReadWarm reads what a search is to start from: "references" (the published
// networks that the space can express), "none", "run:NAME" or a JSON file that
// trtnas export wrote. Networks that the space lacks are left out.
func ReadWarm(ctx context.Context, st *store.Store, s *space.Space, sources []string) (Warm, error) {
	var w Warm
	for _, source := range sources {
		var archs []space.Arch
		var err error
		switch name, isRun := strings.CutPrefix(source, warmRun); {
		case source == "none":
		case source == "references":
			archs = publishedArchs()
		case isRun:
			archs, err = w.fromRun(ctx, st, name)
		default:
			archs, err = exported(source)
		}
		if err != nil {
			return w, Unusable{fmt.Errorf("--warm %s: %w", source, err)}
		}
		w.add(s, archs)
	}
	return w, nil
}

func publishedArchs() []space.Arch {
	var archs []space.Arch
	for _, n := range reference.All() {
		if n.Arch != nil {
			archs = append(archs, *n.Arch)
		}
	}
	return archs
}

// fromRun takes the run's front.
func (w *Warm) fromRun(ctx context.Context, st *store.Store, name string) ([]space.Arch, error) {
	run, err := st.Run(ctx, name)
	if err != nil {
		return nil, err
	}
	s, err := RunSettings(run)
	if err != nil {
		return nil, err
	}
	f, err := frontOf(ctx, st, run, s)
	if err != nil {
		return nil, err
	}
	w.Run, w.Evaluated = name, f.evaluated
	var archs []space.Arch
	for _, r := range finalists(f.points, mostSeeds) {
		archs = append(archs, r.Arch)
	}
	return archs, nil
}

// exported reads the networks of an export.
func exported(path string) ([]space.Arch, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("give references, none, run:NAME or a JSON file that `trtnas export --json` wrote: %w", err)
	}
	var e report.Export
	if err := json.Unmarshal(data, &e); err != nil {
		return nil, fmt.Errorf("not an export of trtnas: %w", err)
	}
	var archs []space.Arch
	for _, n := range e.Networks {
		network, err := e.Network(n.ID)
		if err != nil {
			return nil, err
		}
		archs = append(archs, *network.Arch)
	}
	return archs, nil
}

func (w *Warm) add(s *space.Space, archs []space.Arch) {
	known := map[string]bool{}
	for _, g := range w.Seeds {
		known[s.Key(g)] = true
	}
	for _, a := range archs {
		if g, ok := s.Seed(a); ok && !known[s.Key(g)] {
			w.Seeds, known[s.Key(g)] = append(w.Seeds, g), true
		}
	}
}

// elsewhere learns from another run how its latencies differ from the models'
// predictions; nil without one.
func (l Lab) elsewhere(ctx context.Context, s Settings, models *evaluator.Predict) (*correction.Process, error) {
	if s.Warm.Run == "" {
		return nil, nil
	}
	run, err := l.Store.Run(ctx, s.Warm.Run)
	if err != nil {
		return nil, err
	}
	var measured []evaluator.Result
	for r, err := range l.Store.Evaluations(ctx, run) {
		if err != nil {
			return nil, err
		}
		if len(measured) == s.Warm.Evaluated {
			break
		}
		measured = append(measured, r)
	}
	return learn(ctx, models, measured)
}

// learn fits a correction on measured networks.
func learn(ctx context.Context, models *evaluator.Predict, measured []evaluator.Result) (*correction.Process, error) {
	archs := make([]space.Arch, len(measured))
	for i, r := range measured {
		archs[i] = r.Arch
	}
	predicted, err := models.Evaluate(ctx, archs)
	if err != nil {
		return nil, err
	}
	var rows []correction.Row
	for i, p := range predicted {
		if p.Failure == nil && measured[i].Failure == nil {
			rows = append(rows, correction.Row{X: features(p), Y: math.Log(milliseconds(measured[i]) / milliseconds(p))})
		}
	}
	return correction.Fit(rows), nil
}

// seeds are the published networks that the space can express.
func seeds(s *space.Space) []space.Genotype {
	var w Warm
	w.add(s, publishedArchs())
	return w.Seeds
}
