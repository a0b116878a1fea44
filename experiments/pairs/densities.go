package main

import (
	"fmt"

	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/space/graph"
)

// Density is a block at the four resolutions of a network.
type Density struct {
	Block string
	MS    [4]string
	rate  [4]float64
	Rate  [4]string // GMAC/s, MACs of one image over the time of a batch, as the paper seems to count
}

// densities of the paper's blocks (its table 1), each from as many channels to
// as many, those of ResNet's stages; R is one half, S 1 and K 3.
func (m model) densities() ([]Density, error) {
	var all []Density
	for _, k := range []space.Block{space.BottleNeck, space.Transformer, space.MixBlockA, space.MixBlockB, space.MixBlockC} {
		d := Density{Block: k.String()}
		for i := range 4 {
			g, err := block(k, i, m.Batch)
			if err != nil {
				return nil, err
			}
			ms := m.ms(g)
			d.MS[i] = fmt.Sprintf("%.2f", ms)
			d.rate[i] = float64(g.MACs()) / 1e6 / ms
			d.Rate[i] = fmt.Sprintf("%.0f", d.rate[i])
		}
		all = append(all, d)
	}
	return all, nil
}

// contrast is how much denser a is than b at each resolution.
func contrast(a, b Density) (ratios [4]string) {
	for i := range ratios {
		ratios[i] = fmt.Sprintf("%.1f", a.rate[i]/b.rate[i])
	}
	return ratios
}

// block lowers the second of two blocks of stage i, which keeps the shape.
func block(k space.Block, i, batch int) (*graph.Graph, error) {
	a := space.Arch{}
	for j := range a.Stages {
		a.Stages[j] = space.Stage{Depth: 1, Width: 256 << j}
	}
	a.Stages[i] = space.Stage{Depth: 2, Width: 256 << i, Block: k, Mixed: 1, R: 0.5, S: 1, K: 3}
	a = a.Canonical()
	parts := a.Parts(false)
	side := 56 >> i
	return parts[1+i+1].Lower(graph.Shape{batch, 256 << i, side, side}) // behind the stem and a block of each stage before
}
