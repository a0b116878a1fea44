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
// in which 90 % of bootstrap samples over families lie.
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

// matchedWithin is how far the MACs of a pair may be apart to count as equal.
const matchedWithin = 0.15

// samples of the bootstrap.
const samples = 1000

func rank(name string, rows []Row) Rank {
	rows = slices.DeleteFunc(slices.Clone(rows), func(r Row) bool { _, ok := r.figure(name); return !ok })
	out := Rank{Figure: name, Networks: len(rows), Source: "published networks, batch 32 at 64x64, three seeds"}
	var all, matched balance
	// Pairs by the families of both, since families are drawn together.
	byFamilies := map[[2]string]*balance{}
	families := map[string]bool{}
	for i, a := range rows {
		families[a.Family] = true
		for _, b := range rows[:i] {
			s := sign(a, b, name)
			all.add(s)
			if max(a.MACs, b.MACs) > (1+matchedWithin)*min(a.MACs, b.MACs) {
				continue
			}
			matched.add(s)
			key := [2]string{min(a.Family, b.Family), max(a.Family, b.Family)}
			if byFamilies[key] == nil {
				byFamilies[key] = &balance{}
			}
			byFamilies[key].add(s)
		}
	}
	out.Tau, out.Matched, out.Pairs = all.tau(), matched.tau(), matched.pairs
	out.Low, out.High = bootstrap(byFamilies, families)
	return out
}

// balance counts pairs: ordered right less ordered wrong.
type balance struct{ sum, pairs int }

func (b *balance) add(sign int) { b.sum += sign; b.pairs++ }

func (b balance) tau() float64 {
	if b.pairs == 0 {
		return 0
	}
	return float64(b.sum) / float64(b.pairs)
}

// sign is 1 where the figure orders a pair as the accuracies do, 0 for ties.
func sign(a, b Row, name string) int {
	x, _ := a.figure(name)
	y, _ := b.figure(name)
	switch d := (x - y) * (a.Top1 - b.Top1); {
	case d > 0:
		return 1
	case d < 0:
		return -1
	}
	return 0
}

// bootstrap draws families with replacement; a pair counts as often as both of
// its families were drawn.
func bootstrap(pairs map[[2]string]*balance, families map[string]bool) (low, high float64) {
	var names []string
	for name := range families {
		names = append(names, name)
	}
	slices.Sort(names)
	if len(names) == 0 {
		return 0, 0
	}
	rng := rand.New(rand.NewPCG(1, 2))
	var taus []float64
	for range samples {
		drawn := map[string]int{}
		for range names {
			drawn[names[rng.IntN(len(names))]]++
		}
		var sum balance
		for key, b := range pairs {
			times := drawn[key[0]] * drawn[key[1]]
			if key[0] == key[1] {
				times = drawn[key[0]] // within a copy; copies of a network are no pair
			}
			sum.sum += times * b.sum
			sum.pairs += times * b.pairs
		}
		taus = append(taus, sum.tau())
	}
	slices.Sort(taus)
	return taus[samples/20], taus[samples-1-samples/20]
}
