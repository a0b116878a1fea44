package main

// reasons say, by family, why kernels differ. A family whose kernels are equal
// must have none.
var reasons = map[string]string{
	"ViT":       scaled,
	"DeiT":      scaled,
	"PVTv2":     scaled,
	"Twins":     scaled + " (in the windows of Twins-SVT ours does too)",
	"MobileViT": scaled,
	"Next-ViT": "PyTorch's exporter joins the transposition to tokens with the one back that follows it where keys and values " +
		"are pooled, so that nothing moves; our definition, like the authors' code, has both, and the profile was fitted on that",
}

const scaled = "timm, told to be exportable, multiplies the queries by attention's scale in a kernel of its own; ours has the scale in the " +
	"product of queries and keys, as fused attention has it"
