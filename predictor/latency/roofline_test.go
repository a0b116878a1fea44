package latency_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/trtnas/trtnas/predictor/latency"
	"github.com/trtnas/trtnas/space/graph"
)

// earlier are the constants of an earlier fit of the same formula, on 39 rows.
var earlier = latency.Constants{
	latency.ConvRate: 27.69, latency.PointwiseRate: 25.45, latency.GroupRate: 10.74, latency.DepthwiseRate: 1.204,
	latency.GEMMRate: 29.65, latency.BMMRate: 11.06, latency.TileOverhead: 12.37, latency.ReductionOverhead: 13.20,
	latency.Bandwidth: 188.1, latency.MatrixTraffic: 0.830, latency.SoftmaxTraffic: 0.899, latency.LayerNormTraffic: 11.54,
	latency.ElementwiseTraffic: 1.101, latency.CopyTraffic: 3.804, latency.PoolTraffic: 1.357, latency.ReduceTraffic: 0.931,
	latency.ConcatTraffic: 0.548, latency.DepthwiseTraffic: 4.062, latency.Launch: 2.851,
}

func kernels(t testing.TB, network string, resolution int) []graph.Kernel {
	t.Helper()
	list, err := latency.PublishedKernels(network, resolution)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// The expected sums are of an independent Python implementation of the
// formula on the same lists in bytes. For orientation, published are 7.8 and
// 11.4 ms for ResNet101 and 152.
func TestSumOfPublishedLists(t *testing.T) {
	for _, c := range []struct {
		network        string
		resolution     int
		batch8, batch1 float64
	}{
		{"ResNet101", 224, 7.7344, 2.5756},
		{"ResNet152", 224, 11.1903, 3.8470},
		{"DeiT-S", 224, 11.9665, 2.4697},
		{"DeiT-B", 224, 27.7688, 4.8576},
		{"Twins-SVT-S", 224, 17.2489, 3.5178},
		{"Twins-SVT-L", 512, 256.3025, 34.9329},
		{"RegNetY-16G", 224, 18.5017, 3.6312},
		{"EfficientNet-B5", 456, 63.6000, 9.6118},
		{"PoolFormer-M48", 224, 40.9699, 7.0397},
		{"CSWin-T", 224, 29.5064, 7.0589},
		{"CMT-XS", 192, 18.5343, 4.2190},
		{"TRT-ViT-C", 224, 10.9500, 3.0283},
	} {
		list := kernels(t, c.network, c.resolution)
		if got := earlier.Sum(list, 8); !near(got, c.batch8, 1e-4) {
			t.Errorf("%s at batch 8: %.4f ms, want %.4f", c.network, got, c.batch8)
		}
		if got := earlier.Sum(list, 1); !near(got, c.batch1, 1e-4) {
			t.Errorf("%s at batch 1: %.4f ms, want %.4f", c.network, got, c.batch1)
		}
	}
}

func TestKernelTimeByHand(t *testing.T) {
	var c latency.Constants
	for i := range c {
		c[i] = 1
	}
	c[latency.Launch] = 1000 // us
	for _, k := range []struct {
		name            string
		kernel          graph.Kernel
		compute, memory float64 // ms at batch 1, 1 TFLOPS and 1 GB/s
	}{
		{"pointwise, 2 x 2 tiles, K = 64", graph.Kernel{Class: graph.KPointwise, MACs: 256 * 256 * 64, In: 256 * 64, Out: 256 * 256, Weights: 256 * 64, CIn: 64, COut: 256, M: 256, N: 256, K: 64, Count: 1},
			2 * 256 * 256 * 64 / 1e9 * (1 + 1./4) * (1 + 1./64), 2 * (256*64 + 256*256 + 256*64) / 1e6},
		{"image convolution padded from 3 to 4 and 12 to 16 channels", graph.Kernel{Class: graph.KConv, MACs: 128 * 12 * 27, In: 384, Out: 1536, Weights: 324, CIn: 3, COut: 12, M: 128, N: 12, K: 27, Count: 1},
			2 * 128 * 12 * 27 / 1e9 * (4. / 3) * (16. / 12) * (1 + 1) * (1 + 1./27), 2 * (384 + 1536 + 324) / 1e6},
		{"attention product of 6 heads", graph.Kernel{Class: graph.KBMM, MACs: 6 * 196 * 196 * 64, In: 1, Out: 1, M: 196, N: 196, K: 64, Count: 6},
			2 * 6 * 196 * 196 * 64 / 1e9 * (200. / 196) * (1 + 1/(6*(196./128)*(196./128))) * (1 + 1./64), 4 / 1e6},
		{"depthwise, no tiles", graph.Kernel{Class: graph.KDepthwise, MACs: 9000, In: 1000, Out: 1000, Weights: 90, CIn: 10, COut: 10, M: 100, N: 1, K: 9, Count: 1},
			18000 / 1e9, 2 * 2090 / 1e6},
		{"LayerNorm", graph.Kernel{Class: graph.KLayerNorm, In: 500, Out: 500, Count: 1}, 0, 2000 / 1e6},
	} {
		want := math.Pow(math.Pow(k.compute, 4)+math.Pow(k.memory, 4), 0.25) + 1
		if got := c.KernelTime(&k.kernel, 1); !near(got, want, 1e-9) {
			t.Errorf("%s: %v ms, want %v", k.name, got, want)
		}
	}
}

func TestMoreWorkIsNeverFaster(t *testing.T) {
	var all []graph.Kernel
	for _, r := range latency.Published() {
		all = append(all, kernels(t, r.Network, r.Resolution)...)
	}
	c := open(t).Constants
	rapid.Check(t, func(t *rapid.T) {
		k := rapid.SampledFrom(all).Draw(t, "kernel")
		batch := rapid.IntRange(1, 64).Draw(t, "batch")
		before := c.KernelTime(&k, batch)
		more := rapid.Int64Range(1, 1<<30).Draw(t, "more")
		k2 := k
		switch rapid.IntRange(0, 4).Draw(t, "what") {
		case 0:
			k2.MACs += more
		case 1:
			k2.In += more
		case 2:
			k2.Out += more
		case 3:
			k2.Weights += more
		case 4:
			batch++
		}
		if after := c.KernelTime(&k2, batch); !(before > 0) || after < before*(1-1e-12) {
			t.Fatalf("%+v takes %v ms, with more work %v ms", k, before, after)
		}
	})
}

func TestSumIsAdditive(t *testing.T) {
	list := kernels(t, "CSWin-T", 224)
	for _, cut := range []int{0, 1, 500, len(list)} {
		parts := earlier.Sum(list[:cut], 8) + earlier.Sum(list[cut:], 8)
		if whole := earlier.Sum(list, 8); !near(parts, whole, 1e-12) {
			t.Errorf("cut at %d: %v, whole %v", cut, parts, whole)
		}
	}
}

func BenchmarkKernelTime(b *testing.B) {
	list := kernels(b, "TRT-ViT-C", 224)
	for i := 0; b.Loop(); i = (i + 1) % len(list) {
		earlier.KernelTime(&list[i], 8)
	}
}
