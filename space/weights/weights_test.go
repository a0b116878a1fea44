package weights_test

import (
	"math"
	"slices"
	"testing"

	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/space/graph"
	"github.com/trtnas/trtnas/space/reference"
	"github.com/trtnas/trtnas/space/weights"
)

func lower(t *testing.T, name string) *graph.Graph {
	t.Helper()
	n, err := reference.Find(name)
	if err != nil {
		t.Fatal(err)
	}
	g, err := n.Lower(space.Input{Batch: 1, Height: 224, Width: 224})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// The tensors without running statistics are the graph's parameters, and no
// two have a name in common.
func TestTensorsAreTheParameters(t *testing.T) {
	for _, n := range reference.All() {
		g := lower(t, n.Name)
		var learned int64
		seen := map[string]bool{}
		for _, node := range g.Nodes {
			for i, tensor := range weights.Of(node) {
				if _, norm := node.Op.(graph.BatchNorm); !norm || i < 2 {
					learned += int64(tensor.Size())
				}
				if seen[tensor.Name] {
					t.Errorf("%s: two tensors are called %s", n.Name, tensor.Name)
				}
				seen[tensor.Name] = true
			}
		}
		if learned != g.Params() {
			t.Errorf("%s: tensors have %d elements, the graph %d parameters", n.Name, learned, g.Params())
		}
	}
}

func TestInitialisation(t *testing.T) {
	find := map[string]struct {
		mean, std float64
	}{
		"s2.b1.conv2.weight":         {0, math.Sqrt(2.0 / (64 * 9))}, // fan-out
		"s2.b1.conv2.bn.weight":      {1, 0},
		"s2.b1.conv2.bn.running_var": {1, 0},
		"s2.b1.conv1.bn.running_var": {2 * .5, 0},    // 64 channels to 64, behind a ReLU
		"s2.b2.conv1.bn.running_var": {2 * 4 * 2, 0}, // 256 channels to 64, behind the sum of two of variance 1
		"s2.b1.conv2.bn.bias":        {0, 0},
		"head.fc.weight":             {0, 0.02 * 0.88}, // a normal cut at two deviations has 0.8796 of its own
	}
	for _, tensor := range weights.All(lower(t, "ResNet50")) {
		want, ok := find[tensor.Name]
		if !ok {
			continue
		}
		delete(find, tensor.Name)
		v := make([]float32, tensor.Size())
		weights.Init{Seed: 1}.Fill(tensor, v)
		mean, std := moments(v)
		if math.Abs(mean-want.mean) > 1e-3 || math.Abs(std-want.std) > 0.02*want.std || math.Abs(tensor.Deviation()-want.std) > 1e-3*want.std {
			t.Errorf("%s: mean %v, deviation %v, want %v and %v", tensor.Name, mean, std, want.mean, want.std)
		}
	}
	if len(find) > 0 {
		t.Errorf("ResNet50 has no %v", find)
	}
}

func moments(v []float32) (mean, std float64) {
	for _, x := range v {
		mean += float64(x)
	}
	mean /= float64(len(v))
	for _, x := range v {
		std += (float64(x) - mean) * (float64(x) - mean)
	}
	return mean, math.Sqrt(std / float64(len(v)))
}

func TestSeedAndNameDecide(t *testing.T) {
	fill := func(i weights.Init, t weights.Tensor) []float32 {
		v := make([]float32, t.Size())
		i.Fill(t, v)
		return v
	}
	all := weights.All(lower(t, "ResNet50"))
	conv := all[0]
	other := conv
	other.Name += "2"
	a := fill(weights.Init{Seed: 1}, conv)
	if !slices.Equal(a, fill(weights.Init{Seed: 1}, conv)) {
		t.Error("same seed and name, other values")
	}
	if slices.Equal(a, fill(weights.Init{Seed: 2}, conv)) || slices.Equal(a, fill(weights.Init{Seed: 1}, other)) {
		t.Error("another seed or name, same values")
	}
	for _, tensor := range all {
		if v := fill(weights.Init{Probe: true}, tensor); len(v) > 1 && v[0] == v[1] {
			t.Errorf("a probe leaves %s constant", tensor.Name)
		}
	}
}
