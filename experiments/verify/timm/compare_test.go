package main

import (
	"strings"
	"testing"

	"github.com/trtnas/trtnas/predictor/latency"
	"github.com/trtnas/trtnas/space/graph"
	"github.com/trtnas/trtnas/space/reference"
)

func TestWhatFoldingChanges(t *testing.T) {
	conv := graph.Conv{Out: 8, Kernel: 1, Stride: 1}
	biased := conv
	biased.Bias = true
	norm := func(op graph.Op) func(*graph.Builder, *graph.Node) *graph.Node {
		return func(b *graph.Builder, x *graph.Node) *graph.Node {
			return b.Add("n", graph.BatchNorm{}, b.Add("c", op, x))
		}
	}
	tests := []struct {
		name          string
		build         func(b *graph.Builder, x *graph.Node) *graph.Node
		norms, biases int64
	}{
		{"a norm becomes a bias", norm(conv), 8, 0},
		{"a norm goes into a bias", norm(biased), 16, 0},
		{"a norm after no convolution stays", func(b *graph.Builder, x *graph.Node) *graph.Node {
			return b.Add("n", graph.BatchNorm{}, x)
		}, 0, 0},
		{"a norm of what others read stays", func(b *graph.Builder, x *graph.Node) *graph.Node {
			c := b.Add("c", conv, x)
			return b.Add("sum", graph.Add{}, b.Add("n", graph.BatchNorm{}, c), c)
		}, 0, 0},
		{"a table is looked up", func(b *graph.Builder, x *graph.Node) *graph.Node {
			table := b.Add("table", graph.Param{Shape: graph.Shape{1, 9, 8}})
			scores := b.Add("scores", graph.Reshape{To: graph.Shape{1, 8, 4, 4}}, b.Add("c", conv, x))
			return b.Add("sum", graph.Add{}, scores, b.Add("bias", graph.RelativeBias{Window: graph.Window{Height: 2, Width: 2}}, table))
		}, 0, 8 * (4*4 - 9)},
	}
	for _, test := range tests {
		var b graph.Builder
		g, err := b.Graph(test.build(&b, b.Input("x", graph.Shape{2, 8, 4, 4})))
		if err != nil {
			t.Fatalf("%s: %v", test.name, err)
		}
		if n, m := norms(g), biases(g); n != test.norms || m != test.biases {
			t.Errorf("%s: norms %d and biases %d, want %d and %d", test.name, n, m, test.norms, test.biases)
		}
	}
}

// Whatever does not hold is named.
func TestJudge(t *testing.T) {
	same := Counts{Params: 100, MACs: 1000, Kernels: 2, MS: 1}
	copies := []Surplus{{graph.Kernel{Class: graph.KCopy, In: 8, Out: 8}, 1, 0.03}}
	tests := []struct {
		name   string
		change func(r *Row)
		want   string // part of the error
	}{
		{"equal", func(*Row) {}, ""},
		{"a parameter more", func(r *Row) { r.Whole.Params++ }, "parameters: timm's 101, ours 100, +1"},
		{"folded", func(r *Row) { r.Ordinary.Params, r.Norms = 90, 10 }, ""},
		{"folded otherwise", func(r *Row) { r.Ordinary.Params, r.Norms = 91, 10 }, "but for what it folds"},
		{"MACs", func(r *Row) { r.Ordinary.MACs-- }, "MACs of the usual export"},
		{"slower, for a reason", func(r *Row) { r.Ordinary.MS, r.Surplus, r.Reason = 1.03, copies, "so" }, ""},
		{"slower, for none", func(r *Row) { r.Ordinary.MS, r.Surplus = 1.03, copies }, "says nothing"},
		{"too slow for convolutions", func(r *Row) {
			r.Ordinary.MS, r.Surplus, r.Reason, r.Convolutional = 1.03, copies, "so", true
		}, "differs by +3.0 %, at most 2 %: +1 copies (+0.03 ms)"},
		{"too fast when nothing is folded", func(r *Row) { r.Whole.MS = 0.9 }, "differs by -10.0 %"},
		{"a reason for nothing", func(r *Row) { r.Reason = "so" }, "kernels are equal"},
	}
	for _, test := range tests {
		r := Row{Ours: same, Whole: same, Ordinary: same}
		test.change(&r)
		err := r.judge()
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, want %q", test.name, err, test.want)
		}
	}
}

func TestSurplus(t *testing.T) {
	p, err := latency.Open("t4")
	if err != nil {
		t.Fatal(err)
	}
	c := comparer{profile: p}
	a := graph.Kernel{Class: graph.KSoftmax, In: 8, Out: 8, COut: 3}
	renamed := a
	renamed.COut = 4 // which the latency of a softmax does not depend on
	b := graph.Kernel{Class: graph.KCopy, In: 1 << 20, Out: 1 << 20}
	got := c.surplus([]graph.Kernel{a, b, b}, []graph.Kernel{renamed, b})
	if len(got) != 1 || got[0].Class != graph.KCopy || got[0].Count != 1 || got[0].MS <= 0 {
		t.Errorf("%v", got)
	}
}

func TestReasonsAreForFamilies(t *testing.T) {
	present := map[string]bool{}
	for _, n := range reference.All() {
		present[n.Family] = true
	}
	for family := range reasons {
		if !present[family] {
			t.Errorf("no family %s", family)
		}
	}
}
