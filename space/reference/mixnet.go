package reference

import "github.com/trtnas/trtnas/space"

// mixnets are the paper's studies of blocks (arXiv 2205.09579, section 3.3):
// ResNet50 with another block in the last stage. Stage letters and widths are
// not public. Assumed: C-C-C-T and C-C-C-M as in TRT-ViT, ResNet50's depths
// and widths, R = 0.5; MixNetV's Transformer as wide as the MixBlocks' one.
// Refined-MixNetV has the depths of Refined-ResNet50.
func mixnets() []Network {
	table := []struct {
		name   string
		depths [4]int
		block  space.Block
		width  int // of the last stage
	}{
		{"MixNetV", [4]int{3, 4, 6, 3}, space.Transformer, 1024},
		{"MixNetA", [4]int{3, 4, 6, 3}, space.MixBlockA, 2048},
		{"MixNetB", [4]int{3, 4, 6, 3}, space.MixBlockB, 2048},
		{"MixNetC", [4]int{3, 4, 6, 3}, space.MixBlockC, 2048},
		{"Refined-MixNetV", [4]int{2, 3, 6, 5}, space.Transformer, 1024},
	}
	var all []Network
	for _, row := range table {
		stages := bottlenecks(row.depths, 256)
		stages[3].Width = row.width
		stages[3] = mix(stages[3], row.block, row.depths[3], 0.5, 1, 7)
		all = append(all, fromArch(Network{
			Name: row.name, Family: "MixNet", Definition: Assumed,
			Note: "stages, widths and K = 7 assumed",
			Arch: pyramid(space.DeepStem, space.Conv, stages),
		}))
	}
	return all
}
