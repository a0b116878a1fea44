package accuracy

import (
	"fmt"
	"math/rand/v2"
	"slices"
)

// WorthSchema names the layout of a Worth in JSON.
const WorthSchema = "trtnas.worth/1"

// Worth is how much some results of a user's own tell of the networks that
// have none. Published results stand in for a user's: some are drawn as labels,
// and the rest are predicted with and without these.
type Worth struct {
	Schema string  `json:"schema"`
	Model  string  `json:"model"`  // name and version of what the product uses
	Draws  int     `json:"draws"`  // of labels; figures are means of these
	Offset float64 `json:"offset"` // points by which the results of lines were moved
	// Lines of families of the reference recipe, each left out with the scales
	// tuned without it, taken for a user's space and moved by the offset.
	Lines []Labelled   `json:"lines"`
	Mean  []MeanOfWays `json:"mean"` // of the lines, each counted once
	// Recipes of others, as they are, with the lines of their networks left out of
	// the published results.
	Recipes []Labelled `json:"recipes"`
}

// Labelled is what a number of labels is worth on one line of families, or by
// one recipe.
type Labelled struct {
	Of       string `json:"of"`
	Families int    `json:"families"`
	Spread   Spread `json:"spread"` // of its networks
	Networks int    `json:"networks"`
	Labels   int    `json:"labels"` // of these
	Ways     []Way  `json:"ways"`   // published, with the labels' mean offset, refitted
}

// Way to predict the networks without labels, and how good it is.
type Way struct {
	By      string  `json:"by"`
	Figures Figures `json:"figures"`
}

// Figures of networks that have no label. Errors are in points.
type Figures struct {
	MAE        float64  `json:"mae"` // on the user's scale
	Tau        float64  `json:"tau"`
	FLOPsTau   *float64 `json:"flops_matched_tau,omitempty"` // over pairs within 15 % MACs; nil without such pairs
	Coverage80 float64  `json:"coverage80"`
	Coverage90 float64  `json:"coverage90"`
	// Of all pairs, as of one family of candidates (Compare).
	DifferenceMAE        float64 `json:"difference_mae"`
	DifferenceCoverage90 float64 `json:"difference_coverage90"`
}

// MeanOfWays is over the lines that have enough networks for so many labels;
// ranges hold 90 % of bootstrap samples over these.
type MeanOfWays struct {
	Labels int       `json:"labels"`
	Lines  int       `json:"lines"`
	Ways   []MeanWay `json:"ways"`
	Gain   MeanWay   `json:"gain"` // of refitting over the mean offset
}

// MeanWay is a way's mean, with the ends of its range.
type MeanWay struct {
	By   string  `json:"by"`
	Mean Figures `json:"mean"`
	Low  Figures `json:"low"`
	High Figures `json:"high"`
}

// labelCounts are how many networks have a label, if fewestPredicted are left.
var (
	labelCounts   = []int{2, 5, 10}
	fewestStandIn = labelCounts[0] + fewestPredicted
)

const (
	fewestPredicted = 4
	worthDraws      = 50
	// Points. Other recipes' results are off the estimates by 0.7 to 3.8 on average
	// (docs/results/worth-of-labels.txt).
	worthOffset = -1.5
)

// WorthOfLabels draws labels, and bootstrap samples of lines, by rng.
func WorthOfLabels(rng *rand.Rand) (*Worth, error) { return worth(Rows(), worthDraws, rng) }

func worth(rows []Row, draws int, rng *rand.Rand) (*Worth, error) {
	w := &Worth{Schema: WorthSchema, Model: Default().Title(), Draws: draws, Offset: worthOffset}
	byLabels := map[int][]lineWays{}
	alike := TrainedAlike(rows)
	for _, line := range keys(alike, superOut.key) {
		in, out := split(alike, func(r Row) bool { return r.Super == line })
		if len(out) < fewestStandIn {
			continue
		}
		s, err := newStandIn(line, pick(alike, in), pick(alike, out), worthOffset)
		if err != nil {
			return nil, err
		}
		err = s.each(draws, rng, func(n int, ways lineWays) {
			w.Lines, byLabels[n] = append(w.Lines, s.labelled(n, ways)), append(byLabels[n], ways)
		})
		if err != nil {
			return nil, err
		}
	}
	for _, n := range labelCounts {
		if lines := byLabels[n]; len(lines) > 0 {
			w.Mean = append(w.Mean, meanOf(n, lines, rng))
		}
	}
	return w, w.addRecipes(rows, draws, rng)
}

