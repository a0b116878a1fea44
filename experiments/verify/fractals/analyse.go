package main

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/trtnas/trtnas/predictor"
	"github.com/trtnas/trtnas/predictor/accuracy"
)

// What is asked, and how it is answered, was written before the first network of
// the study was trained:
//
//   - A network's result is that of seed 0. The figure that decides is the loss on
//     fractals that were held out, less coarse than their top-1.
//   - It is judged by Kendall's tau with ImageNet top-1 over pairs within 15 % of
//     MACs, against the product's estimate that has not seen the line of families.
//   - It ranks better (worse) if the interval of the difference of the two taus,
//     which holds 90 % of the bootstrap samples over lines, is above (below) 0;
//     otherwise it can't be told.
//   - Second: does it add to the estimate? The sum of both ranks is judged likewise.
//
// Second seeds tell how much of a result is noise, and enter nothing else.

// result is what the page shows.
type result struct {
	Conditions conditions
	Networks   []network // most accurate on ImageNet first
	Lines      int       // of families
	Failed     []row
	Pairs      int // of equal MACs
	Figures    []figure
	Noise      noise
	CPUHours   float64
}

// network is one with all that is compared.
type network struct {
	accuracy.Row
	Estimate float64 // of the product, its line left out; top-1, per cent
	Trained  row
}

// figure is one by which networks can be ordered.
type figure struct {
	Name string
	All  float64            // Kendall's tau over all pairs
	Tau  predictor.Estimate // over pairs of equal MACs
	Gain predictor.Estimate // of the latter over the product's estimate

	values []float64 // by network, greater is better
}

// names of the figures that the answer is about.
const (
	estimate = "the estimate of trtnas"
	loss     = "loss on fractals"
	both     = "ranks of the estimate and of the loss, summed"
)

func analyse(rows []row, under conditions) (*result, error) {
	unseen, err := accuracy.Unseen()
	if err != nil {
		return nil, err
	}
	return analyseWith(rows, under, accuracy.Rows(), unseen)
}

func analyseWith(rows []row, under conditions, published []accuracy.Row, unseen map[string]float64) (*result, error) {
	r := &result{Conditions: under, Noise: noiseOf(rows)}
	for _, t := range rows {
		r.CPUHours += t.CPUSeconds / 3600
		at := slices.IndexFunc(published, func(p accuracy.Row) bool { return p.Name == t.Network })
		predicted, ok := unseen[t.Network]
		switch {
		case at < 0 || !ok:
			return nil, fmt.Errorf("%s is not among the published networks of the recipe r300: remove its rows", t.Network)
		case t.Failure != "":
			r.Failed = append(r.Failed, t)
		case t.Seed == 0:
			r.Networks = append(r.Networks, network{published[at], predicted, t})
		}
	}
	if len(r.Networks) < 2 {
		return nil, fmt.Errorf("%d networks have a result of seed 0, and a ranking needs 2: train more", len(r.Networks))
	}
	slices.SortFunc(r.Networks, func(a, b network) int {
		return cmp.Or(cmp.Compare(b.Row.Top1, a.Row.Top1), cmp.Compare(a.Name, b.Name))
	})
	r.rank()
	return r, nil
}

// rank judges all figures on the same networks, pairs and samples.
func (r *result) rank() {
	var published []accuracy.Row
	var truth, macs []float64
	var lines []string
	for _, n := range r.Networks {
		published, truth, macs, lines = append(published, n.Row), append(truth, n.Row.Top1), append(macs, n.MACs), append(lines, n.Super)
	}
	ranking := predictor.NewRanking(lines, truth, macs, rand.New(rand.NewPCG(1, 2)))
	r.Pairs, r.Lines = ranking.Pairs(), len(slices.Compact(slices.Sorted(slices.Values(lines))))
	r.Figures = figures(r.Networks, published)
	over := r.figure(estimate).values
	for i := range r.Figures {
		f := &r.Figures[i]
		f.All = predictor.KendallTau(f.values, truth)
		f.Tau, f.Gain = ranking.Tau(f.values), ranking.Gain(f.values, over)
	}
}

func figures(networks []network, published []accuracy.Row) []figure {
	of := func(name string, value func(network) float64) figure {
		f := figure{Name: name}
		for _, n := range networks {
			f.values = append(f.values, value(n))
		}
		return f
	}
	predicted := of(estimate, func(n network) float64 { return n.Estimate })
	trained := of(loss, func(n network) float64 { return -n.Trained.Loss })
	return []figure{
		predicted,
		trained,
		of("top-1 on fractals", func(n network) float64 { return n.Trained.Top1 }),
		{Name: both, values: sum(ranks(predicted.values), ranks(trained.values))},
		{Name: "ranks of parameters and activations, summed", values: accuracy.SizeRanks(published)},
		of("parameters", func(n network) float64 { return n.Params }),
		of("FLOPs", func(n network) float64 { return n.MACs }),
		of("ZiCo", func(n network) float64 { return n.Trained.ZiCo }),
		of("MeCo", func(n network) float64 { return n.Trained.MeCo }),
	}
}

func (r *result) figure(name string) figure {
	return r.Figures[slices.IndexFunc(r.Figures, func(f figure) bool { return f.Name == name })]
}

// ranks count the values below each; ties share theirs.
func ranks(values []float64) []float64 {
	r := make([]float64, len(values))
	for i, v := range values {
		for _, w := range values {
			switch {
			case w < v:
				r[i]++
			case w == v:
				r[i] += 0.5
			}
		}
	}
	return r
}

func sum(a, b []float64) []float64 {
	s := make([]float64, len(a))
	for i := range a {
		s[i] = a[i] + b[i]
	}
	return s
}

// noise is how far two seeds agree.
type noise struct {
	Networks   int     // that were trained with both
	Loss, Top1 float64 // standard deviation of one training, in nats and points
	Tau        float64 // between the losses of both seeds, over all pairs
	Spread     float64 // standard deviation of the loss between these networks, nats
}

func noiseOf(rows []row) noise {
	var n noise
	var first, second []float64
	var loss, top1 float64
	for _, a := range rows {
		for _, b := range rows {
			if a.Network != b.Network || a.Seed != 0 || b.Seed != 1 || a.Failure != "" || b.Failure != "" {
				continue
			}
			n.Networks++
			first, second = append(first, a.Loss), append(second, b.Loss)
			loss += (a.Loss - b.Loss) * (a.Loss - b.Loss)
			top1 += (a.Top1 - b.Top1) * (a.Top1 - b.Top1)
		}
	}
	if n.Networks < 2 {
		return noise{}
	}
	// The difference of two trainings has twice the variance of one.
	n.Loss, n.Top1 = math.Sqrt(loss/float64(2*n.Networks)), math.Sqrt(top1/float64(2*n.Networks))
	n.Tau, n.Spread = predictor.KendallTau(first, second), deviation(first)
	return n
}

func deviation(values []float64) float64 {
	mean, square := 0.0, 0.0
	for _, v := range values {
		mean += v / float64(len(values))
	}
	for _, v := range values {
		square += (v - mean) * (v - mean) / float64(len(values)-1)
	}
	return math.Sqrt(square)
}
