package latency

import (
	"bytes"
	"compress/gzip"
	_ "embed" // the published latencies
	"encoding/csv"
	"fmt"
	"slices"
	"strconv"
	"sync"

	"github.com/trtnas/trtnas/space/graph"
)

var (
	//go:embed data/v100.csv.gz
	v100GZ []byte
	//go:embed data/v100_networks.csv
	v100NetworksCSV []byte
)

// v100Timings are the timings in a line of the file, in its order: of the
// convolution alone, and with an addition fused into it.
var v100Timings = []struct {
	batch int
	added bool
}{{1, false}, {1, true}, {32, false}, {32, true}, {64, false}, {64, true}, {128, false}, {128, true}}

type publishedV100 struct {
	kernels  []Sample
	networks []Row
}

var loadV100 = sync.OnceValue(func() publishedV100 {
	p, err := readV100(v100GZ, v100NetworksCSV)
	if err != nil {
		panic("latency: embedded data: " + err.Error()) // a broken build, which the tests catch
	}
	return p
})

// V100Kernels returns the published latencies of single convolutions on an
// NVIDIA V100 with TensorRT in fp16: each is a sample of one kernel, whose
// Network and Family are the convolution's shape and whose Resolution is its
// input's side. data/README.md names the source. Timings that the authors mark
// as not valid are left out.
func V100Kernels() []Sample { return slices.Clone(loadV100().kernels) }

// V100Networks returns published latencies of networks on an NVIDIA V100. They
// are in fp32, so they tell the order of networks at most.
func V100Networks() []Row { return slices.Clone(loadV100().networks) }

func readV100(kernels, networks []byte) (publishedV100, error) {
	var p publishedV100
	z, err := gzip.NewReader(bytes.NewReader(kernels))
	if err != nil {
		return p, err
	}
	records, err := csv.NewReader(z).ReadAll()
	if err != nil {
		return p, err
	}
	for i, record := range records[1:] {
		timed, err := convolutions(&fields{record: record})
		if err != nil {
			return p, fmt.Errorf("record %d: %w", i+2, err)
		}
		p.kernels = append(p.kernels, timed...)
	}
	err = eachRecord(bytes.NewReader(networks), func(f *fields) {
		p.networks = append(p.networks, Row{Network: f.next(), Resolution: f.int(), Batch: f.int(), MS: f.float(), Source: f.next()})
	})
	return p, err
}

// convolutions reads a line: a convolution, and its latencies in microseconds.
// An empty one was not published, one of -1 is not valid.
func convolutions(f *fields) ([]Sample, error) {
	kind, in, out, side, size, stride := f.next(), f.int(), f.int(), f.int(), f.int(), f.int()
	if f.err != nil {
		return nil, f.err
	}
	kernel := convolution(kind == "Depthwise", in, out, side, size, stride)
	name := fmt.Sprintf("%s %dx%d/%d, %d to %d channels at %d px", kind, size, size, stride, in, out, side)
	var timed []Sample
	for _, t := range v100Timings {
		text := f.next()
		if f.err != nil {
			return nil, f.err
		}
		us, err := strconv.ParseFloat(text, 64)
		if text != "" && err != nil {
			return nil, err
		}
		if text == "" || us < 0 {
			continue
		}
		k := kernel
		if t.added {
			k.In += k.Out
		}
		timed = append(timed, Sample{Network: name, Family: name, Resolution: side, Kernels: []graph.Kernel{k}, Batch: t.batch, MS: us / 1e3})
	}
	return timed, nil
}

// convolution has the padding with which only the stride changes the
// resolution.
func convolution(depthwise bool, in, out, side, size, stride int) graph.Kernel {
	after := (side + stride - 1) / stride
	k := graph.Kernel{
		Class: graph.KConv, CIn: in, COut: out, Size: size, Groups: 1, Count: 1,
		In: int64(in * side * side), Out: int64(out * after * after),
		M: after * after, N: out, K: in * size * size,
	}
	switch {
	case depthwise:
		k.Class, k.Groups, k.K = graph.KDepthwise, in, size*size
	case size == 1:
		k.Class = graph.KPointwise
	}
	k.Weights = int64(k.K) * int64(out)
	k.MACs = int64(k.M) * k.Weights
	return k
}
