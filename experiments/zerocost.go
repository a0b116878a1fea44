package experiments

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/evaluator/zerocost"
	"github.com/trtnas/trtnas/experiments/report"
	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/space/reference"
	"github.com/trtnas/trtnas/store"
)

// Proxies say which zero-cost proxies are computed, and how.
type Proxies struct {
	Kept  zerocost.Kept
	List  []zerocost.Proxy
	Input zerocost.Input
	Seeds int
}

// DefaultSeeds of a proxy; its interval needs two at least.
const DefaultSeeds = 3

// Networks scores published or exported networks, beside what the models
// estimate.
func (p Proxies) Networks(ctx context.Context, models *evaluator.Predict, networks []reference.Network) (report.ZeroCost, error) {
	var points []report.ZeroCostNetwork
	var scored []zerocost.Network
	for _, n := range networks {
		r, err := Reference(ctx, models, n)
		if err != nil {
			return report.ZeroCost{}, Unusable{err}
		}
		points = append(points, report.ZeroCostNetwork{Name: n.Name, Point: r.Point})
		scored = append(scored, proxied(n))
	}
	return p.score(ctx, points, scored)
}

// proxied is any network as one that is scored.
func proxied(n reference.Network) zerocost.Network {
	if n.Arch != nil {
		return zerocost.FromArch(*n.Arch)
	}
	return zerocost.Network{ID: n.ID(), Name: n.Name, Lower: n.Lower}
}

// Front scores networks of a run's front, the most accurate first.
func (p Proxies) Front(ctx context.Context, st *store.Store, name string, s Selected) (report.ZeroCost, error) {
	results, err := chosen(ctx, st, name, s)
	if err != nil {
		return report.ZeroCost{}, err
	}
	var points []report.ZeroCostNetwork
	var scored []zerocost.Network
	for _, r := range results {
		points = append(points, report.ZeroCostNetwork{Point: report.NewPoint(r)})
		scored = append(scored, zerocost.FromArch(r.Arch))
	}
	z, err := p.score(ctx, points, scored)
	z.Run = name
	return z, err
}

func (p Proxies) score(ctx context.Context, points []report.ZeroCostNetwork, networks []zerocost.Network) (report.ZeroCost, error) {
	z := report.NewZeroCost(p.Input, p.Seeds, p.List)
	conditions, err := p.conditions()
	if err != nil {
		return z, err
	}
	for _, c := range conditions {
		z.Runtimes = append(z.Runtimes, c.Runtime)
	}
	z.Runtimes = slices.Compact(z.Runtimes)
	for i, n := range networks {
		scores, err := p.of(ctx, conditions, n)
		if err != nil {
			return z, err
		}
		for _, r := range z.Proxies {
			points[i].Scores = append(points[i].Scores, report.NewProxyScore(r.Proxy, zerocost.Mean(r.Proxy, scores)))
		}
		z.Networks = append(z.Networks, points[i])
	}
	return z, nil
}

// conditions of the passes that give the proxies.
func (p Proxies) conditions() ([]zerocost.Conditions, error) {
	if p.Seeds < 1 {
		return nil, Unusable{fmt.Errorf("%d seeds: need at least 1", p.Seeds)}
	}
	var all []zerocost.Conditions
	for _, pass := range zerocost.Passes(p.List) {
		c, err := p.Kept.Scorer.Conditions(pass, p.Input)
		if err != nil {
			return nil, Unusable{err}
		}
		all = append(all, c)
	}
	return all, nil
}

// of are the scores of a network, of all passes and seeds.
func (p Proxies) of(ctx context.Context, conditions []zerocost.Conditions, n zerocost.Network) ([]zerocost.Score, error) {
	var all []zerocost.Score
	for _, c := range conditions {
		scores, err := p.Kept.Score(ctx, n, c, p.Seeds)
		if err != nil {
			return nil, err
		}
		all = append(all, scores...)
	}
	return all, nil
}

// proxies of a search's objectives.
func (s Settings) proxies() []zerocost.Proxy {
	var all []zerocost.Proxy
	for _, o := range s.objectives() {
		if p := zerocost.Proxy(o); p.Pass() != "" {
			all = append(all, p)
		}
	}
	return all
}

