// Package peers says which published networks other libraries have.
package peers

// Timm has timm's names of published networks.
var Timm = map[string]string{
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
