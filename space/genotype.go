package space

import (
	"encoding/hex"
	"fmt"
	"math"
	"math/rand"
	"slices"
)

// Space is a set of architectures, as the choices for each decision.
type Space struct {
	Name      string     `json:"name"`
	Stem      Stem       `json:"stem"`
	Reduction Reduction  `json:"reduction"`
	Widths    []int      `json:"width"` // of stage 2 before scaling; each later stage doubles it
	Stages    [4]Choices `json:"stages"`
}

// Choices are what one stage may be. Each list has at least one entry.
type Choices struct {
	Depth []int     `json:"depth"`
	Scale []float64 `json:"scale"` // factors on the stage's width, which is then rounded to a multiple of 32
	Block []Block   `json:"block"` // of the mixed blocks
	Mixed []int     `json:"mixed"` // how many of the last blocks are mixed, at most the depth; All means every one
	R     []float64 `json:"r"`
	S     []int     `json:"s"`
	K     []int     `json:"k"`
}

// All as a choice of Mixed makes all blocks of the stage mixed.
const All = -1

// Genotype is one choice for each decision of a space, as indices into the
// lists of choices: the width, then for each stage depth, scale, block, mixed,
// R, S, K. It is a value, so operators can't change their arguments.
type Genotype [1 + 4*genesPerStage]uint8

const genesPerStage = 7

// MarshalText writes the genes in hexadecimal.
func (g Genotype) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, g[:]), nil }

// UnmarshalText reads what MarshalText writes.
func (g *Genotype) UnmarshalText(text []byte) error {
	if len(text) != hex.EncodedLen(len(g)) {
		return fmt.Errorf("genotype of %d digits, need %d", len(text), hex.EncodedLen(len(g)))
	}
	_, err := hex.Decode(g[:], text)
	return err
}

// Positions of a stage's genes.
const (
	geneDepth = iota
	geneScale
	geneBlock
	geneMixed
	geneR
	geneS
	geneK
)

// maxChoices of one decision.
const maxChoices = math.MaxUint8 + 1

// Decisions is the number of choices for each gene.
func (s *Space) Decisions() []int {
	n := s.choices()
	return n[:]
}

func (s *Space) choices() (n [len(Genotype{})]int) {
	n[0] = len(s.Widths)
	for i, c := range s.Stages {
		copy(n[1+i*genesPerStage:], []int{len(c.Depth), len(c.Scale), len(c.Block), len(c.Mixed), len(c.R), len(c.S), len(c.K)})
	}
	return n
}

// Decode gives the canonical architecture. Genes beyond their list count as
// its last entry.
func (s *Space) Decode(g Genotype) Arch {
	a := Arch{Stem: s.Stem, Reduction: s.Reduction}
	width := pick(s.Widths, g[0])
	for i := range a.Stages {
		a.Stages[i] = s.stage(i, width, g[1+i*genesPerStage:])
	}
	return a.Canonical()
}

func (s *Space) stage(i, width int, genes []uint8) Stage {
	c := &s.Stages[i]
	st := Stage{
		Depth: pick(c.Depth, genes[geneDepth]),
		Width: scaled(i, width, pick(c.Scale, genes[geneScale])),
		Block: pick(c.Block, genes[geneBlock]),
		Mixed: pick(c.Mixed, genes[geneMixed]),
		R:     pick(c.R, genes[geneR]),
		S:     pick(c.S, genes[geneS]),
		K:     pick(c.K, genes[geneK]),
	}
	if st.Mixed == All {
		st.Mixed = st.Depth
	}
	return st
}

// scaled is the width of stage i.
func scaled(i, width int, factor float64) int { return round32(float64(width<<i) * factor) }

func pick[T any](list []T, gene uint8) T { return list[min(int(gene), len(list)-1)] }

// Encode finds a genotype of the architecture, where the space has it.
func (s *Space) Encode(a Arch) (Genotype, bool) {
	var g Genotype
	for w, width := range s.Widths {
		g[0] = uint8(w)
		if s.encodeStages(a, width, &g) && s.Decode(g) == a {
			return g, true
		}
	}
	return Genotype{}, false
}

func (s *Space) encodeStages(a Arch, width int, g *Genotype) bool {
	for i, want := range a.Stages {
		genes := g[1+i*genesPerStage:][:genesPerStage]
		if !s.encodeStage(i, width, want, genes) {
			return false
		}
	}
	return true
}

// encodeStage tries the few choices that can give the stage: those equal in
// depth and block, all others by trial.
func (s *Space) encodeStage(i, width int, want Stage, genes []uint8) bool {
	c := &s.Stages[i]
	depth := slices.Index(c.Depth, want.Depth)
	if depth < 0 {
		return false
	}
	genes[geneDepth] = uint8(depth)
	for scale, factor := range c.Scale {
		if scaled(i, width, factor) != want.Width {
			continue // or the loops below would try in vain
		}
		for block := range c.Block {
			for mixed, n := range c.Mixed {
				if want.Mixed > 0 && n != All && min(n, want.Depth) != want.Mixed {
					continue
				}
				genes[geneScale], genes[geneBlock], genes[geneMixed] = uint8(scale), uint8(block), uint8(mixed)
				if s.encodeInner(i, width, want, genes) {
					return true
				}
			}
		}
	}
	return false
}

