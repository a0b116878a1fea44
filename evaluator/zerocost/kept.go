package zerocost

import (
	"context"
	"math"
	"slices"
	"time"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// Store keeps scores under their conditions.
type Store interface {
	// Proxies are the scores of the networks, by ID.
	Proxies(ctx context.Context, c Conditions, ids []string) (map[string][]Score, error)
	// AppendProxies keeps a network's scores for good before it returns.
	AppendProxies(ctx context.Context, n Network, c Conditions, scores []Score) error
}

// Kept answers from what is kept, and has the rest computed.
type Kept struct {
	Scorer *Scorer
	Store  Store
}

// Score gives the proxies of a pass for seeds from 0 on.
func (k Kept) Score(ctx context.Context, n Network, c Conditions, seeds int) ([]Score, error) {
	known, err := k.Store.Proxies(ctx, c, []string{n.ID})
	if err != nil {
		return nil, err
	}
	var all []Score
	for seed := range uint64(seeds) {
		scores := of(known[n.ID], seed)
		if len(scores) == 0 {
			if scores, err = k.Scorer.Score(ctx, n, c, seed); err != nil {
				return nil, err
			}
			// What is done is kept, even if the caller leaves at this moment.
			if err := k.Store.AppendProxies(context.WithoutCancel(ctx), n, c, scores); err != nil {
				return nil, err
			}
		}
		all = append(all, scores...)
	}
	return all, nil
}

func of(scores []Score, seed uint64) []Score {
	return slices.DeleteFunc(slices.Clone(scores), func(s Score) bool { return s.Seed != seed })
}

// Level of an Estimate's interval.
const Level = 0.95

// Estimate is a proxy's mean over seeds.
type Estimate struct {
	Value     float64
	Low, High float64 // of the mean, by Student's t; infinitely wide for one seed
	Seeds     int
	Failure   string // of the first seed that has one; then there is no value
	Cost      time.Duration
}

// Mean is the proxy's estimate from the scores of its pass.
func Mean(p Proxy, scores []Score) Estimate {
	var values []float64
	var e Estimate
	for _, s := range scores {
		if s.Proxy != p {
			continue
		}
		e.Cost += s.Cost
		if s.Failure != "" && e.Failure == "" {
			e.Failure = s.Failure
		}
		values = append(values, s.Value)
	}
	e.Seeds = len(values)
	if e.Failure != "" || e.Seeds == 0 {
		return e
	}
	half := math.Inf(1)
	if n := float64(e.Seeds); e.Seeds > 1 {
		t := distuv.StudentsT{Sigma: 1, Nu: n - 1}
		half = t.Quantile((1+Level)/2) * stat.StdDev(values, nil) / math.Sqrt(n)
	}
	e.Value = stat.Mean(values, nil)
	e.Low, e.High = e.Value-half, e.Value+half
	return e
}
