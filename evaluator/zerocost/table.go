package zerocost

import (
	"bytes"
	_ "embed"
	"encoding/csv"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"

	"github.com/trtnas/trtnas/predictor"
)

// Row is a published network with its accuracy and its scores.
type Row struct {
	Network, Family string  // families of one line of descent
	Top1            float64 // per cent, ImageNet-1k after some 300 epochs
	Params, MACs    float64
	Scores          map[Proxy]float64 // means of three seeds at DefaultInput
}

// Rank is how well a figure ranks networks by accuracy: Kendall's tau over all
// pairs, and over those that differ by at most 15 % in MACs, with the interval
// in which 90 % of bootstrap samples over families lie (predictor.Ranking).
type Rank struct {
	Figure    string // a proxy, or params or macs
	Networks  int
	Tau       float64
	Matched   float64
	Low, High float64 // of Matched; equal where it is not known
	Pairs     int     // behind Matched
	Source    string
}

//go:embed data/scores.csv
var scoresCSV []byte

// Rows are the networks that Table is measured on; data/README.md says where
// they are from.
func Rows() []Row {
	rows, err := readRows(scoresCSV)
	if err != nil {
		panic("zerocost: data/scores.csv: " + err.Error()) // it is built in
	}
	return rows
}

// Baselines are the figures of Table that are no proxies, beside which proxies
// have to stand.
func Baselines() []string { return []string{"params", "macs"} }

func readRows(data []byte) ([]Row, error) {
	records, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
	if err != nil {
		return nil, err
	}
	if len(records) == 0 {
		return nil, fmt.Errorf("no header")
	}
	var rows []Row
	for _, record := range records[1:] {
		r := Row{Network: record[0], Family: record[1], Scores: map[Proxy]float64{}}
		for i, text := range record[2:] {
			if text == "" {
				continue
			}
			v, err := strconv.ParseFloat(text, 64)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", r.Network, err)
			}
			switch name := records[0][i+2]; name {
			case "top1":
				r.Top1 = v
			case "params":
				r.Params = v
			case "macs":
				r.MACs = v
			default:
				r.Scores[Proxy(name)] = v
			}
		}
		rows = append(rows, r)
	}
	return rows, nil
}

// Table is how well proxies rank published networks, with parameters and MACs
// first.
var Table = sync.OnceValue(func() []Rank {
	rows := Rows()
	var all []Rank
	for _, name := range Baselines() {
		all = append(all, rank(name, rows))
	}
	for _, p := range All() {
		r := rank(string(p), rows)
		if r.Networks == 0 {
			r = elsewhere[p]
		}
		all = append(all, r)
	}
	return all
})

// elsewhere are figures of proxies that need gradients, for which the published
// networks have no module here: they were computed with another implementation
// on networks of timm, of the same recipe, at 64x64.
var elsewhere = map[Proxy]Rank{
	ZiCo:     {Figure: string(ZiCo), Networks: 128, Tau: 0.500, Matched: 0.407, Low: 0.407, High: 0.407, Source: timmSource},
	GradNorm: {Figure: string(GradNorm), Networks: 128, Tau: 0.095, Matched: -0.018, Low: -0.018, High: -0.018, Source: timmSource},
}

const timmSource = "timm's networks, two batches of 4 images at 64x64, one seed, another implementation"

// RankOf finds a figure in Table.
func RankOf(figure string) (Rank, bool) {
	table := Table()
	i := slices.IndexFunc(table, func(r Rank) bool { return r.Figure == figure })
	if i < 0 {
		return Rank{}, false
	}
	return table[i], true
}

func (r Row) figure(name string) (float64, bool) {
	switch name {
	case "params":
		return r.Params, true
	case "macs":
		return r.MACs, true
	}
	v, ok := r.Scores[Proxy(name)]
	return v, ok
}

// rank of a figure, on the rows that have it.
func rank(figure string, rows []Row) Rank {
	s := scoredBy(figure, rows)
	ranking := s.ranking()
	matched := ranking.Tau(s.values)
	return Rank{
		Figure: figure, Networks: len(s.values), Tau: predictor.KendallTau(s.values, s.top1), Matched: matched.Value,
		Low: matched.Low, High: matched.High, Pairs: ranking.Pairs(), Source: "published networks, batch 32 at 64x64, three seeds",
	}
}

// scored are rows that have a figure.
type scored struct {
	rows               []Row
	families           []string
	values, top1, macs []float64
}

func scoredBy(figure string, rows []Row) scored {
	var s scored
	for _, r := range rows {
		if v, ok := r.figure(figure); ok {
			s.rows, s.families = append(s.rows, r), append(s.families, r.Family)
			s.values, s.top1, s.macs = append(s.values, v), append(s.top1, r.Top1), append(s.macs, r.MACs)
		}
	}
	return s
}

// ranking draws the same samples for all figures: they are to be compared.
func (s scored) ranking() *predictor.Ranking {
	return predictor.NewRanking(s.families, s.top1, s.macs, rand.New(rand.NewPCG(1, 2)))
}

// Versus is Kendall's tau of another figure of the networks that a proxy was
// computed for, among those of equal FLOPs, and what that is more than the proxy's
// on the same samples.
type Versus struct {
	Pairs     int
	Tau, Gain predictor.Estimate
}

// Against judges another figure beside a proxy. It can't where a network has no
// such figure, or where the proxy was computed elsewhere (Table).
func Against(p Proxy, other func(Row) (float64, bool)) (Versus, bool) {
	s := scoredBy(string(p), Rows())
	values := make([]float64, len(s.rows))
	for i, r := range s.rows {
		v, ok := other(r)
		if !ok {
			return Versus{}, false
		}
		values[i] = v
	}
	if len(values) == 0 {
		return Versus{}, false
	}
	ranking := s.ranking()
	return Versus{ranking.Pairs(), ranking.Tau(values), ranking.Gain(values, s.values)}, true
}
