package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/store"
)

// TrainedSchema names the JSON format of what training a front's networks came
// to.
const TrainedSchema = "trtnas.trained/1"

// Label is the accuracy that a network reached in training, on its own images:
// it is no ImageNet top-1 unless they are ImageNet's.
type Label struct {
	Top1     *Estimate          `json:"top1,omitempty"`
	Epoch    int                `json:"epoch"`
	Images   int                `json:"images,omitempty"` // that it was counted on
	Failure  *evaluator.Failure `json:"failure,omitempty"`
	Training evaluator.Training `json:"training"`
}

// NewLabel gives a label's figures.
func NewLabel(l store.Labelled) Label {
	out := Label{Epoch: l.Epoch, Images: l.Images, Failure: l.Failure, Training: l.Training}
	if l.Failure == nil {
		a := l.Accuracy(l.Training.Source)
		out.Top1 = &Estimate{Value: digits(a.Value), Low: digits(a.Low), High: digits(a.High), Level: a.Level, Source: string(a.Source)}
	}
	return out
}

// LastLabels keeps the label of the greatest epoch of each training.
func LastLabels(labels []Label) []Label {
	var last []Label
	for _, l := range labels {
		same := func(o Label) bool { return o.Training.Key() == l.Training.Key() }
		if i := slices.IndexFunc(last, same); i < 0 {
			last = append(last, l)
		} else if l.Epoch > last[i].Epoch {
			last[i] = l
		}
	}
	return last
}

// Trained is what training networks of a front came to, the best first.
type Trained struct {
	Schema     string             `json:"schema"`
	Run        string             `json:"run"`
	Training   evaluator.Training `json:"training"`
	Networks   []Point            `json:"networks"` // with the one label of this training
	Comparison Comparison         `json:"comparison"`
}

// Comparison is how far the labels of one epoch agree with the estimates. Pairs
// within their intervals, or whose estimates are a tie, say nothing.
type Comparison struct {
	Epoch    int `json:"epoch"`
	Networks int `json:"networks"`
	Pairs    int `json:"pairs"`
	Differ   int `json:"differ"` // in label and in estimate
	Agree    int `json:"agree"`  // of those that differ
}

// tie is the gap in points below which estimates are one
// (predictor/accuracy).
const tie = 0.5

// Compare counts the pairs of networks whose labels at an epoch and whose
// estimates are in the same order.
func Compare(epoch int, points []Point, labels []Label) Comparison {
	c := Comparison{Epoch: epoch, Networks: len(points)}
	for i := range points {
		for j := range i {
			c.Pairs++
			by := order(labels[i].Top1, labels[j].Top1)
			estimates := points[i].Top1.Value - points[j].Top1.Value
			if by == 0 || estimates < tie && estimates > -tie {
				continue
			}
			c.Differ++
			if by > 0 == (estimates > 0) {
				c.Agree++
			}
		}
	}
	return c
}

// order is 0 for intervals that overlap.
func order(a, b *Estimate) int {
	switch {
	case a.Low > b.High:
		return 1
	case b.Low > a.High:
		return -1
	}
	return 0
}

// NewTrained puts those that came further first, and of these the better.
func NewTrained(run string, t evaluator.Training, points []Point, c Comparison) Trained {
	slices.SortStableFunc(points, func(a, b Point) int { return compareLabels(a.Labels[0], b.Labels[0]) })
	return Trained{Schema: TrainedSchema, Run: run, Training: t, Networks: points, Comparison: c}
}

func compareLabels(a, b Label) int {
	value := func(l Label) float64 {
		if l.Top1 == nil {
			return -1
		}
		return l.Top1.Value
	}
	failed := func(l Label) int {
		if l.Failure != nil {
			return 1
		}
		return 0
	}
	return cmp.Or(failed(a)-failed(b), b.Epoch-a.Epoch, cmp.Compare(value(b), value(a)))
}

// WriteText writes the outcome as a table.
func (t Trained) WriteText(w io.Writer) error {
	fmt.Fprintf(w, "Networks of run %s ", t.Run)
	if err := writeTraining(w, t.Training, t.Networks); err != nil {
		return err
	}
	c := t.Comparison
	_, err := fmt.Fprintf(w, "\nAt epoch %d, which %d networks have in common, %d of %d pairs differ by more than their intervals, and in the estimate by %g points or more; "+
		"the estimate has %d of these in the same order.\n%s\n", c.Epoch, c.Networks, c.Differ, c.Pairs, tie, c.Agree, LabelLegend)
	return err
}

// LabelLegend says what a label is and is not.
const LabelLegend = "A label is the top-1 accuracy on the validation images of its own data, after its own epochs: no ImageNet top-1, and comparable\n" +
	"only within its training. Its interval is that of the number of images; another seed may differ by more. Overlapping intervals are ties."

// writeTraining writes the networks' labels of one training, which points have
// as their only one.
func writeTraining(w io.Writer, t evaluator.Training, points []Point) error {
	fmt.Fprintf(w, "trained on %s, %d images and %d to validate, by %s: %d epochs at %dx%d, seed %d\n\n",
		t.DataName(), t.Images, t.Validation, t.Recipe, t.Epochs, t.Resolution, t.Resolution, t.Seed)
	tab := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(tab, "id\tepoch\tlabel\t%.0f %%\tlabelled\ttop-1\t%.0f %%\taccuracy\tms\tstages\n", 100*evaluator.LabelLevel, 100*evaluator.LabelLevel)
	for _, p := range points {
		l := p.Labels[0]
		label := "-\t-\tfailed"
		if l.Top1 != nil {
			label = l.Top1.cell()
		}
		estimate := "-\t-\t-"
		if p.Top1 != nil {
			estimate = p.Top1.cell()
		}
		fmt.Fprintf(tab, "%s\t%d of %d\t%s\t%s\t%.2f\t%s\n", p.ID, l.Epoch, t.Epochs, label, estimate, p.Latency.Value, Rows(p.Stages))
	}
	if err := tab.Flush(); err != nil {
		return err
	}
	for _, p := range points {
		if f := p.Labels[0].Failure; f != nil {
			fmt.Fprintf(w, "%s: %s: %s\n", p.ID, f.Class, f.Message)
		}
	}
	return nil
}

// writeLabels writes what is known of the front's networks by training, one
// table for each training.
func (f Front) writeLabels(w io.Writer) error {
	var trainings []evaluator.Training
	of := map[string][]Point{}
	for _, p := range f.Points {
		for _, l := range p.Labels {
			key := l.Training.Key()
			if of[key] == nil {
				trainings = append(trainings, l.Training)
			}
			p.Labels = []Label{l}
			of[key] = append(of[key], p)
		}
	}
	for _, t := range trainings {
		points := of[t.Key()]
		slices.SortStableFunc(points, func(a, b Point) int { return compareLabels(a.Labels[0], b.Labels[0]) })
		fmt.Fprintf(w, "\n%d of them ", len(points))
		if err := writeTraining(w, t, points); err != nil {
			return err
		}
	}
	if len(trainings) > 0 {
		fmt.Fprintf(w, "\n%s\n", LabelLegend)
	}
	return nil
}
