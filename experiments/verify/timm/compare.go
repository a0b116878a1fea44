package main

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/trtnas/trtnas/predictor/latency"
	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/space/graph"
	"github.com/trtnas/trtnas/space/onnx"
	"github.com/trtnas/trtnas/space/reference"
)

// Bounds of the relative difference in predicted latency. Attention can be
// written in more ways than a convolution.
const (
	convolutionalBound = 0.02
	otherBound         = 0.05
)

// Row compares one network.
type Row struct {
	Name, Peer    string
	Family        string
	Ours          Counts
	Whole         Counts // of timm's export with nothing folded
	Ordinary      Counts // of the usual one
	Norms         int64  // parameters that the usual one lacks, of folded batch normalisations
	Biases        int64  // parameters that it has more, of biases that were looked up
	Convolutional bool
	Surplus       []Surplus // of the ordinary export, greatest difference in time first
	Reason        string    // why kernels differ
	Error         string
}

// Counts are what is compared of a graph.
type Counts struct {
	Params, MACs int64
	Kernels      int
	MS           float64 // predicted, of one batch
}

type comparer struct {
	*exporter
	profile *latency.Profile
}

func newComparer(ctx context.Context, o options) (*comparer, error) {
	p, err := latency.Open("t4")
	if err != nil {
		return nil, err
	}
	e, err := newExporter(ctx, o, p.Batch)
	if err != nil {
		return nil, err
	}
	return &comparer{e, p}, nil
}

// compare exports timm's network and holds ours against it.
func (c *comparer) compare(n reference.Network, peer string) Row {
	r := Row{Name: n.Name, Peer: peer, Family: n.Family, Reason: reasons[n.Family]}
	err := c.fill(&r, n)
	if err == nil {
		err = r.judge()
	}
	if err = errors.Join(err, c.clear()); err != nil {
		r.Error = err.Error()
	}
	return r
}

func (c *comparer) fill(r *Row, n reference.Network) error {
	ours, err := n.Lower(space.Input{Batch: c.profile.Batch, Height: side, Width: side})
	if err != nil {
		return err
	}
	params, err := c.export(r.Peer)
	if err != nil {
		return err
	}
	if own := ours.Params(); own != params {
		return fmt.Errorf("timm's model has %d parameters, ours %d", params, own)
	}
	full, err := onnx.Read(c.path(whole), onnx.ReadOptions{})
	if err != nil {
		return fmt.Errorf("%s: %w", whole, err)
	}
	theirs, err := onnx.Read(c.path(ordinary), onnx.ReadOptions{})
	if err != nil {
		return fmt.Errorf("%s: %w", ordinary, err)
	}
	r.Ours, r.Whole, r.Ordinary = c.count(ours), c.count(full), c.count(theirs)
	r.Norms, r.Biases, r.Convolutional = norms(full), biases(full)-biases(theirs), !attends(ours)
	r.Surplus = c.surplus(theirs.Kernels(), ours.Kernels())
	return nil
}

func (c *comparer) count(g *graph.Graph) Counts {
	k := g.Kernels()
	return Counts{g.Params(), g.MACs(), len(k), c.profile.Constants.Sum(k, c.profile.Batch)}
}

// norms counts the parameters that PyTorch's exporter takes away when it folds
// batch normalisations into the convolutions before them: of each the scale and
// the shift, less the bias that a convolution without one gains.
func norms(g *graph.Graph) int64 {
	less := int64(0)
	consumers := g.Consumers()
	for _, n := range g.Nodes {
		if _, ok := n.Op.(graph.BatchNorm); !ok || consumers[n.Inputs[0].ID] != 1 {
			continue
		}
		if conv, ok := n.Inputs[0].Op.(graph.Conv); ok {
			less += n.Params()
			if !conv.Bias {
				less -= int64(conv.Out)
			}
		}
	}
	return less
}

// biases counts by how much attention's biases by position, once looked up, are
// more than the tables that the graph still has: the exporter looks up those
// whose index is a vector.
func biases(g *graph.Graph) int64 {
	more := int64(0)
	for _, n := range g.Nodes {
		switch n.Op.(type) {
		case graph.RelativeBias, graph.DistanceBias:
			more += n.Shape.Elems() - n.Inputs[0].Params()
		}
	}
	return more
}

// attends reports whether there is a product of two computed matrices.
func attends(g *graph.Graph) bool {
	for _, n := range g.Nodes {
		if _, ok := n.Op.(graph.MatMul); ok {
			return true
		}
	}
	return false
}

// judge says what does not hold.
func (r *Row) judge() error {
	var errs []error
	differs := func(what string, theirs, ours int64) {
		if theirs != ours {
			errs = append(errs, fmt.Errorf("%s: timm's %d, ours %d, %+d", what, theirs, ours, theirs-ours))
		}
	}
	differs("parameters", r.Whole.Params, r.Ours.Params)
	differs("parameters of the usual export, but for what it folds", r.Ordinary.Params+r.Norms-r.Biases, r.Ours.Params)
	differs("MACs", r.Whole.MACs, r.Ours.MACs)
	differs("MACs of the usual export", r.Ordinary.MACs, r.Ours.MACs)
	for _, ms := range []float64{r.Whole.MS, r.Ordinary.MS} {
		if d := ms/r.Ours.MS - 1; math.Abs(d) > r.Bound() {
			errs = append(errs, fmt.Errorf("latency differs by %+.1f %%, at most %.0f %%: %s", 100*d, 100*r.Bound(), r.Differs()))
		}
	}
	switch {
	case len(r.Surplus) > 0 && r.Reason == "":
		errs = append(errs, fmt.Errorf("reasons says nothing of %s, whose kernels differ: %s", r.Family, r.Differs()))
	case len(r.Surplus) == 0 && r.Reason != "":
		errs = append(errs, fmt.Errorf("reasons has %s, whose kernels are equal", r.Family))
	}
	return errors.Join(errs...)
}

// Difference of timm's latency from ours.
func (r Row) Difference() float64 { return r.Ordinary.MS/r.Ours.MS - 1 }

// Bound of the difference.
func (r Row) Bound() float64 {
	if r.Convolutional {
		return convolutionalBound
	}
	return otherBound
}

// line is the row for the terminal.
func (r Row) line() string {
	if r.Error != "" {
		return fmt.Sprintf("%-20s FAILED: %s", r.Name, r.Error)
	}
	return fmt.Sprintf("%-20s ok; %d and %d kernels, %.2f and %.2f ms, %+.1f %% (nothing folded: %+.1f %%)",
		r.Name, r.Ours.Kernels, r.Ordinary.Kernels, r.Ours.MS, r.Ordinary.MS, 100*r.Difference(), 100*(r.Whole.MS/r.Ours.MS-1))
}
