package space

import (
	"fmt"
	"math/rand"
)

// Decision is a gene of which the space has a choice.
type Decision struct {
	Gene int    // its place in a Genotype
	Name string // such as "width", or "s4 depth" for the stage at 1/16 of the resolution
	// Choices are the gene's values as text, in their order.
	Choices []string
	// Ordered tells that the choices are numbers in ascending order, rather than
	// kinds.
	Ordered bool
}

// Open lists the decisions of which the space has a choice, in the order of
// the genes.
func (s *Space) Open() []Decision {
	open := add(nil, 0, "width", s.Widths)
	for i, c := range s.Stages {
		gene := func(n int) (int, string) { return 1 + i*genesPerStage + n, fmt.Sprintf("s%d %s", i+2, geneNames[n]) }
		at, name := gene(geneDepth)
		open = add(open, at, name, c.Depth)
		at, name = gene(geneScale)
		open = add(open, at, name, c.Scale)
		at, name = gene(geneBlock)
		open = addKinds(open, at, name, c.Block)
		at, name = gene(geneMixed)
		open = add(open, at, name, c.Mixed)
		at, name = gene(geneR)
		open = add(open, at, name, c.R)
		at, name = gene(geneS)
		open = add(open, at, name, c.S)
		at, name = gene(geneK)
		open = add(open, at, name, c.K)
	}
	return open
}

func add[T int | float64](to []Decision, gene int, name string, choices []T) []Decision {
	if len(choices) < 2 {
		return to
	}
	d := Decision{Gene: gene, Name: name, Ordered: true}
	for i, v := range choices {
		d.Ordered = d.Ordered && v >= 0 && (i == 0 || v > choices[i-1])
		word := fmt.Sprint(v)
		if v == All {
			word = "all"
		}
		d.Choices = append(d.Choices, word)
	}
	return append(to, d)
}

func addKinds(to []Decision, gene int, name string, choices []Block) []Decision {
	if len(choices) < 2 {
		return to
	}
	d := Decision{Gene: gene, Name: name}
	for _, b := range choices {
		d.Choices = append(d.Choices, b.String())
	}
	return append(to, d)
}

// Draw draws one of the genotypes of an architecture of the space: genes that
// have no effect in it, such as R where no block is mixed, are drawn uniformly
// among the choices that leave the network as it is. Effectless lists them by
// their place.
func (s *Space) Draw(a Arch, rng *rand.Rand) (g Genotype, effectless []int, err error) {
	g, ok := s.Encode(a)
	if !ok {
		return g, nil, fmt.Errorf("network %s is not in space %s", a.ID(), s.Name)
	}
	for _, d := range s.Open() {
		var same []uint8
		for v := range len(d.Choices) {
			other := g
			other[d.Gene] = uint8(v)
			if s.Decode(other) == a {
				same = append(same, uint8(v))
			}
		}
		g[d.Gene] = same[rng.Intn(len(same))]
		if len(same) == len(d.Choices) {
			effectless = append(effectless, d.Gene)
		}
	}
	return g, effectless, nil
}
