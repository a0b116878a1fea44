package report

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/trtnas/trtnas/predictor/accuracy"
)

// Worth is how much results of a user's own tell the accuracy model, by
// published ones in their place, and how diverse spaces are beside these.
type Worth struct {
	accuracy.Worth
	Spaces []SpaceSpread `json:"spaces"`
}

// SpaceSpread is how far apart networks of a space are that were drawn at random.
type SpaceSpread struct {
	Space    string          `json:"space"`
	Networks int             `json:"networks"`
	Spread   accuracy.Spread `json:"spread"`
}

// WriteText writes the tables for people.
func (w Worth) WriteText(to io.Writer) error {
	if err := w.Worth.WriteText(to); err != nil {
		return err
	}
	fmt.Fprintln(to, "\nNetworks drawn at random from the built-in spaces, within the range of the model")
	t := tabwriter.NewWriter(to, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "\nspace\tnetworks\tapart\tFLOPs-matched\t")
	for _, s := range w.Spaces {
		fmt.Fprintf(t, "%s\t%d\t%s\t\n", s.Space, s.Networks, s.Spread.Cells())
	}
	return t.Flush()
}
