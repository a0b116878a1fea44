package main

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"math"

	"github.com/trtnas/trtnas/search"
	"github.com/trtnas/trtnas/space"
)

// wrongModel believes of a network what a wrong model of the latency says. It
// never learns: nothing corrects it.
type wrongModel struct {
	model *served // the right one, which knows the accuracy
	wrong func(g space.Genotype, ms float64) float64
}

// sureness is the standard deviation of the wrong model's beliefs, as a share,
// which is that of a right model's.
const sureness = 0.15

// Learn implements search.Surrogate.
func (w wrongModel) Learn(context.Context, []search.Individual[space.Genotype]) error { return nil }

// Believe implements search.Surrogate.
func (w wrongModel) Believe(ctx context.Context, gs []space.Genotype, z float64) ([]search.Outcome, error) {
	answers, err := w.model.ask(gs)
	if err != nil {
		return nil, err
	}
	outcomes := make([]search.Outcome, len(gs))
	for i, a := range answers {
		a.Latency = w.wrong(gs[i], a.Latency) * math.Exp(z*sureness)
		outcomes[i] = a.outcome()
	}
	return outcomes, nil
}

// inverted takes what is fast for slow.
func inverted(_ space.Genotype, ms float64) float64 { return budget * budget / ms / 2 }

// unrelated draws a latency between a quarter of the budget and four times it.
func unrelated(g space.Genotype, _ float64) float64 {
	text := make([]byte, len(g))
	for i, gene := range g {
		text[i] = byte(gene)
	}
	// A hash in which like networks have nothing in common.
	sum := sha256.Sum256(text)
	share := float64(binary.LittleEndian.Uint64(sum[:])>>11) / (1 << 53)
	return budget * math.Pow(4, 2*share-1)
}

// A screened search as it is by default (experiments/settings.go), except that
// it knows no published networks.
const (
	screenBatch      = 16
	screenInner      = 3000
	screenPopulation = 50
)

// strategy of a method that runs in this process.
func strategy(j job, model *served) search.Strategy[space.Genotype] {
	seed := int64(j.Seed)
	screen := search.Screened[space.Genotype]{Batch: screenBatch, Inner: screenInner, Population: screenPopulation, Seed: seed}
	switch j.Method {
	case invertedModel:
		screen.Surrogate = wrongModel{model, inverted}
		return screen
	case unrelatedModel:
		screen.Surrogate = wrongModel{model, unrelated}
		return screen
	}
	return search.NSGA2[space.Genotype]{Population: setups[j.Method].population, Seed: seed}
}
