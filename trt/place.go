package trt

import (
	"regexp"
	"slices"
	"strings"
)

// places are the stage and block in the names of our graphs' nodes, such as
// "s4.b2.attn.q".
var places = regexp.MustCompile(`\bs(\d+)\.b(\d+)\b`)

// Place tells from a layer's name which stage and block it computes: "s4.b2";
// "s4" where it spans several blocks of one stage; several stages as "s3+s4";
// "stem" and "head"; empty where the name tells nothing. TensorRT joins the
// names of the nodes that it fuses.
func Place(layer string) string {
	var blocks, stages []string
	for _, m := range places.FindAllStringSubmatch(layer, -1) {
		blocks, stages = append(blocks, m[0]), append(stages, "s"+m[1])
	}
	blocks, stages = distinct(blocks), distinct(stages)
	switch {
	case len(blocks) == 1:
		return blocks[0]
	case len(stages) > 0:
		return strings.Join(stages, "+")
	case strings.Contains(layer, "stem."):
		return "stem"
	case strings.Contains(layer, "head"):
		return "head"
	}
	return ""
}

func distinct(names []string) []string {
	slices.Sort(names)
	return slices.Compact(names)
}