// addRecipes takes each other recipe's results for a user's.
func (w *Worth) addRecipes(rows []Row, draws int, rng *rand.Rand) error {
	for _, recipe := range keys(rows, func(r Row) string { return r.Recipe }) {
		_, of := split(rows, func(r Row) bool { return r.Recipe == recipe })
		if recipe == r300 || len(of) < fewestStandIn {
			continue
		}
		own := pick(rows, of)
		in, _ := split(rows, func(r Row) bool { return r.Recipe != r300 || slices.Contains(each(own, superOut.key), r.Super) })
		s, err := newStandIn(recipe, pick(rows, in), own, 0)
		if err != nil {
			return err
		}
		if err := s.each(draws, rng, func(n int, ways lineWays) { w.Recipes = append(w.Recipes, s.labelled(n, ways)) }); err != nil {
			return err
		}
	}
	return nil
}

// standIn is results that are taken for a user's own, and what the model knows
// besides.
type standIn struct {
	name      string
	families  int
	published []Row
	own       []Row
	scales    scales
	without   *Model // labels
}

func newStandIn(name string, published, results []Row, offset float64) (*standIn, error) {
	s := &standIn{name: name, families: len(keys(results, func(r Row) string { return r.Family })), published: published}
	for _, r := range results {
		r.Recipe, r.Family, r.Super, r.Kin = Own, Candidates, Candidates, Candidates
		r.Top1 += offset
		s.own = append(s.own, r)
	}
	var err error
	if s.scales, err = tune(published); err == nil {
		s.without, err = fit(published, s.scales)
	}
	if err != nil {
		return nil, fmt.Errorf("without %s: %w", name, err)
	}
	return s, nil
}

// each number of labels that leaves enough networks to predict.
func (s *standIn) each(draws int, rng *rand.Rand, do func(n int, ways lineWays)) error {
	for _, n := range labelCounts {
		if len(s.own) < n+fewestPredicted {
			continue
		}
		var all []lineWays
		for range draws {
			drawn := rng.Perm(len(s.own))
			ways, err := s.predict(drawn[:n], drawn[n:])
			if err != nil {
				return fmt.Errorf("with %d labels of %s: %w", n, s.name, err)
			}
			all = append(all, ways)
		}
		do(n, average(all, nil))
	}
	return nil
}

// predict the rest without the labels, by their mean offset, and refitted.
func (s *standIn) predict(labels, rest []int) (lineWays, error) {
	known := pick(s.own, labels)
	refitted, err := fit(slices.Concat(s.published, known), s.scales)
	if err != nil {
		return lineWays{}, err
	}
	var by [3][]Prediction
	for _, r := range pick(s.own, rest) {
		by[0] = append(by[0], shifted(s.without, nil, r))
		by[1] = append(by[1], shifted(s.without, known, r))
		by[2] = append(by[2], refitted.again(r))
	}
	var ways lineWays
	for i, m := range []*Model{s.without, s.without, refitted} {
		var d Differences
		d.add(m, s.own, rest)
		ways[i] = newFigures(by[i], pick(s.own, rest), d)
	}
	return ways, nil
}

func (s *standIn) labelled(n int, ways lineWays) Labelled {
	l := Labelled{
		Of: s.name, Families: s.families, Networks: len(s.own), Labels: n,
		Spread: Default().Spread(each(s.own, func(r Row) Features { return r.features })),
	}
	for i, by := range wayNames {
		l.Ways = append(l.Ways, Way{by, ways[i].exported()})
	}
	return l
}
