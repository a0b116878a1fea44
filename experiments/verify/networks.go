package main

import (
	"context"
	"fmt"
	"math/rand"

	"github.com/trtnas/trtnas/experiments"
	"github.com/trtnas/trtnas/experiments/export"
	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/space/reference"
	"github.com/trtnas/trtnas/space/weights"
	"github.com/trtnas/trtnas/trt"
)

// sampled architectures of each space.
const sampled = 10

// networks to check: the published ones, and architectures from each built-in
// space. Quick takes the first of each family and space.
func networks(ctx context.Context, quick bool) ([]export.Network, error) {
	models, err := experiments.Models(trt.Spec{
		Device: experiments.DefaultProfile, Precision: trt.FP16, Batch: 1, Resolution: [2]int{224, 224}, Output: trt.Classifier,
	})
	if err != nil {
		return nil, err
	}
	var all []export.Network
	seen := map[string]bool{}
	for _, n := range append(reference.All(), samples()...) {
		if quick && seen[n.Family] {
			continue
		}
		seen[n.Family] = true
		p, err := experiments.Predict(ctx, models, n)
		if err != nil {
			return nil, err
		}
		all = append(all, export.Network{Network: n, Point: p.Point, Conditions: p.Conditions})
	}
	return all, nil
}

func samples() []reference.Network {
	var all []reference.Network
	for _, s := range space.Builtin() {
		rng := rand.New(rand.NewSource(1))
		for i := range sampled {
			a := s.Decode(s.Sample(rng))
			all = append(all, reference.Network{
				Name: fmt.Sprintf("%s sample %d", s.Name, i+1), Family: s.Name, Definition: "sampled", Rows: a.Stages[:], Arch: &a,
			})
		}
	}
	return all
}

// probe weights show mistakes that initial ones, with their zero biases, hide.
var probe = weights.Init{Seed: 1, Probe: true}

// peers are timm's names of published networks.
var peers = map[string]string{
	"ResNet50": "resnet50", "ResNet101": "resnet101", "ResNet152": "resnet152",
	"ViT-S/16": "vit_small_patch16_224", "ViT-B/16": "vit_base_patch16_224",
	"DeiT-S": "deit_small_patch16_224", "DeiT-B": "deit_base_patch16_224",
	"ConvNeXt-T": "convnext_tiny", "ConvNeXt-S": "convnext_small", "ConvNeXt-B": "convnext_base",
	"ResNeXt50-32x4d": "resnext50_32x4d", "ResNeXt101-32x4d": "resnext101_32x4d", "ResNeXt101-64x4d": "resnext101_64x4d",
	"RegNetY-8G": "regnety_080", "RegNetY-16G": "regnety_160",
	"PoolFormer-S12": "poolformer_s12", "PoolFormer-S24": "poolformer_s24", "PoolFormer-S36": "poolformer_s36",
	"PoolFormer-M36": "poolformer_m36", "PoolFormer-M48": "poolformer_m48",
	"EfficientNet-B3": "efficientnet_b3", "EfficientNet-B5": "efficientnet_b5",
	"EfficientFormer-L1": "efficientformer_l1", "EfficientFormer-L3": "efficientformer_l3", "EfficientFormer-L7": "efficientformer_l7",
	"MobileViT-XXS": "mobilevit_xxs", "MobileViT-XS": "mobilevit_xs", "MobileViT-S": "mobilevit_s",
	"Swin-T": "swin_tiny_patch4_window7_224", "Swin-S": "swin_small_patch4_window7_224", "Swin-B": "swin_base_patch4_window7_224",
	"Twins-PCPVT-S": "twins_pcpvt_small", "Twins-PCPVT-B": "twins_pcpvt_base", "Twins-PCPVT-L": "twins_pcpvt_large",
	"Twins-SVT-S": "twins_svt_small", "Twins-SVT-B": "twins_svt_base", "Twins-SVT-L": "twins_svt_large",
	"PVTv2-B0": "pvt_v2_b0", "PVTv2-B1": "pvt_v2_b1", "PVTv2-B2": "pvt_v2_b2", "PVTv2-B3": "pvt_v2_b3", "PVTv2-B4": "pvt_v2_b4", "PVTv2-B5": "pvt_v2_b5",
	"Next-ViT-S": "nextvit_small", "Next-ViT-B": "nextvit_base", "Next-ViT-L": "nextvit_large",
}
