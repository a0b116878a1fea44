package space_test

import (
	"fmt"
	"math/rand"

	"github.com/trtnas/trtnas/space"
)

// A space is parsed, a network drawn from it, changed, and found again.
func ExampleParse() {
	s, err := space.Parse([]byte(`
schema: trtnas.space/1
name: small
width: [64, 96]
stages:
  - depth: 1..2
  - depth: 2..4
  - depth: 2..8
  - {depth: 1..4, block: MixBlockC, mixed: 0..4, r: [0.25, 0.5], k: [3, 7]}
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(s.Networks(), "different networks")

	rng := rand.New(rand.NewSource(1))
	parent := s.Sample(rng)
	child := s.Mutate(parent, rng)
	fmt.Println("the same network:", s.Key(parent) == s.Key(child))

	arch := s.Decode(child)
	_, inside := s.Encode(arch)
	fmt.Println("in the space:", inside)
	// Output:
	// 3696 different networks
	// the same network: false
	// in the space: true
}

// A network is lowered to a graph, which everything else is read from.
func ExampleArch_Lower() {
	s, err := space.Named("paper")
	if err != nil {
		fmt.Println(err)
		return
	}
	arch := s.Decode(s.Sample(rand.New(rand.NewSource(1))))
	g, err := arch.Lower(space.Input{Batch: 8, Height: 224, Width: 224})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s: %.1f M parameters, %.1f GMAC for one image, %d kernels\n", arch.ID(), float64(g.Params())/1e6, float64(g.MACs())/1e9, len(g.Kernels()))
	// Output:
	// 73627a5cfbe715dc: 34.3 M parameters, 5.5 GMAC for one image, 147 kernels
}
