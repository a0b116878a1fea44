// Package reference holds published networks as tables, one family a file.
// They stand beside every search as points of comparison.
package reference

import (
	"fmt"
	"sort"
	"strings"

	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/space/graph"
)

// Definition says how far a network's structure is known.
type Definition string

// The degrees of knowledge.
const (
	Public        Definition = "public"        // the authors published code or all figures
	Reconstructed Definition = "reconstructed" // solved for from published totals
	Assumed       Definition = "assumed"       // the paper leaves it open; our reading
)

// Published are figures that others published. Within is the rounding of the
// published text: half a unit of its last digit. Zero figures were not
// published.
type Published struct {
	Params, ParamsWithin int64
	MACs, MACsWithin     int64 // multiply-accumulates at 224x224
	Source               string
}

// Network is a published network.
type Network struct {
	Name       string
	Family     string
	Definition Definition
	Note       string // what was reconstructed or assumed
	Published  Published
	Rows       []space.Stage // the stages as a search would write them; S and R as far as they apply
	Arch       *space.Arch   // where the blocks of space describe it exactly
	NoPyramid  bool          // has no feature maps at several strides
	lower      func(space.Input) (*graph.Graph, error)
}

// ID names the network as space.Arch.ID does.
func (n Network) ID() string {
	if n.Arch != nil {
		return n.Arch.ID()
	}
	return space.Hash([]byte("trtnas.reference/1 " + n.Name))
}

// Lower gives the network's graph.
func (n Network) Lower(in space.Input) (*graph.Graph, error) {
	if in.Features && n.NoPyramid {
		return nil, fmt.Errorf("%s: has no feature maps at several strides", n.Name)
	}
	lower := n.lower
	if n.Arch != nil {
		lower = n.Arch.Lower
	}
	g, err := lower(in)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", n.Name, err)
	}
	return g, nil
}

// All lists the networks by family and size.
func All() []Network {
	var all []Network
	for _, family := range [][]Network{resnets(), vits(), pvts(), mixnets(), trtvits(), pvtv2s(), twinses(), swins(), cswins(), cvts(), uniformers(), nextvits(), cmts(),
		resnexts(), regnets(), convnexts(), replknets(), poolformers(),
		efficientnets(), efficientformers(), mobilevits(), coatnets(),
	} {
		all = append(all, family...)
	}
	return all
}

// Find returns the network of that name, in any case.
func Find(name string) (Network, error) {
	var near []string
	for _, n := range All() {
		if strings.EqualFold(n.Name, name) {
			return n, nil
		}
		near = append(near, n.Name)
	}
	sort.SliceStable(near, func(i, j int) bool { return distance(near[i], name) < distance(near[j], name) })
	return Network{}, fmt.Errorf("unknown network %q: did you mean %s? `trtnas arch list` shows all", name, strings.Join(near[:3], ", "))
}

// distance is the Levenshtein distance, ignoring case.
func distance(a, b string) int {
	a, b = strings.ToLower(a), strings.ToLower(b)
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diag := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diag
			if a[i] != b[j] {
				cost++
			}
			diag, row[j+1] = row[j+1], min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// pyramid writes a ResNet-like network as an architecture.
func pyramid(stem space.Stem, red space.Reduction, stages [4]space.Stage) *space.Arch {
	a := space.Arch{Stem: stem, Reduction: red, Stages: stages}.Canonical()
	return &a
}

func fromArch(n Network) Network {
	n.Rows = n.Arch.Stages[:]
	return n
}
