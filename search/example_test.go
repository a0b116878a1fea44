package search_test

import (
	"context"
	"fmt"
	"math/rand"

	"github.com/trtnas/trtnas/search"
)

// beam is a problem of the user's own: a beam of whole centimetres, width by
// height, that is to be light and stiff.
type beam struct{ width, height int }

type beams struct{}

func side(rng *rand.Rand) int { return 1 + rng.Intn(20) }

func (beams) Sample(rng *rand.Rand) beam { return beam{side(rng), side(rng)} }

func (beams) Mutate(b beam, rng *rand.Rand) beam {
	if rng.Intn(2) == 0 {
		return beam{side(rng), b.height}
	}
	return beam{b.width, side(rng)}
}

func (beams) Cross(a, b beam, _ *rand.Rand) (beam, beam) {
	return beam{a.width, b.height}, beam{b.width, a.height}
}

func (beams) Key(b beam) string { return fmt.Sprintf("%dx%d", b.width, b.height) }

// evaluate scores a generation. Objectives are minimised, so stiffness has a minus;
// a violation above 0 says by how much the limit of 60 cm² is missed.
func evaluate(_ context.Context, generation []beam) ([]search.Outcome, error) {
	var outcomes []search.Outcome
	for _, b := range generation {
		area := float64(b.width * b.height)
		stiffness := area * float64(b.height*b.height) / 12
		outcomes = append(outcomes, search.Outcome{Objectives: []float64{area, -stiffness}, Violation: max(0, area-60)})
	}
	return outcomes, nil
}

// A search knows nothing of networks: any problem that can be sampled, mutated and
// crossed has a front.
func ExampleRun() {
	result, err := search.Run(context.Background(), search.Config[beam]{
		Problem:  beams{},
		Strategy: search.NSGA2[beam]{Population: 20, Seed: 1},
		Evaluate: evaluate,
		Budget:   300,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%d beams evaluated, %d on the front, the stiffest %s\n", len(result.Seen), len(result.Front), result.Front[len(result.Front)-1].Key)
	// Output:
	// 300 beams evaluated, 28 on the front, the stiffest 3x20
}
