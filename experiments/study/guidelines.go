package study

import (
	"context"
	"fmt"
	"math"
	"math/rand"
	"slices"
	"time"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/experiments"
	"github.com/trtnas/trtnas/search"
	"github.com/trtnas/trtnas/space"
)

// model is by what a search is led.
type model string

// The models: all of it; accuracy that depends on MACs alone, so that latency
// decides; MACs in place of latency, so that accuracy decides.
const (
	whole       model = "as it is"
	latencyOnly model = "accuracy blind to all but MACs"
	flopsOnly   model = "MACs in place of latency"
)

// contrast is how the fronts of one space differ from random networks of the
// same latency in one trait, over the seeds.
type contrast struct {
	trait   trait
	space   string
	front   []float64 // mean of each seed's front
	random  []float64 // of random networks as fast
	test    signedRank
	holm    float64 // the test's p, corrected for all tests of its model
	counted bool    // whether the space leaves a choice
	papers  float64 // mean of TRT-ViT-A to D
}

// significant is the level of the tests after correction.
const significant = 0.05

// outcome is what a contrast says of its guideline.
func (c contrast) outcome() string {
	switch {
	case !c.counted:
		return "by construction"
	case len(c.front) == 0:
		return "no such block on the fronts"
	case c.holm > significant:
		return "not decided"
	case c.trait.sign == 0 && c.test.effect > 0:
		return "higher than by chance"
	case c.trait.sign == 0:
		return "lower than by chance"
	case c.test.effect*float64(c.trait.sign) > 0:
		return "holds"
	}
	return "the opposite"
}

// direction is 1 or -1 where the fronts differ from chance, else 0.
func (c contrast) direction() int {
	switch {
	case !c.counted || c.holm > significant:
		return 0
	case c.test.effect > 0:
		return 1
	}
	return -1
}

// sample is one seed's front and random networks, all with latencies by the
// device's models.
type sample struct{ front, random []evaluator.Result }

// contrasts tests all traits in the spaces, and corrects for the number of
// tests.
func contrasts(bySpace map[string][]sample, papers []space.Arch) []contrast {
	var all []contrast
	var p []float64
	for _, name := range spaces {
		for _, t := range traits {
			c := contrastOf(t, name, bySpace[name])
			c.papers = t.mean(papers)
			if c.counted && len(c.front) > 0 {
				p = append(p, c.test.p)
			}
			all = append(all, c)
		}
	}
	corrected := holm(p)
	for i := range all {
		if all[i].counted && len(all[i].front) > 0 {
			all[i].holm, corrected = corrected[0], corrected[1:]
		}
	}
	return all
}

func contrastOf(t trait, spaceName string, samples []sample) contrast {
	c := contrast{trait: t, space: spaceName, holm: 1, counted: slices.Contains(t.searched, spaceName)}
	var differences []float64
	for _, s := range samples {
		front, random, ok := s.means(t)
		if !ok {
			continue
		}
		c.front, c.random = append(c.front, front), append(c.random, random)
		differences = append(differences, front-random)
	}
	c.test = wilcoxon(differences)
	return c
}

// asFast is how far a random network's latency may be from that of the network
// on the front that it is compared with.
const asFast = 0.1

// means are those of the trait over the front's networks, and over the random
// networks that are as fast as one of them, each network of the front counting
// alike.
func (s sample) means(t trait) (front, random float64, ok bool) {
	var ours, theirs []float64
	for _, r := range s.front {
		v, defined := t.of(r.Arch)
		if !defined {
			continue
		}
		var chance []float64
		for _, other := range s.random {
			if math.Abs(float64(other.Score.Latency.Value)/float64(r.Score.Latency.Value)-1) > asFast {
				continue
			}
			if w, defined := t.of(other.Arch); defined {
				chance = append(chance, w)
			}
		}
		if len(chance) > 0 {
			ours, theirs = append(ours, v), append(theirs, mean(chance))
		}
	}
	return mean(ours), mean(theirs), len(ours) > 0
}

// among are the networks of the front that are no faster than TRT-ViT-A, the
// fastest of its family: those that the paper speaks of.
func among(front []evaluator.Result, fastest time.Duration) []evaluator.Result {
	return slices.DeleteFunc(slices.Clone(front), func(r evaluator.Result) bool { return r.Score.Latency.Value < fastest })
}

// random draws networks of a space within the budget and predicts them.
func (s *Subject) random(ctx context.Context, spaceName string, seed int, models *evaluator.Predict) ([]evaluator.Result, error) {
	sp, err := space.Named(spaceName)
	if err != nil {
		return nil, err
	}
	rng := rand.New(rand.NewSource(int64(seed)))
	archs := make([]space.Arch, s.Random)
	for i := range archs {
		archs[i] = sp.Decode(sp.Sample(rng))
	}
	results, err := models.Evaluate(ctx, archs)
	return slices.DeleteFunc(results, func(r evaluator.Result) bool { return r.Failure != nil }), err
}

