package accuracy

import (
	"bytes"
	_ "embed" // the former model's predictions
	"encoding/csv"
	"fmt"
	"math"
	"slices"
	"strconv"

	"gonum.org/v1/gonum/mat"
)

// fold is a way to leave networks out.
type fold struct {
	title  string
	key    func(Row) string // networks of one key are left out together
	fit    func(train []Row) (*Model, error)
	former func(avg3Row) float64
}

var (
	superOut   = fold{"super-family", func(r Row) string { return r.Super }, fitTuned, func(a avg3Row) float64 { return a.superOut }}
	familyOut  = fold{"family", func(r Row) string { return r.Kin }, fitTuned, func(a avg3Row) float64 { return a.familyOut }}
	networkOut = fold{"network", func(r Row) string { return r.Name }, Fit, nil}
)

// column is what one model says of each network left out.
type column struct {
	name   string
	values []float64 // top-1, per cent
	order  []float64 // by which it orders networks; nil is values
}

// ordering is what the column orders networks by. Simple figures order by
// themselves, for a line on them differs from fold to fold.
func (c *column) ordering() []float64 {
	if c.order != nil {
		return c.order
	}
	return c.values
}

// leftOut are the predictions of networks that were left out.
type leftOut struct {
	fold
	tested      []Row
	model       []Prediction
	columns     []column // model, former model, baselines
	differences Differences
	distances   []float64 // of each network from those that were left in
}

// leaveOut predicts each r300 row from the others, without those of its key.
func leaveOut(rows []Row, f fold) (*leftOut, error) {
	l := &leftOut{fold: f, tested: TrainedAlike(rows)}
	l.model, l.distances = make([]Prediction, len(l.tested)), make([]float64, len(l.tested))
	x := baselines(l.tested)
	lines := make([]column, len(x))
	for b := range x {
		lines[b] = column{x[b].name, make([]float64, len(l.tested)), x[b].x}
	}
	for _, out := range keys(l.tested, f.key) {
		in, test := split(l.tested, func(r Row) bool { return f.key(r) == out })
		m, err := l.fit(pick(l.tested, in))
		if err != nil {
			return nil, fmt.Errorf("without %s %s: %w", f.title, out, err)
		}
		for _, i := range test {
			m.PredictBatch([]Features{l.tested[i].features}, l.model[i:i+1])
			l.distances[i] = m.distance(l.tested[i].features)
		}
		l.differences.add(m, l.tested, test)
		for b := range x {
			if err := x[b].predict(l.tested, in, test, lines[b].values); err != nil {
				return nil, err
			}
		}
	}
	l.columns = append(l.columns, column{name: Ensemble, values: top1(l.model)})
	if f.former != nil {
		former, err := formerModel(l.tested, f.former)
		if err != nil {
			return nil, err
		}
		l.columns = append(l.columns, former)
	}
	l.columns = append(l.columns, lines...)
	return l, nil
}

// fitTuned fits with scales that are tuned on the rows.
func fitTuned(train []Row) (*Model, error) {
	s, err := tune(train)
	if err != nil {
		return nil, err
	}
	return fit(train, s)
}

func keys(rows []Row, key func(Row) string) []string {
	var all []string
	for _, r := range rows {
		if k := key(r); !slices.Contains(all, k) {
			all = append(all, k)
		}
	}
	return all
}

// split gives the indices of the rows that stay in and of those that go out.
func split(rows []Row, leave func(Row) bool) (in, out []int) {
	for i, r := range rows {
		if leave(r) {
			out = append(out, i)
		} else {
			in = append(in, i)
		}
	}
	return in, out
}

func pick(rows []Row, at []int) []Row {
	picked := make([]Row, len(at))
	for i, j := range at {
		picked[i] = rows[j]
	}
	return picked
}

func top1(ps []Prediction) []float64 {
	v := make([]float64, len(ps))
	for i, p := range ps {
		v[i] = p.Top1
	}
	return v
}

// baseline predicts by a straight line on one figure of each network.
type baseline struct {
	name string
	x    []float64
}

func baselines(rows []Row) []baseline {
	logs := func(f func(Row) float64) []float64 {
		x := make([]float64, len(rows))
		for i, r := range rows {
			x[i] = math.Log(f(r))
		}
		return x
	}
	macs, params := logs(func(r Row) float64 { return r.MACs }), logs(func(r Row) float64 { return r.Params })
	acts := logs(func(r Row) float64 { return r.Activations })
	return []baseline{{ParamsActs, SizeRanks(rows)}, {"params", params}, {"activations", acts}, {"macs", macs}}
}

// ranks of the values; needs no labels, so it is the same in all folds.
func ranks(x []float64) []float64 {
	sorted := slices.Sorted(slices.Values(x))
	r := make([]float64, len(x))
	for i, v := range x {
		first, _ := slices.BinarySearch(sorted, v)
		after, _ := slices.BinarySearchFunc(sorted, v, func(a, b float64) int {
			if a <= b {
				return -1
			}
			return 1
		})
		r[i] = float64(first+after-1) / 2
	}
	return r
}

// predict the rows that were left out by a line fitted on those in.
func (b *baseline) predict(rows []Row, in, out []int, values []float64) error {
	a, y := mat.NewDense(len(in), 2, nil), mat.NewVecDense(len(in), nil)
	for k, i := range in {
		a.SetRow(k, []float64{1, b.x[i]})
		y.SetVec(k, target(rows[i].Top1))
	}
	var line mat.VecDense
	if err := line.SolveVec(a, y); err != nil {
		return fmt.Errorf("line on %s: %w", b.name, err)
	}
	for _, i := range out {
		values[i] = 100 - math.Exp(-(line.AtVec(0) + line.AtVec(1)*b.x[i]))
	}
	return nil
}

// avg3Row is a prediction of AVG3, the model before this one, left out.
type avg3Row struct{ superOut, familyOut float64 }

//go:embed data/avg3.csv
var avg3CSV []byte

// formerModel looks up what AVG3 predicted.
func formerModel(rows []Row, value func(avg3Row) float64) (column, error) {
	records, err := csv.NewReader(bytes.NewReader(avg3CSV)).ReadAll()
	if err != nil {
		return column{}, fmt.Errorf("data/avg3.csv: %w", err)
	}
	byName := map[string]avg3Row{}
	for _, rec := range records[1:] {
		a, err := strconv.ParseFloat(rec[1], 64)
		if err != nil {
			return column{}, fmt.Errorf("data/avg3.csv: %w", err)
		}
		b, err := strconv.ParseFloat(rec[2], 64)
		if err != nil {
			return column{}, fmt.Errorf("data/avg3.csv: %w", err)
		}
		byName[rec[0]] = avg3Row{a, b}
	}
	c := column{name: Former, values: make([]float64, len(rows))}
	for i, r := range rows {
		a, ok := byName[r.Name]
		if !ok {
			return c, fmt.Errorf("data/avg3.csv has no %s", r.Name)
		}
		c.values[i] = value(a)
	}
	return c, nil
}
