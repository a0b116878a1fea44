package accuracy

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"
	"text/tabwriter"

	"github.com/trtnas/trtnas/predictor"
)

// Distance is how the model does on a third of the networks of lines left out,
// by how far they lie from those that were left in.
type Distance struct {
	// Range of the mean distance to the three nearest networks, in standard
	// deviations of the features.
	Range      [2]float64 `json:"range"`
	Networks   int        `json:"networks"`
	MAE        float64    `json:"mae"`    // points of top-1
	Half90     float64    `json:"half90"` // mean half width of the 90 % interval, in points
	Coverage80 float64    `json:"coverage80"`
	Coverage90 float64    `json:"coverage90"`
}

// neighbours by which a network's distance is told: one may be a copy.
const neighbours = 3

// distance of a network from the rows.
func (m *Model) distance(f Features) float64 {
	p := m.scaling.features(f)
	all := make([]float64, len(m.points))
	for i := range m.points {
		all[i] = math.Sqrt(distance2(&p.x, &m.points[i].x))
	}
	slices.Sort(all)
	near := all[:min(neighbours, len(all))]
	sum := 0.0
	for _, d := range near {
		sum += d
	}
	return sum / float64(len(near))
}

// byDistance splits the networks into thirds by distance.
func (l *leftOut) byDistance() []Distance {
	order := make([]int, len(l.tested))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(l.distances[a], l.distances[b]) })
	var thirds []Distance
	for k := range 3 {
		third := order[k*len(order)/3 : (k+1)*len(order)/3]
		if len(third) > 0 {
			thirds = append(thirds, l.distanceOf(third))
		}
	}
	return thirds
}

func (l *leftOut) distanceOf(at []int) Distance {
	ps, rows := make([]Prediction, len(at)), pick(l.tested, at)
	half := 0.0
	for k, i := range at {
		ps[k] = l.model[i]
		half += halfWidth90 * ps[k].SD / float64(len(at))
	}
	return Distance{
		Networks: len(at), Range: [2]float64{l.distances[at[0]], l.distances[at[len(at)-1]]},
		MAE: predictor.MeanAbs(predictor.Errors(top1(ps), truth(rows))), Half90: half,
		Coverage80: coverage(ps, rows, Prediction.Interval), Coverage90: coverage(ps, rows, Prediction.Interval90),
	}
}

func (r *Report) writeDistances(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(t, "\nfrom the nearest left in\tnetworks\tMAE\thalf of 90 %% interval\tin 80 %% interval\tin 90 %% interval\t\n")
	for _, d := range r.Distances {
		fmt.Fprintf(t, "%.1f to %.1f sd\t%d\t%.2f\t%.2f\t%s\t%s\t\n", d.Range[0], d.Range[1], d.Networks, d.MAE, d.Half90, percent(d.Coverage80), percent(d.Coverage90))
	}
	return t.Flush()
}
