package study

import (
	"context"
	"fmt"
	"math"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/space"
)

// density is the paper's table 1: how much each kind of block computes, and how
// many parameters it holds, for the time that it takes at each resolution.
var density = Study{
	Name:     "density",
	Question: "Which blocks compute most for their time, at which resolution?",
	run:      runDensity,
}

// sides are the feature maps of stages 2 to 5 at 224x224.
var sides = [4]string{"56x56", "28x28", "14x14", "7x7"}

// variant is a kind of block at each stage's width. The paper's own widths are
// not known.
type variant struct {
	name  string
	stage func(i int) space.Stage // its blocks as a stage; Depth and Mixed are left open
}

// Widths are ResNet's; a Transformer is as wide as the one in a MixBlock, as in
// the MixNets, and beside it as wide as the BottleNeck, or as PVT's.
var variants = []variant{
	{"BottleNeck", func(i int) space.Stage { return space.Stage{Width: 256 << i, S: 1, K: 3} }},
	{"Transformer", func(i int) space.Stage { return transformer(128<<i, 1) }},
	{"Transformer, as wide as BottleNeck", func(i int) space.Stage { return transformer(256<<i, 1) }},
	{"Transformer, as in PVT", func(i int) space.Stage { return transformer([4]int{64, 128, 320, 512}[i], 8>>i) }},
	{"MixBlockA", func(i int) space.Stage { return mixBlock(space.MixBlockA, i) }},
	{"MixBlockB", func(i int) space.Stage { return mixBlock(space.MixBlockB, i) }},
	{"MixBlockC", func(i int) space.Stage { return mixBlock(space.MixBlockC, i) }},
}

func transformer(width, s int) space.Stage {
	return space.Stage{Width: width, Block: space.Transformer, R: 1, S: s, K: 3}
}

func mixBlock(kind space.Block, i int) space.Stage {
	return space.Stage{Width: 256 << i, Block: kind, R: 0.5, S: 1, K: 3}
}

// More blocks in one of two networks that are else alike: their difference,
// over their number, is what a block costs inside a network.
const more = 4

// stack is a network of which stage i has a BottleNeck and n of the blocks.
func (v variant) stack(i, n int) space.Arch {
	a := space.Arch{Reduction: space.Conv}
	for j := range a.Stages {
		a.Stages[j] = space.Stage{Depth: 1, Width: 256 << j, S: 1, K: 3}
	}
	a.Stages[i] = v.stage(i)
	a.Stages[i].Depth, a.Stages[i].Mixed = n+1, n
	return a.Canonical()
}

// cost is what one block takes.
type cost struct {
	ms           interval
	macs, params float64
}

func (c cost) rate() interval { return per(c.macs/1e6, c.ms) } // GMAC/s

func (c cost) capacity() interval { return per(c.params/1e6, c.ms) } // G parameters/s

// costOf is a block's cost. The interval of a prediction is as wide as the
// networks', since they err alike; that of a measurement is of two independent
// ones.
func costOf(few, many evaluator.Score) cost {
	c := cost{macs: float64(many.MACs-few.MACs) / more, params: float64(many.Params-few.Params) / more}
	a, b := latencyOf(few.Latency), latencyOf(many.Latency)
	c.ms.value = (b.value - a.value) / more
	if many.Latency.Source == evaluator.LatencyPredicted {
		factor := math.Exp(b.spread())
		c.ms.low, c.ms.high = c.ms.value/factor, c.ms.value*factor
		return c
	}
	half := math.Hypot(a.high-a.low, b.high-b.low) / 2 / more
	c.ms.low, c.ms.high = max(c.ms.value-half, 1e-6), c.ms.value+half // a block takes some time
	return c
}

// costs are those of each variant in each stage.
func (s *Subject) costs(ctx context.Context) (all [][4]cost, source evaluator.LatencySource, err error) {
	d, err := s.device(ctx, paperSpec)
	if err != nil {
		return nil, "", err
	}
	for _, v := range variants {
		var archs []space.Arch
		for i := range sides {
			archs = append(archs, v.stack(i, 1), v.stack(i, 1+more))
		}
		results, err := s.archs(ctx, d, archs)
		if err != nil {
			return nil, "", err
		}
		var of [4]cost
		for i := range of {
			few, many := results[2*i], results[2*i+1]
			for _, r := range []evaluator.Result{few, many} {
				if r.Failure != nil {
					return nil, "", fmt.Errorf("%s at %s: %s: %s", v.name, sides[i], r.Failure.Class, r.Failure.Message)
				}
			}
			of[i], source = costOf(few.Score, many.Score), many.Score.Latency.Source
		}
		all = append(all, of)
	}
	return all, source, nil
}

