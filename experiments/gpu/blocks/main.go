// Command blocks writes networks by which blocks can be timed as they stand in
// a network: a base of one BottleNeck a stage, and for each kind of block and
// each stage the base with more of them. Their latency above the base's, by
// their number, is the block's.
//
//	go run ./experiments/gpu/blocks -folder blocks
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/space/onnx"
)

func main() {
	folder := flag.String("folder", "blocks", "where the ONNX files go")
	batch := flag.Int("batch", 8, "images a batch")
	half := flag.Bool("fp16", false, "weights in fp16, for a library that takes the types from the model (TensorRT 11, TensorRT-RTX)")
	flag.Parse()
	if err := run(*folder, *batch, *half); err != nil {
		fmt.Fprintln(os.Stderr, "blocks:", err)
		os.Exit(1)
	}
}

func run(folder string, batch int, half bool) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	var o onnx.Options
	if half {
		o.Precision = onnx.FP16
	}
	for _, n := range networks() {
		if err := n.write(folder, batch, o); err != nil {
			return fmt.Errorf("%s: %w", n.name, err)
		}
	}
	return nil
}

// more is how many blocks stand above the base: enough that their time is
// large against the noise of two measurements.
const more = 4

// kinds are the blocks of the TRT-ViT paper.
var kinds = []space.Block{space.BottleNeck, space.Transformer, space.MixBlockA, space.MixBlockB, space.MixBlockC}

type network struct {
	name string
	arch space.Arch
}

func (n network) write(folder string, batch int, o onnx.Options) error {
	g, err := n.arch.Lower(space.Input{Batch: batch, Height: 224, Width: 224})
	if err != nil {
		return err
	}
	return onnx.Export(filepath.Join(folder, n.name+".onnx"), g, o)
}

func networks() []network {
	all := []network{{"base", base().Canonical()}}
	for i, pixels := range []int{56, 28, 14, 7} {
		for _, k := range kinds {
			a := base()
			a.Stages[i].Depth += more
			if k != space.BottleNeck {
				a.Stages[i].Block, a.Stages[i].Mixed = k, more
			}
			all = append(all, network{fmt.Sprintf("%s-%d", k, pixels), a.Canonical()})
		}
	}
	return all
}

// base has the widths, R and K of TRT-ViT-C, and PVT's reductions of attention.
func base() space.Arch {
	return space.Arch{Stages: [4]space.Stage{
		{Depth: 1, Width: 192, R: 0.5, S: 8, K: 7},
		{Depth: 1, Width: 384, R: 0.5, S: 4, K: 7},
		{Depth: 1, Width: 768, R: 0.5, S: 2, K: 7},
		{Depth: 1, Width: 1536, R: 0.5, S: 1, K: 7},
	}}
}
