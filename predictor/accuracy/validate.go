package accuracy

import (
	"fmt"
	"io"
	"math"
	"slices"
	"text/tabwriter"

	"gonum.org/v1/gonum/mat"

	"github.com/trtnas/trtnas/predictor"
)

// Report is how well the model and the baselines predict the r300 networks
// when those were left out.
type Report struct {
	Networks   int          `json:"networks"` // of the recipe r300
	Families   int          `json:"families"`
	NetworkOut []Scores     `json:"network_out"` // a network at a time, under all its recipes
	FamilyOut  []Scores     `json:"family_out"`  // a family and its kin at a time
	SuperOut   []Scores     `json:"super_out"`   // a line of families at a time
	ByFamily   []FamilyBias `json:"by_family"`   // of the model, families left out
}

// Scores of one model. Errors are in points of top-1.
type Scores struct {
	Model      string  `json:"model"`
	MAE        float64 `json:"mae"`
	MedianAE   float64 `json:"median_ae"`
	Tau        float64 `json:"tau"`
	MatchedTau float64 `json:"flops_matched_tau"` // over pairs within 15 % MACs
	// Coverage of the intervals that are meant to hold 80 and 90 %; a baseline
	// has none.
	Coverage80 float64 `json:"coverage80,omitempty"`
	Coverage90 float64 `json:"coverage90,omitempty"`
}

// FamilyBias is a family's mean signed error.
type FamilyBias struct {
	Family   string  `json:"family"`
	Networks int     `json:"networks"`
	Bias     float64 `json:"bias"` // predicted minus published
}

// matched is how close the MACs of a pair are for the FLOPs-matched tau.
const matched = 0.15

// halfWidth90 standard deviations hold 90 % of networks left out.
const halfWidth90 = 1.8

// CrossValidate judges the model on the embedded rows.
func CrossValidate() (Report, error) { return crossValidate(Rows()) }

func crossValidate(rows []Row) (Report, error) {
	var r Report
	for _, row := range rows {
		if row.Recipe == r300 {
			r.Networks++
		}
	}
	kin := func(row Row) string { return row.Kin }
	splits := []struct {
		to  *[]Scores
		key func(Row) string
	}{
		{&r.NetworkOut, func(row Row) string { return architecture(row.Name) }},
		{&r.FamilyOut, kin},
		{&r.SuperOut, func(row Row) string { return row.Super }},
	}
	for _, s := range splits {
		p, err := leaveOut(rows, s.key)
		if err != nil {
			return r, err
		}
		*s.to = p.scores()
		if s.to == &r.FamilyOut {
			r.ByFamily = p.bias(kin)
			r.Families = len(r.ByFamily)
		}
	}
	return r, nil
}

// architecture is a row's name without its recipe, such as resnet50.
func architecture(name string) string {
	for i, c := range name {
		if c == '.' {
			return name[:i]
		}
	}
	return name
}

// predictions of the networks left out, in the order of tested.
type predictions struct {
	tested []Row
	model  []Prediction
	lines  [][]float64 // by baseline
}

// baseline predicts by a straight line on one figure.
type baseline struct {
	name string
	x    func(Row) float64
}

var baselines = []baseline{
	{"MACs", func(r Row) float64 { return math.Log(r.MACs) }},
	{"params", func(r Row) float64 { return math.Log(r.Params) }},
	{"params+acts", func(r Row) float64 { return math.Log(r.Params) + math.Log(r.Activations) }},
}

func leaveOut(rows []Row, key func(Row) string) (predictions, error) {
	var p predictions
	p.lines = make([][]float64, len(baselines))
	var done []string
	for _, row := range rows {
		k := key(row)
		if slices.Contains(done, k) {
			continue
		}
		done = append(done, k)
		var train, test []Row
		for _, r := range rows {
			switch {
			case key(r) != k:
				train = append(train, r)
			case r.Recipe == r300:
				test = append(test, r)
			}
		}
		if err := p.predict(train, test); err != nil {
			return p, fmt.Errorf("without %s: %w", k, err)
		}
	}
	return p, nil
}

func (p *predictions) predict(train, test []Row) error {
	if len(test) == 0 {
		return nil
	}
	m, err := Fit(train)
	if err != nil {
		return err
	}
	fs, out := make([]Features, len(test)), make([]Prediction, len(test))
	for i, r := range test {
		fs[i] = r.features
	}
	m.PredictBatch(fs, out)
	p.tested, p.model = append(p.tested, test...), append(p.model, out...)
	for i, b := range baselines {
		line, err := fitLine(train, b.x)
		if err != nil {
			return err
		}
		for _, r := range test {
			p.lines[i] = append(p.lines[i], 100-math.Exp(-(line[0]+line[1]*b.x(r))))
		}
	}
	return nil
}

