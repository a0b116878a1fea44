package main

import (
	"context"
	"fmt"
	"math/rand"
	"slices"

	"github.com/trtnas/trtnas/experiments"
	"github.com/trtnas/trtnas/experiments/device"
	"github.com/trtnas/trtnas/experiments/export"
	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/space/reference"
	"github.com/trtnas/trtnas/space/weights"
	"github.com/trtnas/trtnas/trt"
)

// sampled architectures of each space.
const sampled = 10

// job is a network to check, with what its engine computes.
type job struct {
	reference.Network
	spec trt.Spec
}

// networks to check: the published ones, architectures from each built-in
// space, a block that no built-in space has, and feature pyramids. Quick takes
// the first of each family and space.
func networks(ctx context.Context, quick bool) ([]export.Network, error) {
	var jobs []job
	for _, n := range slices.Concat(reference.All(), samples(), others()) {
		jobs = append(jobs, job{n, spec(224, 224, trt.Classifier)})
	}
	pyramids, err := pyramids()
	if err != nil {
		return nil, err
	}
	var all []export.Network
	seen := map[string]bool{}
	for _, j := range append(jobs, pyramids...) {
		if quick && seen[j.Family] {
			continue
		}
		seen[j.Family] = true
		models, err := device.Models(j.spec)
		if err != nil {
			return nil, err
		}
		p, err := experiments.Predict(ctx, models, j.Network)
		if err != nil {
			return nil, err
		}
		all = append(all, export.Network{Network: j.Network, Point: p.Point, Conditions: p.Conditions})
	}
	return all, nil
}

func spec(height, width int, output trt.Output) trt.Spec {
	return trt.Spec{Device: device.DefaultProfile, Precision: trt.FP16, Batch: 1, Resolution: [2]int{height, width}, Output: output}
}

func samples() []reference.Network {
	var all []reference.Network
	for _, s := range space.Builtin() {
		rng := rand.New(rand.NewSource(1))
		for i := range sampled {
			all = append(all, sample(fmt.Sprintf("%s sample %d", s.Name, i+1), s.Name, s.Decode(s.Sample(rng))))
		}
	}
	return all
}

func sample(name, family string, a space.Arch) reference.Network {
	return reference.Network{Name: name, Family: family, Definition: "sampled", Rows: a.Stages[:], Arch: &a}
}

// others have every kind of block, also those that the built-in spaces leave
// out.
func others() []reference.Network {
	return []reference.Network{
		sample("every MixBlock", "MixBlock", space.Arch{Stages: [4]space.Stage{
			{Depth: 2, Width: 64, Block: space.MixBlockA, Mixed: 1, R: 0.5, S: 4, K: 3},
			{Depth: 2, Width: 96, Block: space.MixBlockB, Mixed: 2, S: 2, K: 5},
			{Depth: 3, Width: 256, Block: space.MixBlockC, Mixed: 2, R: 0.25, S: 1, K: 7},
			{Depth: 3, Width: 512, Block: space.Transformer, Mixed: 2, S: 1, K: 3},
		}}.Canonical()),
		sample("MBConv network", "MBConv", space.Arch{Stages: [4]space.Stage{
			{Depth: 2, Width: 64, Block: space.MBConv, Mixed: 2, S: 1, K: 3},
			{Depth: 3, Width: 128, Block: space.MBConv, Mixed: 2, S: 1, K: 5},
			{Depth: 4, Width: 256, Block: space.MBConv, Mixed: 4, S: 1, K: 7},
			{Depth: 2, Width: 512, Block: space.MBConv, Mixed: 1, S: 1, K: 3},
		}}.Canonical()),
	}
}

// trained are the families of others, whose networks train within a minute.
var trained = map[string]bool{"MixBlock": true, "MBConv": true}

// pyramids are backbones as segmentation and detection use them. Swin's windows
// need a multiple of 32 pixels, to which detectors pad their images.
func pyramids() ([]job, error) {
	var all []job
	for _, p := range []struct {
		name          string
		height, width int
	}{
		{"TRT-ViT-C", 512, 512}, {"TRT-ViT-C", 800, 1333}, {"ResNet50", 800, 1333}, {"Swin-T", 512, 512}, {"Swin-T", 800, 1344},
	} {
		n, err := reference.Find(p.name)
		if err != nil {
			return nil, err
		}
		n.Name, n.Family, n.Published = fmt.Sprintf("%s, pyramid at %dx%d", p.name, p.height, p.width), "pyramid", reference.Published{}
		all = append(all, job{n, spec(p.height, p.width, trt.Features)})
	}
	return all, nil
}

// probe weights show mistakes that initial ones, with their zero biases, hide.
var probe = weights.Init{Seed: 1, Probe: true}
