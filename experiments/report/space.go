package report

import (
	"fmt"
	"io"
	"math/big"
	"text/tabwriter"

	"github.com/trtnas/trtnas/space"
)

// SpacesSchema names the JSON format of a list of spaces.
const SpacesSchema = "trtnas.spaces/1"

// SpaceList is the list of built-in spaces.
type SpaceList struct {
	Schema string         `json:"schema"`
	Spaces []SpaceSummary `json:"spaces"`
}

// SpaceSummary is a space in a line.
type SpaceSummary struct {
	Name      string   `json:"name"`
	Genotypes *big.Int `json:"genotypes"`
	Summary   string   `json:"summary"`
}

var summaries = map[string]string{
	"trt-vit":  "BottleNecks early, MixBlockC late: depths, width, R, S and K (the default)",
	"open":     "any block in any stage",
	"paper":    "the lattice of TRT-ViT-A to D: R = 0.5, K = 7, stage 5 all MixBlockC",
	"paper-k3": "the same with K = 3",
}

// NewSpaceList summarises the spaces.
func NewSpaceList(spaces []*space.Space) SpaceList {
	l := SpaceList{Schema: SpacesSchema}
	for _, s := range spaces {
		l.Spaces = append(l.Spaces, SpaceSummary{s.Name, s.Genotypes(), summaries[s.Name]})
	}
	return l
}

// WriteText writes the list as a table.
func (l SpaceList) WriteText(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "space\tgenotypes\twhat it holds")
	for _, s := range l.Spaces {
		fmt.Fprintf(t, "%s\t%s\t%s\n", s.Name, scientific(s.Genotypes), s.Summary)
	}
	return t.Flush()
}

func scientific(n *big.Int) string {
	if n.IsInt64() && n.Int64() < 1e6 {
		return n.String()
	}
	return new(big.Float).SetInt(n).Text('g', 2)
}

// SpaceDetail is a space with all its choices.
type SpaceDetail struct {
	Schema string `json:"schema"`
	*space.Space
}

// NewSpaceDetail shows the space.
func NewSpaceDetail(s *space.Space) SpaceDetail { return SpaceDetail{space.Schema, s} }

// WriteText writes the choices by stage.
func (d SpaceDetail) WriteText(w io.Writer) error {
	fmt.Fprintf(w, "space %s: stem %s, attention reduced by %s\nwidth of stage 2, doubled by each later stage: %v\n\n", d.Name, d.Stem, d.Reduction, d.Widths)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "stage\tdepth\twidth x\tmixed block\tmixed\tR\tS\tK")
	for i, c := range d.Stages {
		fmt.Fprintf(t, "%d\t%s\t%v\t%v\t%s\t%v\t%v\t%v\n", i+2, ranged(c.Depth), c.Scale, c.Block, ranged(c.Mixed), c.R, c.S, c.K)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintln(w, "\nmixed: how many of the stage's last blocks are of the mixed kind; the others are BottleNecks")
	return err
}

// ranged writes consecutive numbers as a range.
func ranged(list []int) string {
	if len(list) == 1 && list[0] == space.All {
		return "all"
	}
	for i := range list {
		if list[i] != list[0]+i {
			return fmt.Sprint(list)
		}
	}
	if len(list) == 1 {
		return fmt.Sprint(list[0])
	}
	return fmt.Sprintf("%d..%d", list[0], list[len(list)-1])
}

// SpaceCountSchema names the JSON format of a space's size.
const SpaceCountSchema = "trtnas.space-count/1"

// SpaceCount is the size of a space.
type SpaceCount struct {
	Schema    string   `json:"schema"`
	Name      string   `json:"name"`
	Genotypes *big.Int `json:"genotypes"`
	Networks  *big.Int `json:"networks"`
}

// NewSpaceCount counts the space.
func NewSpaceCount(s *space.Space) SpaceCount {
	return SpaceCount{SpaceCountSchema, s.Name, s.Genotypes(), s.Networks()}
}

// WriteText writes the size.
func (c SpaceCount) WriteText(w io.Writer) error {
	_, err := fmt.Fprintf(w, "space %s: %v genotypes, %v different networks\n", c.Name, c.Genotypes, c.Networks)
	return err
}
