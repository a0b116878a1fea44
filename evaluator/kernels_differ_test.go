package evaluator

import (
	"testing"

	"github.com/trtnas/trtnas/predictor/latency"
	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/space/graph"
	"github.com/trtnas/trtnas/space/reference"
)

// Where a graph's kernels differ from the published list, they do so by
// pointwise kernels alone, and for a reason.
func TestKernelsDifferByKnownReasons(t *testing.T) {
	tests := []struct {
		name       string
		resolution int
		more, less int
		why        string
	}{
		{"ConvNeXt-T", 224, 0, 1, "the list has a copy of the pooled vector that the tracing program took for arithmetic"},
		{"ConvNeXt-B", 224, 0, 1, "likewise"},
		{"EfficientNet-B3", 300, 26, 0, "the list joins each block's SiLU with the gate's product, though the gate is computed from the SiLU's output"},
		{"EfficientNet-B5", 456, 39, 0, "likewise"},
	}
	for _, test := range tests {
		n, err := reference.Find(test.name)
		if err != nil {
			t.Fatal(err)
		}
		g, err := n.Lower(space.Input{Batch: 8, Height: test.resolution, Width: test.resolution})
		if err != nil {
			t.Fatal(err)
		}
		want, err := latency.PublishedKernels(test.name, test.resolution)
		if err != nil {
			t.Fatal(err)
		}
		more, less := 0, 0
		for k, count := range surplus(g.Kernels(), want) {
			if count != 0 && k.Class != graph.KElementwise {
				t.Errorf("%s: %+d times %+v", test.name, count, k)
			}
			more, less = more+max(0, count), less+max(0, -count)
		}
		if more != test.more || less != test.less {
			t.Errorf("%s: %d kernels more and %d less than published, want %d and %d: %s", test.name, more, less, test.more, test.less, test.why)
		}
	}
}

// surplus counts how often a kernel is in got beyond those in want.
func surplus(got, want []graph.Kernel) map[graph.Kernel]int {
	count := map[graph.Kernel]int{}
	for _, k := range got {
		count[essence(k)]++
	}
	for _, k := range want {
		count[essence(k)]--
	}
	return count
}
