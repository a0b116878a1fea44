package experiments

import (
	"context"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/space"
)

// fastest finds the network of the least latency in the space by descending
// along one decision at a time. A network's latency is the sum over its
// stages, so decisions interact within a stage only and few sweeps are enough.
func fastest(ctx context.Context, s *space.Space, e evaluator.Evaluator) (evaluator.Result, error) {
	var g space.Genotype
	var best evaluator.Result
	for {
		before := g
		for gene, n := range s.Decisions() {
			archs := make([]space.Arch, n)
			for v := range n {
				g[gene] = uint8(v)
				archs[v] = s.Decode(g)
			}
			results, err := e.Evaluate(ctx, archs)
			if err != nil {
				return best, err
			}
			least := leastLatency(results)
			g[gene], best = uint8(least), results[least]
		}
		if g == before {
			return best, nil
		}
	}
}

// leastLatency is the index of the fastest network, the first of equals; a
// failed one comes last.
func leastLatency(results []evaluator.Result) int {
	least := 0
	for i, r := range results {
		l := results[least]
		if r.Failure == nil && (l.Failure != nil || r.Score.Latency.Value < l.Score.Latency.Value) {
			least = i
		}
	}
	return least
}
