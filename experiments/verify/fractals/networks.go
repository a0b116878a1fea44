package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/trtnas/trtnas/predictor/accuracy"
)

// chosen are the networks of 0.5 to 2.2 GMACs of the recipe r300: many pairs have
// nearly equal MACs and differ by points of top-1, and a training takes two minutes
// of one core. Left out are TinyViT, whose windows are padded to a fixed size, and
// CrossViT, which takes no images of other sizes. The order is that of training; the
// last six were left out at first, and the epochs cut from 16 to 12, for want of
// time after one network of the former length, and added when there was time left.
var chosen = []string{
	"resnet18.a2_in1k", "poolformer_s12.sail_in1k", "mobilevitv2_100.cvnets_in1k", "fasternet_t2.in1k", "fastvit_sa12.apple_in1k",
	"coat_lite_mini.in1k", "mobilevit_s.cvnets_in1k", "pvt_v2_b1.in1k",
	"deit_tiny_patch16_224.fb_in1k", "convit_tiny.fb_in1k", "visformer_tiny.in1k",
	"mambaout_femto.in1k", "pit_xs_224.in1k", "fastvit_t12.apple_in1k",
	"efficientvit_b1.r224_in1k", "edgenext_x_small.in1k", "starnet_s2.in1k",
	"pvt_v2_b0.in1k", "shvit_s3.in1k", "efficientvit_m5.r224_in1k",
	"mobilevit_xs.cvnets_in1k", "mobilevitv2_075.cvnets_in1k", "starnet_s4.in1k",
	"fastvit_t8.apple_in1k", "pit_ti_224.in1k", "starnet_s3.in1k",
	"fasternet_t1.in1k", "poolformerv2_s12.sail_in1k", "mambaout_kobe.in1k", "coat_lite_tiny.in1k", "efficientvit_b2.r224_in1k", "fastvit_s12.apple_in1k",
}

// selection is what is asked for: "chosen", "all" of the recipe r300, or names
// of the table with commas between.
func selection(text string) ([]string, error) {
	var all []string
	for _, r := range accuracy.TrainedAlike(accuracy.Rows()) {
		all = append(all, r.Name)
	}
	switch text {
	case "chosen":
		return chosen, nil
	case "all":
		return all, nil
	}
	names := strings.Split(text, ",")
	for _, name := range names {
		if !slices.Contains(all, name) {
			return nil, fmt.Errorf("-networks: %q is not in predictor/accuracy/data/imagenet.csv with the recipe r300: give chosen, all, or names of that table with commas between", name)
		}
	}
	return names, nil
}

// job is one training.
type job struct {
	Network string `json:"network"`
	Seed    int    `json:"seed"`
}

// jobs are all networks with seed 0, then `repeats` of them, evenly spread, with
// seed 1, which tells how much of a result is noise.
func jobs(networks []string, repeats int) []job {
	var all []job
	for _, name := range networks {
		all = append(all, job{name, 0})
	}
	repeats = min(repeats, len(networks))
	for i := range repeats {
		all = append(all, job{networks[i*len(networks)/repeats], 1})
	}
	return all
}
