package study

import (
	"math"

	"github.com/trtnas/trtnas/space"
)

// trait is a figure of an architecture on which a guideline has a say; it is
// undefined for architectures that have no such blocks.
type trait struct {
	guideline string
	what      string
	// sign of what the guideline says against chance: 1 for more, -1 for less,
	// 0 if it says nothing.
	sign int
	of   func(space.Arch) (v float64, defined bool)
	// searched says in which spaces the trait is a choice; elsewhere it is so by
	// construction.
	searched []string
}

// The spaces of the searches.
const (
	paperSpace  = "paper"
	trtvitSpace = "trt-vit"
	openSpace   = "open"
)

var spaces = []string{paperSpace, trtvitSpace, openSpace}

// traits of the paper's four guidelines (section 3), and of how much attention
// there is, R, S and K, on which it has settings and no guideline.
var traits = []trait{
	{"1 Transformers late", "Transformer's share of channels in stages 2 and 3", -1, func(a space.Arch) (float64, bool) { return (globalShare(a, 0) + globalShare(a, 1)) / 2, true }, []string{openSpace}},
	{"1 Transformers late", "stage 5's part of the Transformers' blocks", 1, lastStage, spaces},
	{"2 shallow, then deep", "log2 of blocks in stages 4 and 5 over those in 2 and 3", 1, lateness, spaces},
	{"2 shallow, then deep", "share of blocks in stage 5", 1, func(a space.Arch) (float64, bool) { return float64(a.Stages[3].Depth) / float64(blocksOf(a)), true }, spaces},
	{"3 mixed blocks", "MixBlocks' share of blocks with attention", 1, mixedShare, []string{openSpace}},
	{"4 global, then local", "MixBlockC's share of MixBlockB and C, both with R 0.5", 1, globalFirst, []string{openSpace}},
	{"amount", "Transformer's share of channels in stage 5", 0, func(a space.Arch) (float64, bool) { return globalShare(a, 3), true }, []string{trtvitSpace, openSpace}},
	{"R", "mean R of MixBlocks", 0, func(a space.Arch) (float64, bool) { return mixedMean(a, func(s space.Stage) float64 { return s.R }) }, []string{trtvitSpace, openSpace}},
	{"S", "log2 of S in stage 4", 0, reductionOf, []string{trtvitSpace, openSpace}},
	{"K", "mean K of MixBlocks", 0, func(a space.Arch) (float64, bool) {
		return mixedMean(a, func(s space.Stage) float64 { return float64(s.K) })
	}, []string{trtvitSpace, openSpace}},
}

// mean over the architectures for which the trait is defined.
func (t trait) mean(archs []space.Arch) float64 {
	var values []float64
	for _, a := range archs {
		if v, defined := t.of(a); defined {
			values = append(values, v)
		}
	}
	return mean(values)
}

// globalShare is the Transformers' share of the channels of a stage's blocks.
func globalShare(a space.Arch, i int) float64 {
	s := a.Stages[i]
	if s.Mixed == 0 {
		return 0
	}
	return float64(s.Mixed*s.Global()) / float64(s.Depth*s.Width)
}

func blocksOf(a space.Arch) (n int) {
	for _, s := range a.Stages {
		n += s.Depth
	}
	return n
}

func lateness(a space.Arch) (float64, bool) {
	return math.Log2(float64(a.Stages[2].Depth+a.Stages[3].Depth) / float64(a.Stages[0].Depth+a.Stages[1].Depth)), true
}

// count is the number of blocks with the property.
func count(a space.Arch, has func(space.Block) bool) (n int) {
	for _, s := range a.Stages {
		if has(s.Block) {
			n += s.Mixed
		}
	}
	return n
}

func mixedShare(a space.Arch) (float64, bool) {
	attending, mixed := count(a, space.Block.Attends), count(a, space.Block.Mixes)
	return float64(mixed) / float64(attending), attending > 0
}

// lastStage is the part of all blocks with attention that is in stage 5.
func lastStage(a space.Arch) (float64, bool) {
	all, last := count(a, space.Block.Attends), 0
	if s := a.Stages[3]; s.Block.Attends() {
		last = s.Mixed
	}
	return float64(last) / float64(all), all > 0
}

// globalFirst compares MixBlockC with B, which has no other R than one half.
func globalFirst(a space.Arch) (float64, bool) {
	b, c := 0, 0
	for _, s := range a.Stages {
		switch {
		case s.Block == space.MixBlockB:
			b += s.Mixed
		case s.Block == space.MixBlockC && s.Global() == s.Width/2:
			c += s.Mixed
		}
	}
	return float64(c) / float64(b+c), b+c > 0
}

// mixedMean is the mean over all MixBlocks.
func mixedMean(a space.Arch, of func(space.Stage) float64) (float64, bool) {
	sum, n := 0.0, 0
	for _, s := range a.Stages {
		if s.Mixed > 0 && s.Block.Mixes() {
			sum += float64(s.Mixed) * of(s)
			n += s.Mixed
		}
	}
	return sum / float64(n), n > 0
}

func reductionOf(a space.Arch) (float64, bool) {
	s := a.Stages[2]
	return math.Log2(float64(s.S)), s.Mixed > 0 && s.Block.Attends()
}
