package space

import (
	"fmt"

	"github.com/trtnas/trtnas/space/graph"
)

// Block is the kind of a block. Its number is part of the IDs of
// architectures, so it never changes.
type Block uint8

// kind is all that the project has to know of a kind of block, besides its
// PyTorch class in space/torch/fragments. Each kind has a file of its own.
type kind struct {
	name   string
	letter string // stands for it in short rows of an architecture
	// global is the number of channels that go through a Transformer; nil if
	// there is none inside, and R and S have no effect.
	global func(Stage) int
	kernel bool // K has an effect
	// run: blocks hand on tokens, so that a stage's are lowered as one part.
	run bool
	// add lowers the block, or the run of blocks that begins with number block
	// of the stage, at stride p.stride from x's channels to p.width.
	add func(p Part, b *graph.Builder, x *graph.Node, block int) *graph.Node
}

// kinds by number; maxBlocks only bounds the array.
var kinds [maxBlocks]*kind

const maxBlocks = 32

// register makes a kind known under its number. It panics where two kinds
// share one, which is a mistake in this package.
func register(k Block, is kind) Block {
	if kinds[k] != nil {
		panic(fmt.Sprintf("space: blocks %s and %s have the same number %d", kinds[k].name, is.name, k))
	}
	kinds[k] = &is
	return k
}

// Blocks lists the kinds by their number.
func Blocks() []Block {
	var all []Block
	for i, k := range kinds {
		if k != nil {
			all = append(all, Block(i))
		}
	}
	return all
}

func (k Block) known() bool { return int(k) < len(kinds) && kinds[k] != nil }

func (k Block) String() string {
	if !k.known() {
		return fmt.Sprintf("unknown(%d)", uint8(k))
	}
	return kinds[k].name
}

// Letter stands for the kind in short rows.
func (k Block) Letter() string { return kinds[k].letter }

// Attends reports whether there is a Transformer inside, so that S has an
// effect.
func (k Block) Attends() bool { return kinds[k].global != nil }

// Mixes reports whether a part of the channels goes through a Transformer and
// the rest through a convolution.
func (k Block) Mixes() bool { return k.Attends() && kinds[k].kernel }

// HasKernel reports whether K has an effect.
func (k Block) HasKernel() bool { return kinds[k].kernel }

// MarshalText gives the kind's name.
func (k Block) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads the kind's name.
func (k *Block) UnmarshalText(text []byte) error {
	for _, b := range Blocks() {
		if b.String() == string(text) {
			*k = b
			return nil
		}
	}
	return fmt.Errorf("unknown block %q: choose one of %v", text, Blocks())
}