// fitLine regresses the target of the r300 rows on x.
func fitLine(rows []Row, x func(Row) float64) ([2]float64, error) {
	var a, y []float64
	for _, r := range rows {
		if r.Recipe == r300 {
			a, y = append(a, 1, x(r)), append(y, target(r.Top1))
		}
	}
	var c mat.VecDense
	if err := c.SolveVec(mat.NewDense(len(y), 2, a), mat.NewVecDense(len(y), y)); err != nil {
		return [2]float64{}, err
	}
	return [2]float64{c.AtVec(0), c.AtVec(1)}, nil
}

func (p *predictions) scores() []Scores {
	values := make([]float64, len(p.model))
	inner, outer := make([]predictor.Estimate, len(p.model)), make([]predictor.Estimate, len(p.model))
	for i, q := range p.model {
		values[i], inner[i] = q.Top1, q.Interval()
		half := max(halfWidth90*q.SD, leastHalf*halfWidth90/halfWidth)
		outer[i] = predictor.Estimate{Low: q.Top1 - half, High: q.Top1 + half}
	}
	s := p.score("AVG3", values)
	s.Coverage80, s.Coverage90 = predictor.Coverage(inner, p.truth()), predictor.Coverage(outer, p.truth())
	all := []Scores{s}
	for i, b := range baselines {
		all = append(all, p.score(b.name, p.lines[i]))
	}
	return all
}

func (p *predictions) truth() []float64 {
	t := make([]float64, len(p.tested))
	for i, r := range p.tested {
		t[i] = r.Top1
	}
	return t
}

func (p *predictions) score(name string, values []float64) Scores {
	e := predictor.Errors(values, p.truth())
	return Scores{
		Model: name, MAE: predictor.MeanAbs(e), MedianAE: predictor.QuantileAbs(e, 0.5),
		Tau: predictor.KendallTau(values, p.truth()), MatchedTau: p.matchedTau(values),
	}
}

// matchedTau is Kendall's tau over pairs of about equal MACs, which is what
// counts within a budget.
func (p *predictions) matchedTau(values []float64) float64 {
	var score, pairs float64
	for i, a := range p.tested {
		for j, b := range p.tested[:i] {
			if max(a.MACs, b.MACs) > (1+matched)*min(a.MACs, b.MACs) || a.Top1 == b.Top1 {
				continue
			}
			pairs++
			switch d := (a.Top1 - b.Top1) * (values[i] - values[j]); {
			case d > 0:
				score++
			case d < 0:
				score--
			}
		}
	}
	return score / pairs
}

func (p *predictions) bias(key func(Row) string) []FamilyBias {
	var all []FamilyBias
	for i, r := range p.tested {
		at := slices.IndexFunc(all, func(f FamilyBias) bool { return f.Family == key(r) })
		if at < 0 {
			at, all = len(all), append(all, FamilyBias{Family: key(r)})
		}
		f := &all[at]
		f.Bias = (f.Bias*float64(f.Networks) + p.model[i].Top1 - r.Top1) / float64(f.Networks+1)
		f.Networks++
	}
	slices.SortStableFunc(all, func(a, b FamilyBias) int {
		switch {
		case a.Bias < b.Bias:
			return -1
		case a.Bias > b.Bias:
			return 1
		}
		return 0
	})
	return all
}

// WriteText writes the report as aligned tables.
func (r *Report) WriteText(w io.Writer) error {
	fmt.Fprintf(w, "%d networks of %d families, trained alike (300 epochs); errors in points of top-1\n", r.Networks, r.Families)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	for _, s := range []struct {
		title  string
		scores []Scores
	}{{"leave one network out", r.NetworkOut}, {"leave one family out", r.FamilyOut}, {"leave one super-family out", r.SuperOut}} {
		fmt.Fprintf(t, "\n%s\tMAE\tmedian\ttau\tFLOPs-matched tau\tin 80 %% interval\tin 90 %% interval\t\n", s.title)
		for _, x := range s.scores {
			fmt.Fprintf(t, "%s\t%.2f\t%.2f\t%.2f\t%.2f\t%s\t%s\t\n", x.Model, x.MAE, x.MedianAE, x.Tau, x.MatchedTau, percent(x.Coverage80), percent(x.Coverage90))
		}
	}
	fmt.Fprintf(t, "\nfamily left out\tnetworks\tmean error\t\n")
	for _, f := range r.ByFamily {
		fmt.Fprintf(t, "%s\t%d\t%+.2f\t\n", f.Family, f.Networks, f.Bias)
	}
	return t.Flush()
}

func percent(share float64) string {
	if share == 0 {
		return "-"
	}
	return fmt.Sprintf("%.0f", 100*share)
}
