package latency

import (
	"math"

	"github.com/trtnas/trtnas/space/graph"
)

// bytesPerElement of fp16. In fp32 all traffic is twice that, which a profile's
// bandwidth absorbs.
const bytesPerElement = 2

// Tensor cores take channels in groups of 8 and TensorRT's kernels work on
// tiles of 128 x 128 outputs (grouped convolutions on 64 channels).
const (
	channelGroup  = 8
	tileSide      = 128
	groupTileSide = 64
)

// demand is what a kernel asks of the device at a given batch.
type demand struct {
	class        graph.Class
	flop         float64 // of the whole batch, channels padded
	perTile      float64 // 1 / number of output tiles; 0 for kernels that are not tiled
	perReduction float64 // 1 / length of the reduction; 0 where that costs nothing
	bytes        float64
}

func demandOf(k *graph.Kernel, batch int) demand {
	b := float64(batch)
	d := demand{
		class: k.Class,
		flop:  2 * b * float64(k.MACs),
		bytes: bytesPerElement * (b*float64(k.In+k.Out) + float64(k.Weights)),
	}
	switch k.Class {
	case graph.KConv, graph.KPointwise, graph.KGEMM:
		d.flop *= inputPadding(k.CIn) * padding(k.COut)
		d.perTile = 1 / (tiles(float64(k.M)*b, tileSide) * tiles(float64(k.COut), tileSide))
		d.perReduction = 1 / float64(k.K)
	case graph.KFC:
		d.perTile = 1 / (tiles(float64(k.M)*b, tileSide) * tiles(float64(k.COut), tileSide))
	case graph.KGroup:
		d.perTile = 1 / (tiles(float64(k.M)*b, tileSide) * tiles(float64(k.COut), groupTileSide))
	case graph.KBMM:
		d.flop *= padding(k.K) * padding(k.N)
		d.perTile = 1 / (float64(k.Count) * b * tiles(float64(k.M), tileSide) * tiles(float64(k.N), tileSide))
		d.perReduction = 1 / float64(k.K)
	}
	return d
}

func tiles(extent, side float64) float64 { return max(1, extent/side) }

func padding(channels int) float64 {
	return float64((channels+channelGroup-1)/channelGroup*channelGroup) / float64(channels)
}

// inputPadding knows TensorRT's kernels for images, which pad 3 channels to 4.
func inputPadding(channels int) float64 {
	if channels < 4 {
		return 4 / float64(channels)
	}
	return padding(channels)
}

// split returns the kernel's compute and memory time in ms.
func (c *Constants) split(d *demand) (compute, memory float64) {
	if d.flop > 0 {
		compute = d.flop / (c[rateOf[d.class]] * 1e9) * (1 + c[TileOverhead]*d.perTile) * (1 + c[ReductionOverhead]*d.perReduction)
	}
	memory = d.bytes / (c[Bandwidth] * 1e6)
	if t := trafficOf[d.class]; t < NumConstants {
		memory *= c[t]
	}
	return compute, memory
}

// KernelTime is the predicted time in ms of one kernel for a batch, in fp16:
//
//	compute = flop/rate * (1 + tile overhead/tiles) * (1 + reduction overhead/K)
//	memory  = bytes * traffic / bandwidth
//	time    = (compute^4 + memory^4)^(1/4) + launch
//
// The norm of order 4 rounds the roofline's corner, where compute and memory
// overlap imperfectly.
func (c *Constants) KernelTime(k *graph.Kernel, batch int) float64 {
	d := demandOf(k, batch)
	return c.roof(c.split(&d)) + c.launch()
}

func (c *Constants) roof(compute, memory float64) float64 {
	compute *= compute
	memory *= memory
	return math.Sqrt(math.Sqrt(compute*compute + memory*memory))
}

// launch in ms; the constant is in microseconds.
func (c *Constants) launch() float64 { return c[Launch] * 1e-3 }

// Sum is the predicted time in ms of kernels that run one after the other. It
// is additive: sums of a network's parts add up to the network's.
func (c *Constants) Sum(kernels []graph.Kernel, batch int) float64 {
	sum := 0.0
	for i := range kernels {
		sum += c.KernelTime(&kernels[i], batch)
	}
	return sum
}

// addGradient adds to grad the derivatives of times * (kernel's time) by the
// logarithm of each constant, and returns the time itself.
func (c *Constants) addGradient(grad *Constants, d *demand, times float64) float64 {
	compute, memory := c.split(d)
	roof := c.roof(compute, memory)
	if compute > 0 {
		g := times * compute * cube(compute/roof)
		tile, reduction := c[TileOverhead]*d.perTile, c[ReductionOverhead]*d.perReduction
		grad[rateOf[d.class]] -= g
		grad[TileOverhead] += g * tile / (1 + tile)
		grad[ReductionOverhead] += g * reduction / (1 + reduction)
	}
	if memory > 0 {
		g := times * memory * cube(memory/roof)
		grad[Bandwidth] -= g
		if t := trafficOf[d.class]; t < NumConstants {
			grad[t] += g
		}
	}
	grad[Launch] += times * c.launch()
	return times * (roof + c.launch())
}

func cube(x float64) float64 { return x * x * x }
