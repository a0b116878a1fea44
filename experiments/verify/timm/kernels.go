package main

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/trtnas/trtnas/space/graph"
)

// Surplus is a kernel that one graph has more often than the other.
type Surplus struct {
	graph.Kernel
	Count int     // times in timm's graph beyond those in ours
	MS    float64 // that they add
}

// surplus lists how the kernels of timm's graph differ from ours.
func (c *comparer) surplus(theirs, ours []graph.Kernel) []Surplus {
	count := map[graph.Kernel]int{}
	for _, k := range theirs {
		count[essence(k)]++
	}
	for _, k := range ours {
		count[essence(k)]--
	}
	var all []Surplus
	for k, n := range count {
		if n != 0 {
			all = append(all, Surplus{k, n, float64(n) * c.profile.Constants.KernelTime(&k, c.profile.Batch)})
		}
	}
	slices.SortFunc(all, func(a, b Surplus) int {
		return cmp.Or(cmp.Compare(math.Abs(b.MS), math.Abs(a.MS)), strings.Compare(a.String(), b.String()))
	})
	return all
}

// essence keeps what the latency model reads of a kernel.
func essence(k graph.Kernel) graph.Kernel {
	e := graph.Kernel{Class: k.Class, MACs: k.MACs, In: k.In, Out: k.Out, Weights: k.Weights}
	switch k.Class {
	case graph.KConv, graph.KPointwise, graph.KGroup, graph.KGEMM, graph.KFC:
		e.CIn, e.COut, e.M, e.K = k.CIn, k.COut, k.M, k.K
	case graph.KBMM:
		e.M, e.N, e.K, e.Count = k.M, k.N, k.K, k.Count
	}
	return e
}

// String says how often what kernel is there, and what that costs.
func (s Surplus) String() string {
	return fmt.Sprintf("%+d %s %d to %d elements (%+.3f ms)", s.Count, s.Class, s.In, s.Out, s.MS)
}

// Differs sums up by class what timm's graph has more or less of.
func (r Row) Differs() string {
	var count [graph.NumClasses]int
	var ms [graph.NumClasses]float64
	for _, s := range r.Surplus {
		count[s.Class] += s.Count
		ms[s.Class] += s.MS
	}
	var parts []string
	for c, n := range count {
		if n != 0 || ms[c] != 0 {
			parts = append(parts, fmt.Sprintf("%+d %s (%+.2f ms)", n, names[graph.Class(c)], ms[c]))
		}
	}
	return strings.Join(parts, ", ")
}

// names of the classes that have turned up; others go by their short ones.
var names = map[graph.Class]string{graph.KElementwise: "pointwise", graph.KCopy: "copies"}

// listing has every kernel that differs, a line each.
func (r Row) listing() string {
	var b strings.Builder
	for _, s := range r.Surplus {
		fmt.Fprintln(&b, "  ", s)
	}
	return b.String()
}
