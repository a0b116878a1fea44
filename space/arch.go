// Package space defines what is searched: architectures as rows by stage, the
// genotypes that encode them, and the spaces that genotypes are drawn from.
package space

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"

	"github.com/trtnas/trtnas/space/layer"
)

// Stem brings the image to a quarter of its resolution and 64 channels.
type Stem uint8

// The stems.
const (
	DeepStem   Stem = iota // three 3x3 convolutions, 3x3 max pooling (TRT-ViT as reconstructed)
	ResNetStem             // a 7x7 convolution, 3x3 max pooling (arXiv 1512.03385)
)

var stemNames = []string{"deep", "resnet"}

func (s Stem) String() string { return name(stemNames, int(s)) }

// MarshalText gives the stem's name.
func (s Stem) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads the stem's name.
func (s *Stem) UnmarshalText(text []byte) error { return lookup(s, stemNames, "stem", text) }

// Reduction is how attention with S > 1 reduces its keys and values.
type Reduction uint8

// The reductions.
const (
	Pool = Reduction(layer.PoolReduction)
	Conv = Reduction(layer.ConvReduction)
)

var reductionNames = []string{"pool", "conv"}

func (r Reduction) String() string { return name(reductionNames, int(r)) }

// MarshalText gives the reduction's name.
func (r Reduction) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads the reduction's name.
func (r *Reduction) UnmarshalText(text []byte) error {
	return lookup(r, reductionNames, "reduction", text)
}

func name(names []string, i int) string {
	if i < len(names) {
		return names[i]
	}
	return fmt.Sprintf("unknown(%d)", i)
}

func lookup[T ~uint8](to *T, names []string, what string, text []byte) error {
	for i, n := range names {
		if n == string(text) {
			*to = T(i)
			return nil
		}
	}
	return fmt.Errorf("unknown %s %q: choose one of %v", what, text, names)
}

// Stage is one row of an architecture.
type Stage struct {
	Depth int     `json:"depth"` // blocks
	Width int     `json:"width"` // output channels, a multiple of 32
	Block Block   `json:"block"` // kind of the last Mixed blocks; the others are BottleNecks
	Mixed int     `json:"mixed"`
	R     float64 `json:"r"` // Transformer channels / Width
	S     int     `json:"s"` // spatial reduction of attention
	K     int     `json:"k"` // kernel of a MixBlock's BottleNeck, or of an MBConv
}

// HeadDim is the channels of one attention head, and all channel counts are
// multiples of it (TRT-ViT, section 4.1; it also suits tensor cores).
const HeadDim = 32

// Arch is an architecture of four stages, at 1/4 to 1/32 of the resolution.
// It is canonical: fields without effect have the one value that Canonical
// gives them, so equal networks are equal values.
type Arch struct {
	Stem      Stem      `json:"stem"`
	Reduction Reduction `json:"reduction"`
	Stages    [4]Stage  `json:"stages"`
}

// Global is the number of channels that go through the Transformer in one of
// the stage's mixed blocks.
func (s Stage) Global() int {
	if !s.Block.Attends() {
		return 0
	}
	return kinds[s.Block].global(s)
}

// round32 is the nearest positive multiple of 32.
func round32(x float64) int { return max(1, int(math.Round(x/HeadDim))) * HeadDim }

// Canonical gives fields without effect their one value.
func (a Arch) Canonical() Arch {
	usesReduction := false
	for i := range a.Stages {
		a.Stages[i] = a.Stages[i].canonical()
		usesReduction = usesReduction || a.Stages[i].S > 1
	}
	if !usesReduction {
		a.Reduction = Pool
	}
	return a
}

func (s Stage) canonical() Stage {
	s.Mixed = min(s.Mixed, s.Depth)
	if s.Block == BottleNeck || s.Mixed == 0 {
		return Stage{Depth: s.Depth, Width: s.Width, Block: BottleNeck, S: 1, K: 3}
	}
	// A width of one head leaves no channels for the other part.
	if s.Block.Mixes() && s.Width < 2*HeadDim {
		s.Block = Transformer
	}
	if !s.Block.HasKernel() {
		s.K = 3
	}
	if !s.Block.Attends() {
		s.S = 1
	}
	// Four decimals give back the channels, since widths stay below 10,000.
	s.R = math.Round(float64(s.Global())/float64(s.Width)*1e4) / 1e4
	return s
}

// Validate says what makes the architecture impossible.
func (a Arch) Validate() error {
	for i, s := range a.Stages {
		if err := s.validate(); err != nil {
			return fmt.Errorf("stage %d: %w", i+2, err)
		}
	}
	if a != a.Canonical() {
		return fmt.Errorf("not canonical: %+v should be %+v", a, a.Canonical())
	}
	return nil
}

// Limits of a stage, far beyond any published network; they keep hostile
// input from costing time and memory.
const (
	MaxDepth = 200
	MaxWidth = 8192
)

func (s Stage) validate() error {
	switch {
	case s.Depth < 1 || s.Depth > MaxDepth:
		return fmt.Errorf("depth %d, need 1 to %d", s.Depth, MaxDepth)
	case s.Width < HeadDim || s.Width > MaxWidth || s.Width%HeadDim != 0:
		return fmt.Errorf("width %d, need a multiple of %d up to %d", s.Width, HeadDim, MaxWidth)
	case s.Mixed < 0 || s.Mixed > s.Depth:
		return fmt.Errorf("%d mixed blocks of %d", s.Mixed, s.Depth)
	case !s.Block.known():
		return fmt.Errorf("block %v, need one of %v", s.Block, Blocks())
	case math.IsNaN(s.R) || s.R < 0 || s.R > 1:
		return fmt.Errorf("r %v, need 0 to 1", s.R)
	case s.S < 1 || s.S > 32:
		return fmt.Errorf("s %d, need 1 to 32", s.S)
	case s.K < 1 || s.K > 31 || s.K%2 == 0:
		return fmt.Errorf("k %d, need an odd kernel up to 31", s.K)
	}
	return nil
}

// ID names the canonical network: equal networks have equal IDs. It is 64
// bits of a hash, so among a million networks a collision has a probability
// of 3e-8.
func (a Arch) ID() string {
	var buf [128]byte
	b := append(buf[:0], "trtnas.arch/1"...)
	b = append(b, byte(a.Stem), byte(a.Reduction))
	for _, s := range a.Stages {
		b = binary.LittleEndian.AppendUint16(b, uint16(s.Depth))
		b = binary.LittleEndian.AppendUint16(b, uint16(s.Width))
		b = append(b, byte(s.Block), byte(s.S), byte(s.K))
		b = binary.LittleEndian.AppendUint16(b, uint16(s.Mixed))
		b = binary.LittleEndian.AppendUint16(b, uint16(s.Global()))
	}
	return Hash(b)
}

// Hash is the ID of a network by its canonical bytes.
func Hash(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:8])
}