// ProxyBy says how the proxies among a search's objectives are computed. The
// zero one is of a search that has none.
type ProxyBy struct {
	Conditions []zerocost.Conditions `json:"conditions"`
	Seeds      int                   `json:"seeds"`
}

// errNoScorer: a search with proxies among its objectives is given a Scorer.
var errNoScorer = errors.New("proxies among the objectives need a Python with ONNX Runtime: give it as --python")

// WithProxies completes the settings of a search whose objectives have proxies
// by how the scorer computes them.
func (s Settings) WithProxies(scorer *zerocost.Scorer) (Settings, error) {
	p := Proxies{Kept: zerocost.Kept{Scorer: scorer}, List: s.proxies(), Input: zerocost.DefaultInput, Seeds: DefaultSeeds}
	conditions, err := p.conditions()
	if err != nil {
		return s, err
	}
	s.Proxies = ProxyBy{Conditions: conditions, Seeds: p.Seeds}
	return s, nil
}

func (by ProxyBy) validate(s Settings) error {
	switch {
	case len(s.proxies()) == 0:
		return nil
	case s.Algorithm == Screened:
		return errors.New("a screened search believes things of thousands of networks in each round, and proxies would have to be computed for all: choose another algorithm")
	case len(by.Conditions) == 0:
		return errNoScorer
	}
	return nil
}

// checkProxies refuses to mix scores of other libraries.
func (l Lab) checkProxies(s Settings) error {
	if len(s.proxies()) == 0 {
		return nil
	}
	if l.Scorer == nil {
		return Unusable{errNoScorer}
	}
	for _, began := range s.Proxies.Conditions {
		now, err := l.Scorer.Conditions(began.Pass, began.Input)
		if err != nil {
			return Unusable{err}
		}
		if now != began {
			return Unusable{fmt.Errorf("the proxies of this run come from %s (definitions %d), and this Python has %s (%d); scores of both can't be mixed: give the Python that it was begun with as --python, or start a new run",
				began.Runtime, began.Version, now.Runtime, now.Version)}
		}
	}
	return nil
}

// ProxyWarnings say of each proxy among the objectives how little it tells of
// accuracy.
func (s Settings) ProxyWarnings() []string {
	var all []string
	for _, p := range s.proxies() {
		r, _ := zerocost.RankOf(string(p))
		all = append(all, fmt.Sprintf("%s is no accuracy: among %d published networks it ranks those of equal FLOPs by top-1 with a Kendall tau of %.2f%s; `trtnas validate-accuracy` says what the accuracy model has there",
			p, r.Networks, r.Matched, intervalText(r)))
	}
	return all
}

func intervalText(r zerocost.Rank) string {
	if r.Low == r.High {
		return ""
	}
	return fmt.Sprintf(" (90 %%: %.2f to %.2f)", r.Low, r.High)
}

// proxying adds the proxies that are objectives to results.
type proxying struct {
	evaluator.Evaluator
	lab      Lab
	settings Settings
}

// Evaluate implements evaluator.Evaluator.
func (p proxying) Evaluate(ctx context.Context, archs []space.Arch) ([]evaluator.Result, error) {
	results, err := p.Evaluator.Evaluate(ctx, archs)
	if err != nil {
		return nil, err
	}
	by := p.settings.Proxies
	kept := zerocost.Kept{Scorer: p.lab.Scorer, Store: p.lab.Store}
	for i := range results {
		// What can't be chosen is compared by how far it is beyond, and needs no score.
		if results[i].Failure != nil || p.settings.violation(results[i]) > 0 {
			continue
		}
		for _, c := range by.Conditions {
			scores, err := kept.Score(ctx, zerocost.FromArch(archs[i]), c, by.Seeds)
			if err != nil {
				return nil, err
			}
			results[i].Proxies = append(results[i].Proxies, scores...)
		}
	}
	return results, nil
}

// recallProxies adds the proxies that are objectives to stored results.
func (s Settings) recallProxies(ctx context.Context, st *store.Store, results []evaluator.Result, ids []string) error {
	for _, c := range s.Proxies.Conditions {
		known, err := st.Proxies(ctx, c, ids)
		if err != nil {
			return err
		}
		for i, r := range results {
			for _, score := range known[r.ID] {
				if score.Seed < uint64(s.Proxies.Seeds) {
					results[i].Proxies = append(results[i].Proxies, score)
				}
			}
		}
	}
	return nil
}
