package space

import (
	"fmt"
	"strings"
)

// Builtin lists the built-in spaces.
func Builtin() []*Space {
	return []*Space{trtViT(), open(), paper("paper", 7), paper("paper-k3", 3)}
}

// Named returns a built-in space.
func Named(name string) (*Space, error) {
	var names []string
	for _, s := range Builtin() {
		if s.Name == name {
			return s, nil
		}
		names = append(names, s.Name)
	}
	return nil, fmt.Errorf("unknown space %q: choose %s, or give the path of a YAML file", name, strings.Join(names, ", "))
}

// widths of stage 2. Nothing above 256, the widest published network: the
// accuracy model has no data there.
var widths = []int{64, 96, 128, 160, 192, 224, 256}

// ratios are R in eighths.
var ratios = []float64{0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875}

// Depths up to those of ResNet152's early stages and of the deepest third
// stages among published pyramids at this size.
var depths = [4][]int{span(1, 6), span(1, 8), span(1, 20), span(1, 12)}

// trtViT takes the paper's first guideline as given: BottleNecks early,
// MixBlockC late. Depths, width, R, S and K are searched.
func trtViT() *Space {
	s := &Space{Name: "trt-vit", Widths: widths}
	for i := range s.Stages {
		s.Stages[i] = convolutional(depths[i])
	}
	s.Stages[2] = Choices{Depth: depths[2], Scale: one, Block: []Block{MixBlockC}, Mixed: span(0, 12), R: ratios, S: []int{1, 2}, K: []int{3, 5, 7}}
	s.Stages[3] = Choices{Depth: depths[3], Scale: one, Block: []Block{MixBlockC}, Mixed: span(0, 12), R: ratios, S: []int{1}, K: []int{3, 5, 7}}
	return s
}

// open allows any block in any stage, so that the paper's guidelines have to
// be found.
func open() *Space {
	s := &Space{Name: "open", Widths: widths}
	reductions := [4][]int{{1, 2, 4, 8}, {1, 2, 4}, {1, 2}, {1}}
	for i := range s.Stages {
		s.Stages[i] = Choices{
			Depth: depths[i],
			Scale: []float64{0.75, 1, 1.25},
			Block: []Block{Transformer, MixBlockA, MixBlockB, MixBlockC},
			Mixed: span(0, 12),
			R:     ratios,
			S:     reductions[i],
			K:     []int{3, 5, 7},
		}
	}
	return s
}

// paper is the lattice on which TRT-ViT-A to D lie (arXiv 2205.09579, table 4
// as reconstructed): R = 0.5, all of stage 5 MixBlockC, K fixed.
func paper(name string, k int) *Space {
	s := &Space{Name: name, Reduction: Conv, Widths: []int{192, 256}}
	for i, deepest := range []int{4, 6, 12, 8} {
		s.Stages[i] = convolutional(span(1, deepest))
	}
	mixed := func(i int, count []int, reduction int) {
		s.Stages[i].Block, s.Stages[i].Mixed = []Block{MixBlockC}, count
		s.Stages[i].R, s.Stages[i].S, s.Stages[i].K = []float64{0.5}, []int{reduction}, []int{k}
	}
	mixed(2, span(0, 12), 2)
	mixed(3, []int{All}, 1)
	return s
}

var one = []float64{1}

// convolutional is a stage of BottleNecks.
func convolutional(depth []int) Choices {
	return Choices{Depth: depth, Scale: one, Block: []Block{BottleNeck}, Mixed: []int{0}, R: []float64{0.5}, S: []int{1}, K: []int{3}}
}

// span lists the integers from low to high.
func span(low, high int) []int {
	list := make([]int, 0, high-low+1)
	for v := low; v <= high; v++ {
		list = append(list, v)
	}
	return list
}
