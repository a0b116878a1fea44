package latency

import (
	"cmp"
	"math"
	"slices"

	"github.com/trtnas/trtnas/predictor"
)

// level of the intervals that are judged.
const level = 0.8

// Report is how well the roofline and the baselines predict networks that they
// were not fitted on.
type Report struct {
	Rows     int `json:"rows"`
	Networks int `json:"networks"`
	Families int `json:"families"`
	// FamilyOut leaves out a whole family at a time, NetworkOut a network at
	// all its resolutions. Far predicts the rows at another resolution with
	// their family left out. The roofline comes first in each.
	FamilyOut  []Scores `json:"family_out"`
	NetworkOut []Scores `json:"network_out"`
	Far        []Scores `json:"far"`
	// ByFamily has the errors of each family when it was left out.
	ByFamily []FamilyErrors `json:"by_family"`
	// Spread is the level's quantile of |log(predicted/true)| of the roofline
	// for a family left out.
	Spread float64 `json:"spread"`
}

// Scores of one model. Shares and errors are fractions, not per cent.
type Scores struct {
	Model     string  `json:"model"`
	MAPE      float64 `json:"mape"`
	MedianAPE float64 `json:"median_ape"`
	Within10  float64 `json:"within_10"`
	Within20  float64 `json:"within_20"`
	Tau       float64 `json:"tau"`
	Worst     float64 `json:"worst"` // signed
	WorstOf   string  `json:"worst_of"`
	// Coverage of the 80 % interval, whose width comes from the other folds,
	// and its factor from all folds.
	Coverage float64 `json:"coverage"`
	Factor   float64 `json:"factor"`
}

// FamilyErrors is a family's least and greatest signed relative error under
// each model, in the order of Scores.
type FamilyErrors struct {
	Family string       `json:"family"`
	Rows   int          `json:"rows"`
	Errors [][2]float64 `json:"errors"`
}

// CrossValidate judges the models on samples, and on far ones that are never
// fitted on.
func CrossValidate(samples, far []Sample, priors Priors) (Report, error) {
	family := func(s *Sample) string { return s.Family }
	network := func(s *Sample) string { return s.Network }
	r := Report{Rows: len(samples), Networks: count(samples, network), Families: count(samples, family)}
	for _, name := range keys(samples, family) {
		r.ByFamily = append(r.ByFamily, FamilyErrors{Family: name})
	}
	for i, m := range models(priors) {
		byFamily, err := leaveOut(m, samples, samples, family)
		if err != nil {
			return r, err
		}
		byNetwork, err := leaveOut(m, samples, samples, network)
		if err != nil {
			return r, err
		}
		farByFamily, err := leaveOut(m, samples, far, family)
		if err != nil {
			return r, err
		}
		r.FamilyOut = append(r.FamilyOut, score(m.name, samples, byFamily, family))
		r.NetworkOut = append(r.NetworkOut, score(m.name, samples, byNetwork, network))
		r.Far = append(r.Far, score(m.name, far, farByFamily, family))
		r.addFamilies(samples, byFamily)
		if i == 0 {
			r.Spread = spreadOf(samples, byFamily)
		}
	}
	return r, nil
}

// keys lists the distinct keys in order of appearance.
func keys(samples []Sample, key func(*Sample) string) []string {
	var list []string
	for i := range samples {
		if k := key(&samples[i]); !slices.Contains(list, k) {
			list = append(list, k)
		}
	}
	return list
}

func count(samples []Sample, key func(*Sample) string) int { return len(keys(samples, key)) }

// leaveOut predicts each test sample in ms from a fit on the training samples
// that have another key.
func leaveOut(m model, train, test []Sample, key func(*Sample) string) ([]float64, error) {
	predicted := make([]float64, len(test))
	for _, k := range keys(test, key) {
		var others []Sample
		for i := range train {
			if key(&train[i]) != k {
				others = append(others, train[i])
			}
		}
		predict, err := m.fit(others)
		if err != nil {
			return nil, err
		}
		for i := range test {
			if key(&test[i]) == k {
				predicted[i] = predict(&test[i])
			}
		}
	}
	return predicted, nil
}

func score(name string, samples []Sample, predicted []float64, key func(*Sample) string) Scores {
	truth := make([]float64, len(samples))
	estimates := make([]predictor.Estimate, len(samples))
	for i := range samples {
		truth[i] = samples[i].MS
		var others []Sample
		var of []float64
		for j := range samples {
			if key(&samples[j]) != key(&samples[i]) {
				others, of = append(others, samples[j]), append(of, predicted[j])
			}
		}
		factor := math.Exp(spreadOf(others, of))
		estimates[i] = predictor.Estimate{Value: predicted[i], Low: predicted[i] / factor, High: predicted[i] * factor, Level: level}
	}
	errors := predictor.RelativeErrors(predicted, truth)
	worst := predictor.MostAbs(errors)
	return Scores{
		Model: name, MAPE: predictor.MeanAbs(errors), MedianAPE: predictor.QuantileAbs(errors, 0.5),
		Within10: predictor.HitRate(errors, 0.1), Within20: predictor.HitRate(errors, 0.2),
		Tau: predictor.KendallTau(predicted, truth), Worst: worst, WorstOf: samples[slices.Index(errors, worst)].Network,
		Coverage: predictor.Coverage(estimates, truth), Factor: math.Exp(spreadOf(samples, predicted)),
	}
}

// spreadOf is the quantile of |log(predicted/true)| in which each family
// weighs the same, since a family's errors go together, and one more family,
// the one to be predicted, counts as beyond all (the finite-sample correction
// of conformal prediction).
func spreadOf(samples []Sample, predicted []float64) float64 {
	type weighted struct{ spread, weight float64 }
	size := map[string]int{}
	for i := range samples {
		size[samples[i].Family]++
	}
	list := make([]weighted, len(samples))
	for i := range samples {
		list[i] = weighted{math.Abs(math.Log(predicted[i] / samples[i].MS)), 1 / float64(size[samples[i].Family])}
	}
	slices.SortFunc(list, func(a, b weighted) int { return cmp.Compare(a.spread, b.spread) })
	const rounding = 1e-9
	wanted := level*float64(len(size)+1) - rounding
	for _, w := range list {
		if wanted -= w.weight; wanted <= 0 {
			return w.spread
		}
	}
	return list[len(list)-1].spread
}

func (r *Report) addFamilies(samples []Sample, predicted []float64) {
	for f := range r.ByFamily {
		of := &r.ByFamily[f]
		of.Rows = 0
		span := [2]float64{math.Inf(1), math.Inf(-1)}
		for i := range samples {
			if samples[i].Family == of.Family {
				e := predicted[i]/samples[i].MS - 1
				span = [2]float64{min(span[0], e), max(span[1], e)}
				of.Rows++
			}
		}
		of.Errors = append(of.Errors, span)
	}
}

// farSpread is what the far rows' spread has beyond the others', as the root
// of the difference of squares.
func (r *Report) farSpread() float64 {
	far := math.Log(r.Far[0].Factor)
	return math.Sqrt(max(0, far*far-r.Spread*r.Spread))
}
