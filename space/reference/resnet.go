package reference

import "github.com/trtnas/trtnas/space"

// resnets are those of He et al., arXiv 1512.03385, table 1, as torchvision
// and timm define them: 7x7 stem, widths 256 to 2048.
//
// Refined-ResNet50 is TRT-ViT's (arXiv 2205.09579, section 3.2): the depths
// 3-4-6-3 become 2-3-6-5, all else stays.
func resnets() []Network {
	const source = "timm 1.0 (parameters and MACs of resnet50, resnet101, resnet152)"
	table := []struct {
		name         string
		depths       [4]int
		params, macs int64
	}{
		{"ResNet50", [4]int{3, 4, 6, 3}, 25_557_032, 4_089_184_256},
		{"ResNet101", [4]int{3, 4, 23, 3}, 44_549_160, 7_801_405_440},
		{"ResNet152", [4]int{3, 8, 36, 3}, 60_192_808, 11_513_626_624},
		{"Refined-ResNet50", [4]int{2, 3, 6, 5}, 0, 0},
	}
	var all []Network
	for _, row := range table {
		n := Network{
			Name: row.name, Family: "ResNet", Definition: Public,
			Arch: pyramid(space.ResNetStem, space.Pool, bottlenecks(row.depths, 256)),
		}
		if row.params > 0 {
			n.Published = Published{Params: row.params, MACs: row.macs, Source: source}
		}
		all = append(all, fromArch(n))
	}
	return all
}

// bottlenecks are four stages of BottleNecks whose widths double.
func bottlenecks(depths [4]int, width int) (stages [4]space.Stage) {
	for i, d := range depths {
		stages[i] = space.Stage{Depth: d, Width: width << i, S: 1, K: 3}
	}
	return stages
}
