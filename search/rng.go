package search

import (
	"encoding/binary"
	"math/rand"
	randv2 "math/rand/v2"
)

// generationRNG is the random source of one generation. It follows from the
// seed and the generation's number alone, so that a resumed run draws the same
// numbers with nothing of the source stored. ChaCha8 makes streams of
// neighbouring seeds independent, and its output is specified for good.
func generationRNG(seed int64, generation int) *rand.Rand {
	var key [32]byte
	binary.LittleEndian.PutUint64(key[0:], uint64(seed))
	binary.LittleEndian.PutUint64(key[8:], uint64(generation))
	return rand.New(chacha{randv2.NewChaCha8(key)})
}

// chacha is a ChaCha8 as a source for math/rand.
type chacha struct{ *randv2.ChaCha8 }

func (c chacha) Int63() int64 { return int64(c.Uint64() >> 1) }

// Seed is that of rand.Source; reseeding gives the stream of generation 0.
func (c chacha) Seed(seed int64) {
	var key [32]byte
	binary.LittleEndian.PutUint64(key[:], uint64(seed))
	c.ChaCha8.Seed(key)
}