func runDensity(ctx context.Context, s *Subject) (Result, error) {
	all, source, err := s.costs(ctx)
	if err != nil {
		return Result{}, err
	}
	figures := Table{Name: "density", Header: []string{"block", "map", "ms", "80 % interval", "source", "GMAC", "M params", "GMAC/s", "G params/s"}}
	plot := Plot{Name: "density", Title: "Density of blocks", X: Axis{Label: "side of the feature map, px", Log: true, Ticks: []float64{7, 14, 28, 56}}, Y: Axis{Label: "GMAC/s", Log: true}}
	for v, of := range all {
		line := Series{Name: variants[v].name, Line: true}
		for i, c := range of {
			figures.add(variants[v].name, sides[i], fmt.Sprintf("%.3f", c.ms.value), fmt.Sprintf("%.3f to %.3f", c.ms.low, c.ms.high), string(source),
				fmt.Sprintf("%.3f", c.macs/1e9), fmt.Sprintf("%.2f", c.params/1e6), fmt.Sprintf("%.0f", c.rate().value), fmt.Sprintf("%.2f", c.capacity().value))
			line.Points = append(line.Points, Point{X: float64(int(56) >> i), Y: c.rate().value})
		}
		plot.Series = append(plot.Series, line)
	}
	return Result{
		Notes: []string{
			"A block costs what a network with more of them takes longer, over their number. GMAC/s are the MACs of one image over the latency of a batch: the unit in which " +
				"the paper's figures are possible on a T4. Its widths are not known; here a BottleNeck has 256 to 2048 channels, a MixBlock too, and a Transformer half as many, as in a MixBlock (R 0.5, S 1, K 3). " +
				"Two more readings stand beside it.",
		},
		Tables: []Table{figures, readings(all)},
		Plots:  []Plot{plot},
		Claims: densityClaims(all, s.Device == publishedDevice),
	}, nil
}

// readings are how much denser a BottleNeck is than each reading of the
// Transformer.
func readings(all [][4]cost) Table {
	t := Table{Name: "density-ratios", Title: "BottleNeck's GMAC/s over Transformer's (published: 4.67 at 56x56, 1.12 at 7x7):", Header: append([]string{"Transformer"}, sides[:]...)}
	for v := 1; v <= 3; v++ {
		row := []string{variants[v].name}
		for i := range sides {
			row = append(row, all[0][i].rate().over(all[v][i].rate(), alien).text(2))
		}
		t.add(row...)
	}
	return t
}

// Figures of the paper's table 1, as its text repeats them.
const (
	bottleNeck56, transformer56 = 378, 81
	bottleNeck7, transformer7   = 670, 599
)

// densityClaims judges the paper's. Its own figures are only of its own device.
func densityClaims(all [][4]cost, papers bool) []Claim {
	bottleNeck, plain, mixA, mixB, mixC := all[0], all[1], all[4], all[5], all[6]
	ratio := func(a, b [4]cost, i int) interval { return a[i].rate().over(b[i].rate(), alien) }
	var everywhere []Verdict
	for i := range sides {
		everywhere = append(everywhere, above(ratio(bottleNeck, plain, i), 1))
	}
	shrinks := ratio(bottleNeck, plain, 0).over(ratio(bottleNeck, plain, 3), akin)
	holds := func(kind [4]cost) interval { return kind[3].capacity().over(kind[0].capacity(), akin) }
	claims := []Claim{
		valueClaim("BottleNeck to Transformer in TeraFLOPS at 56x56", bottleNeck56/float64(transformer56), ratio(bottleNeck, plain, 0)),
		valueClaim("BottleNeck to Transformer in TeraFLOPS at 7x7", bottleNeck7/float64(transformer7), ratio(bottleNeck, plain, 3)),
		{"BottleNeck above Transformer in TeraFLOPS at every resolution", "4.67x to 1.12x",
			fmt.Sprintf("%.2fx, %.2fx, %.2fx, %.2fx", ratio(bottleNeck, plain, 0).value, ratio(bottleNeck, plain, 1).value, ratio(bottleNeck, plain, 2).value, ratio(bottleNeck, plain, 3).value), worst(everywhere...)},
		ratioClaim("The gap shrinks from 56x56 to 7x7", "4.17x", shrinks),
		ratioClaim("TeraParams of BottleNeck rise in late stages (7x7 over 56x56)", "above 1", holds(bottleNeck)),
		ratioClaim("TeraParams of Transformer rise in late stages (7x7 over 56x56)", "above 1", holds(plain)),
	}
	if papers {
		claims = append(claims,
			figureClaim("BottleNeck at 56x56", " GMAC/s", 0, bottleNeck56, bottleNeck[0].rate()),
			figureClaim("Transformer at 56x56", " GMAC/s", 0, transformer56, plain[0].rate()),
			figureClaim("BottleNeck at 7x7", " GMAC/s", 0, bottleNeck7, bottleNeck[3].rate()),
			figureClaim("Transformer at 7x7", " GMAC/s", 0, transformer7, plain[3].rate()))
	}
	for _, m := range []struct {
		name string
		of   [4]cost
	}{{"MixBlockA", mixA}, {"MixBlockB", mixB}} {
		claims = append(claims,
			ratioClaim(m.name+" above Transformer in TeraFLOPS (7x7)", "above 1", m.of[3].rate().over(plain[3].rate(), akin)),
			ratioClaim(m.name+" above Transformer in TeraParams (7x7)", "above 1", m.of[3].capacity().over(plain[3].capacity(), akin)))
	}
	return append(claims, equalClaim("MixBlockC as dense as MixBlockB in TeraFLOPS (7x7)", mixC[3].rate().over(mixB[3].rate(), akin)))
}
