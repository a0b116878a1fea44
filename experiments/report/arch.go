package report

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/space/graph"
	"github.com/trtnas/trtnas/space/reference"
)

// ArchsSchema names the JSON format of a list of published networks.
const ArchsSchema = "trtnas.archs/1"

// ArchList is a list of published networks.
type ArchList struct {
	Schema   string `json:"schema"`
	Networks []Arch `json:"networks"`
}

// Arch is a published network with its counts at 224x224.
type Arch struct {
	Name        string               `json:"name"`
	Family      string               `json:"family"`
	Definition  reference.Definition `json:"definition"`
	Note        string               `json:"note,omitempty"`
	ID          string               `json:"id"`
	Params      int64                `json:"params"`
	MACs        int64                `json:"macs"`
	Activations int64                `json:"activations"`
	Stages      []space.Stage        `json:"stages"`
}

// imagenet is the input at which networks are counted.
var imagenet = space.Input{Batch: 1, Height: 224, Width: 224}

func newArch(n reference.Network) (Arch, *graph.Graph, error) {
	g, err := n.Lower(imagenet)
	if err != nil {
		return Arch{}, nil, err
	}
	return Arch{
		Name: n.Name, Family: n.Family, Definition: n.Definition, Note: n.Note, ID: n.ID(),
		Params: g.Params(), MACs: g.MACs(), Activations: g.Activations(), Stages: n.Rows,
	}, g, nil
}

// NewArchList counts the networks.
func NewArchList(networks []reference.Network) (ArchList, error) {
	l := ArchList{Schema: ArchsSchema}
	for _, n := range networks {
		a, _, err := newArch(n)
		if err != nil {
			return l, err
		}
		l.Networks = append(l.Networks, a)
	}
	return l, nil
}

// WriteText writes the list as a table.
func (l ArchList) WriteText(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "network\tfamily\tparams\tMACs\tdefinition\tstages\tnote")
	for _, a := range l.Networks {
		fmt.Fprintf(t, "%s\t%s\t%.2f M\t%.2f G\t%s\t%s\t%s\n", a.Name, a.Family, float64(a.Params)/1e6, float64(a.MACs)/1e9, a.Definition, Rows(a.Stages), a.Note)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\nfor one image of 224x224; %s\n", Legend)
	return err
}

// ArchSchema names the JSON format of one published network.
const ArchSchema = "trtnas.arch/1"

// ArchDetail is one published network with its parts by stage.
type ArchDetail struct {
	Schema string `json:"schema"`
	Arch
	Published *Counts     `json:"published,omitempty"`
	ByStage   []StageCost `json:"by_stage"`
}

// Counts are published parameters and MACs.
type Counts struct {
	Params int64  `json:"params"`
	MACs   int64  `json:"macs"`
	Source string `json:"source"`
}

// StageCost is a stage's share; stage 1 is the stem, 0 the head.
type StageCost struct {
	Stage   int   `json:"stage"`
	Params  int64 `json:"params"`
	MACs    int64 `json:"macs"`
	Kernels int   `json:"kernels"`
}

// NewArchDetail counts the network by stage.
func NewArchDetail(n reference.Network) (ArchDetail, error) {
	a, g, err := newArch(n)
	if err != nil {
		return ArchDetail{}, err
	}
	d := ArchDetail{Schema: ArchSchema, Arch: a}
	if p := n.Published; p.Params > 0 {
		d.Published = &Counts{p.Params, p.MACs, p.Source}
	}
	costs := map[int]*StageCost{}
	for _, stage := range []int{1, 2, 3, 4, 5, 0} {
		costs[stage] = &StageCost{Stage: stage}
	}
	for _, node := range g.Nodes {
		costs[node.Stage].Params += node.Params()
		costs[node.Stage].MACs += node.MACs()
	}
	for _, k := range g.Kernels() {
		costs[k.Node.Stage].Kernels++
	}
	for _, stage := range []int{1, 2, 3, 4, 5, 0} {
		if *costs[stage] != (StageCost{Stage: stage}) {
			d.ByStage = append(d.ByStage, *costs[stage])
		}
	}
	return d, nil
}

// WriteText writes the network as a table by stage.
func (d ArchDetail) WriteText(w io.Writer) error {
	fmt.Fprintf(w, "%s (%s), definition %s", d.Name, d.Family, d.Definition)
	if d.Note != "" {
		fmt.Fprintf(w, ": %s", d.Note)
	}
	fmt.Fprintf(w, "\n%s\n%d parameters, %d MACs at 224x224\n", Rows(d.Stages), d.Params, d.MACs)
	if d.Published != nil {
		fmt.Fprintf(w, "published: %d parameters, %d MACs (%s)\n", d.Published.Params, d.Published.MACs, d.Published.Source)
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "\nstage\tparams\tMACs\tkernels")
	for _, s := range d.ByStage {
		fmt.Fprintf(t, "%s\t%.2f M\t%.3f G\t%d\n", stageName(s.Stage), float64(s.Params)/1e6, float64(s.MACs)/1e9, s.Kernels)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\n%s\n", Legend)
	return err
}

func stageName(stage int) string {
	switch stage {
	case 0:
		return "head"
	case 1:
		return "1 (stem)"
	}
	return fmt.Sprintf("%d (1/%d)", stage, 1<<stage)
}