// ablated is the front of a search that is led by half of what is known, with
// latencies by the models.
func (s *Subject) ablated(ctx context.Context, m model, spaceName string, seed int, models *evaluator.Predict) ([]evaluator.Result, error) {
	sp, err := space.Named(spaceName)
	if err != nil {
		return nil, err
	}
	limits, err := s.limits(ctx, models)
	if err != nil {
		return nil, err
	}
	evaluate := func(ctx context.Context, gs []space.Genotype) ([]search.Outcome, error) {
		archs := make([]space.Arch, len(gs))
		for i, g := range gs {
			archs[i] = sp.Decode(g)
		}
		results, err := models.Evaluate(ctx, archs)
		outcomes := make([]search.Outcome, len(gs))
		for i, r := range results {
			outcomes[i] = m.outcome(r, limits)
		}
		return outcomes, err
	}
	result, err := search.Run(ctx, search.Config[space.Genotype]{
		Problem: sp, Strategy: search.NSGA2[space.Genotype]{Population: experiments.DefaultPopulation, Seed: int64(seed)},
		Evaluate: evaluate, Budget: s.Evaluations / ablatedShare,
	})
	if err != nil {
		return nil, err
	}
	if result.End == search.Stopped {
		return nil, context.Canceled
	}
	archs := make([]space.Arch, len(result.Front))
	for i, in := range result.Front {
		archs[i] = sp.Decode(in.Genotype)
	}
	return models.Evaluate(ctx, archs)
}

// ablatedShare: a third of the evaluations does for the shape of a front.
const ablatedShare = 3

// limits are the greatest latency in ms and the greatest MACs.
type limits struct{ ms, macs float64 }

// limits are those of TRT-ViT-D with some room.
func (s *Subject) limits(ctx context.Context, models *evaluator.Predict) (limits, error) {
	list, err := named("TRT-ViT-D")
	if err != nil {
		return limits{}, err
	}
	score, err := models.Network(list[0])
	return limits{roomAbove * milliseconds(score.Latency.Value), roomAbove * float64(score.MACs)}, err
}

func (m model) outcome(r evaluator.Result, most limits) search.Outcome {
	if r.Failure != nil {
		return search.Failed()
	}
	ms, macs := milliseconds(r.Score.Latency.Value), float64(r.Score.MACs)
	o := search.Outcome{Objectives: []float64{ms, -macs}, Violation: max(0, ms/most.ms-1)}
	if m == flopsOnly {
		o = search.Outcome{Objectives: []float64{macs, -r.Score.Accuracy.Bound}, Violation: max(0, macs/most.macs-1)}
		if r.Score.Accuracy.Outside() {
			o.Violation++ // as in every search for an estimated accuracy
		}
	}
	return o
}

// decider says what a contrast comes from: the half of the models that leads to
// it alone.
func decider(all, byLatency, byAccuracy contrast) string {
	switch d := all.direction(); {
	case !all.counted:
		return none
	case d == 0:
		return "neither"
	case byLatency.direction() == d && byAccuracy.direction() == d:
		return "either alone"
	case byLatency.direction() == d:
		return "latency"
	case byAccuracy.direction() == d:
		return "accuracy model"
	}
	return "only both together"
}

// claim is the guideline as what a search without it should come to.
func (c contrast) claim(decides string) Claim {
	wants := "more than by chance"
	if c.trait.sign < 0 {
		wants = "less than by chance"
	}
	claim := Claim{fmt.Sprintf("Guideline %s, found by searches in %s: %s", c.trait.guideline, c.space, c.trait.what), wants, c.outcome(), Unresolved}
	if len(c.front) > 0 {
		claim.Found = fmt.Sprintf("%.2f, by chance %.2f, TRT-ViT %.2f; p %.3f of %d seeds; decided by: %s", mean(c.front), mean(c.random), c.papers, c.holm, len(c.front), decides)
	}
	switch c.direction() {
	case c.trait.sign:
		claim.Verdict = Reproduced
	case -c.trait.sign:
		claim.Verdict = NotReproduced
	}
	return claim
}

func (c contrast) row(decides string) []string {
	row := []string{c.trait.guideline, c.trait.what, c.space, none, none, fmt.Sprintf("%.2f", c.papers), none, none, none, none, c.outcome(), decides}
	if len(c.front) == 0 {
		return row
	}
	row[3] = fmt.Sprintf("%.2f (%.2f to %.2f)", mean(c.front), slices.Min(c.front), slices.Max(c.front))
	row[4], row[6] = fmt.Sprintf("%.2f", mean(c.random)), fmt.Sprint(len(c.front))
	if c.counted {
		row[7], row[8], row[9] = fmt.Sprintf("%+.2f", c.test.effect), fmt.Sprintf("%.4f", c.test.p), fmt.Sprintf("%.4f", c.holm)
	}
	return row
}
