package latency

import (
	"bytes"
	"compress/gzip"
	_ "embed" // the published rows and kernel lists
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"
	"sync"

	"github.com/trtnas/trtnas/space/graph"
)

// Row is a published latency of a network; data/README.md names the sources.
type Row struct {
	Network    string  `json:"network"`
	Family     string  `json:"family"`
	Resolution int     `json:"resolution"` // height and width of the input
	Batch      int     `json:"batch"`
	MS         float64 `json:"latency_ms"` // of one batch
	Backbone   bool    `json:"backbone"`   // without classifier, at 512 px: never fitted on, a test of extrapolation
	Source     string  `json:"source"`
}

var (
	//go:embed data/latency.csv
	latencyCSV []byte
	//go:embed data/kernels.csv.gz
	kernelsGZ []byte
)

type input struct {
	network    string
	resolution int
}

type published struct {
	rows    []Row
	kernels map[input][]graph.Kernel
}

var load = sync.OnceValue(func() published {
	p, err := readPublished(latencyCSV, kernelsGZ)
	if err != nil {
		panic("latency: embedded data: " + err.Error()) // a broken build, which the tests catch
	}
	return p
})

// Published returns the latencies that were published for an NVIDIA T4 with
// TensorRT 8.0.3.4 in fp16 at batch 8, those fitted on first.
func Published() []Row { return slices.Clone(load().rows) }

// PublishedKernels returns the kernels of a published row's network, in order
// of execution, as another program traced them from its public definition. The
// graphs that are fitted on are compared with them. Their Node is nil.
func PublishedKernels(network string, resolution int) ([]graph.Kernel, error) {
	kernels, ok := load().kernels[input{network, resolution}]
	if !ok {
		return nil, fmt.Errorf("no published kernel list of %s at %d px: choose a network and resolution from the published rows", network, resolution)
	}
	return slices.Clone(kernels), nil
}

func readPublished(rows, kernels []byte) (published, error) {
	p := published{kernels: map[input][]graph.Kernel{}}
	err := eachRecord(bytes.NewReader(rows), func(f *fields) {
		p.rows = append(p.rows, Row{
			Network: f.next(), Family: f.next(), Resolution: f.int(), Batch: f.int(),
			MS: f.float(), Backbone: f.next() == "check", Source: f.next(),
		})
	})
	if err != nil {
		return p, err
	}
	z, err := gzip.NewReader(bytes.NewReader(kernels))
	if err != nil {
		return p, err
	}
	err = eachRecord(z, func(f *fields) {
		in := input{f.next(), f.int()}
		p.kernels[in] = append(p.kernels[in], graph.Kernel{
			Class: f.class(), MACs: int64(f.int()), In: int64(f.int()), Out: int64(f.int()), Weights: int64(f.int()),
			CIn: f.int(), COut: f.int(), Size: f.int(), Groups: f.int(), M: f.int(), N: f.int(), K: f.int(), Count: f.int(),
		})
	})
	return p, err
}

// eachRecord calls read for each record below the header line.
func eachRecord(r io.Reader, read func(*fields)) error {
	records, err := csv.NewReader(r).ReadAll()
	if err != nil {
		return err
	}
	for i, record := range records[1:] {
		f := fields{record: record}
		if read(&f); f.err != nil {
			return fmt.Errorf("record %d: %w", i+2, f.err)
		}
	}
	return nil
}

// fields reads a record from left to right and keeps the first error.
type fields struct {
	record []string
	err    error
}

func (f *fields) next() string {
	if len(f.record) == 0 {
		f.fail(io.ErrUnexpectedEOF)
		return ""
	}
	s := f.record[0]
	f.record = f.record[1:]
	return s
}

func (f *fields) fail(err error) {
	if f.err == nil {
		f.err = err
	}
}

func (f *fields) int() int {
	v, err := strconv.Atoi(f.next())
	if err != nil {
		f.fail(err)
	}
	return v
}

func (f *fields) float() float64 {
	v, err := strconv.ParseFloat(f.next(), 64)
	if err != nil {
		f.fail(err)
	}
	return v
}

func (f *fields) class() graph.Class {
	name := f.next()
	for c := range graph.NumClasses {
		if c.String() == name {
			return c
		}
	}
	f.fail(fmt.Errorf("unknown kernel class %q", name))
	return 0
}