func (s *Space) encodeInner(i, width int, want Stage, genes []uint8) bool {
	c := &s.Stages[i]
	for r := range c.R {
		for sr := range c.S {
			for k := range c.K {
				genes[geneR], genes[geneS], genes[geneK] = uint8(r), uint8(sr), uint8(k)
				if s.stage(i, width, genes).canonical() == want {
					return true
				}
			}
		}
	}
	return false
}

// Seed finds a genotype of the architecture with the space's own stem and
// reduction: the nearest that the space can express of a published network.
func (s *Space) Seed(a Arch) (Genotype, bool) {
	a.Stem, a.Reduction = s.Stem, s.Reduction
	return s.Encode(a.Canonical())
}

// Sample draws each decision uniformly.
func (s *Space) Sample(rng *rand.Rand) Genotype {
	var g Genotype
	for i, n := range s.choices() {
		g[i] = uint8(rng.Intn(n))
	}
	return g
}

// Mutate changes two decisions. An ordered one moves by one or two steps, so
// that a search can walk; a kind of block is drawn anew.
func (s *Space) Mutate(g Genotype, rng *rand.Rand) Genotype {
	n := s.choices()
	var free []int
	for i := range n {
		if n[i] > 1 {
			free = append(free, i)
		}
	}
	if len(free) == 0 {
		return g
	}
	for range 2 {
		i := free[rng.Intn(len(free))]
		if i > 0 && (i-1)%genesPerStage == geneBlock {
			g[i] = uint8(rng.Intn(n[i]))
		} else {
			g[i] = step(g[i], n[i], rng)
		}
	}
	return g
}

// step moves by -2, -1, 1 or 2 and is reflected at the ends.
func step(gene uint8, n int, rng *rand.Rand) uint8 {
	d := 1 + rng.Intn(2)
	if rng.Intn(2) == 0 {
		d = -d
	}
	i := int(gene) + d
	if i < 0 || i >= n {
		i = int(gene) - d
	}
	return uint8(min(max(i, 0), n-1))
}

// Cross exchanges whole stages or single decisions, each with probability one
// half.
func (s *Space) Cross(a, b Genotype, rng *rand.Rand) (Genotype, Genotype) {
	byStage := rng.Intn(2) == 0
	swap := rng.Intn(2) == 0
	for i := range a {
		if !byStage || i == 0 || (i-1)%genesPerStage == 0 {
			swap = rng.Intn(2) == 0
		}
		if swap {
			a[i], b[i] = b[i], a[i]
		}
	}
	return a, b
}

// Key names the candidate's network.
func (s *Space) Key(g Genotype) string { return s.Decode(g).ID() }

// Validate says what makes the space impossible.
func (s *Space) Validate() error {
	if n := len(s.Widths); n == 0 || n > maxChoices {
		return fmt.Errorf("width: %d choices, need 1 to %d", n, maxChoices)
	}
	for _, w := range s.Widths {
		if w < HeadDim || w%HeadDim != 0 {
			return fmt.Errorf("width: %d is not a multiple of %d", w, HeadDim)
		}
	}
	for i := range s.Stages {
		if err := s.validateStage(i); err != nil {
			return fmt.Errorf("stage %d: %w", i+2, err)
		}
	}
	return nil
}

func (s *Space) validateStage(i int) error {
	c := s.Stages[i]
	for gene, n := range []int{len(c.Depth), len(c.Scale), len(c.Block), len(c.Mixed), len(c.R), len(c.S), len(c.K)} {
		if n < 1 || n > maxChoices {
			return fmt.Errorf("%s: %d choices, need 1 to %d", geneNames[gene], n, maxChoices)
		}
	}
	for gene, check := range c.checks(i) {
		if err := check(); err != nil {
			return fmt.Errorf("%s: %w", geneNames[gene], err)
		}
	}
	for _, w := range s.Widths {
		for _, scale := range c.Scale {
			if wide := round32(float64(w<<i) * scale); wide > MaxWidth {
				return fmt.Errorf("width %d times %v is %d channels here, above the limit of %d", w, scale, wide, MaxWidth)
			}
		}
	}
	return nil
}

var geneNames = [genesPerStage]string{"depth", "scale", "block", "mixed", "r", "s", "k"}

// checks holds each list's entries to its limits. A stage's feature map has
// 56 >> i pixels a side at the resolution of 224.
func (c *Choices) checks(i int) [genesPerStage]func() error {
	side := 56 >> i
	return [genesPerStage]func() error{
		geneDepth: func() error { return each(c.Depth, 1, MaxDepth) },
		geneScale: func() error { return each(c.Scale, 0.125, 8) },
		geneBlock: func() error { return nil },
		geneMixed: func() error { return each(c.Mixed, All, MaxDepth) },
		geneR:     func() error { return each(c.R, 0.01, 0.99) },
		geneS:     func() error { return each(c.S, 1, side) },
		geneK: func() error {
			for _, k := range c.K {
				if k%2 == 0 {
					return fmt.Errorf("%d is even: a kernel needs a centre", k)
				}
			}
			return each(c.K, 1, 31)
		},
	}
}

func each[T int | float64](list []T, low, high T) error {
	for _, v := range list {
		if v != v || v < low || v > high {
			return fmt.Errorf("%v is not within %v to %v", v, low, high)
		}
	}
	return nil
}
