package main

import (
	"fmt"
	"math/rand"

	"github.com/trtnas/trtnas/evaluator/zerocost"
	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/space/reference"
)

// subjects are published networks that have a module, and two of the open
// space; or two small ones, which have every kind of block.
func subjects(quick bool) ([]subject, error) {
	if quick {
		in := zerocost.Input{Batch: 16, Resolution: [2]int{64, 64}}
		return []subject{{"MixBlocks", mixed, in}, {"Transformer, MBConv", others, in}}, nil
	}
	var all []subject
	for _, name := range []string{"ResNet50", "ResNet101", "Refined-ResNet50", "MixNetV", "MixNetA", "MixNetB", "TRT-ViT-A", "TRT-ViT-C"} {
		n, err := reference.Find(name)
		if err != nil {
			return nil, err
		}
		all = append(all, subject{n.Name, *n.Arch, zerocost.DefaultInput})
	}
	open, err := space.Named("open")
	if err != nil {
		return nil, err
	}
	rng := rand.New(rand.NewSource(1))
	for i := range 2 {
		all = append(all, subject{fmt.Sprintf("open sample %d", i+1), open.Decode(open.Sample(rng)), zerocost.DefaultInput})
	}
	return all, nil
}

var mixed = space.Arch{Stages: [4]space.Stage{
	{Depth: 1, Width: 32, Block: space.BottleNeck, S: 1, K: 3},
	{Depth: 2, Width: 64, Block: space.MixBlockC, Mixed: 1, R: 0.5, S: 2, K: 5},
	{Depth: 1, Width: 128, Block: space.MixBlockA, Mixed: 1, R: 0.25, S: 1, K: 7},
	{Depth: 1, Width: 128, Block: space.MixBlockB, Mixed: 1, R: 0.5, S: 1, K: 3},
}}.Canonical()

var others = space.Arch{Stem: space.ResNetStem, Reduction: space.Conv, Stages: [4]space.Stage{
	{Depth: 2, Width: 32, Block: space.MBConv, Mixed: 2, S: 1, K: 5},
	{Depth: 2, Width: 64, Block: space.Transformer, Mixed: 1, S: 2, K: 3},
	{Depth: 1, Width: 64, Block: space.Transformer, Mixed: 1, S: 2, K: 3},
	{Depth: 2, Width: 128, Block: space.MBConv, Mixed: 1, S: 1, K: 3},
}}.Canonical()
