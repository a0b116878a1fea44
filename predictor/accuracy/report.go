package accuracy

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
)

// ReportSchema names the layout of a Report in JSON.
const ReportSchema = "trtnas.accuracy/1"

// Report is how well the model and simpler ones predict the networks of the
// recipe r300 when those were left out.
type Report struct {
	Schema        string `json:"schema"`
	Model         string `json:"model"`    // name and version of what the product uses
	Networks      int    `json:"networks"` // of the recipe r300
	Families      int    `json:"families"`
	SuperFamilies int    `json:"super_families"`
	// Models with a line of families left out at a time, the model's scales
	// tuned anew without it.
	Models Table `json:"models"`
	// Alternatives are other ways to learn from the same rows, judged likewise;
	// only where asked for.
	Alternatives Table        `json:"alternatives,omitempty"`
	FamilyOut    Table        `json:"family_out"`  // a family and its kin at a time, likewise
	NetworkOut   Table        `json:"network_out"` // a network at a time, with the built-in scales
	Advantages   []Advantage  `json:"advantages"`  // lines of families left out
	Distances    []Distance   `json:"distances"`   // likewise
	Within       Differences  `json:"within_families"`
	Edits        Edits        `json:"edits"`
	ByFamily     []FamilyBias `json:"by_family"` // of the model, families left out
	// Unseen is the top-1 in per cent that is predicted of each network, by name,
	// lines of families left out.
	Unseen map[string]float64 `json:"-"`
}

// Edits are the small-edit pairs and how many of them the model gets right.
type Edits struct {
	Right int        `json:"right_signs"`
	MAE   float64    `json:"mae"`  // of the difference, in points
	Told  int        `json:"told"` // pairs whose 90 % interval excludes 0
	Held  int        `json:"held"` // pairs whose 90 % interval holds the published difference
	Pairs []EditPair `json:"pairs"`
}

// FamilyBias is a family's mean signed error.
type FamilyBias struct {
	Family   string  `json:"family"`
	Networks int     `json:"networks"`
	Bias     float64 `json:"bias"` // predicted minus published
}

// WithinFamilies is how well the model orders networks of families that it has
// not seen, by Compare.
func WithinFamilies() (Differences, error) {
	l, err := leaveOut(Rows(), superOut)
	if err != nil {
		return Differences{}, err
	}
	return l.differences, nil
}

// CrossValidate judges the model on the embedded rows; rng draws the bootstrap
// samples. Alternatives are judged only where wanted, which takes a minute.
func CrossValidate(rng *rand.Rand, alternatives bool) (*Report, error) {
	r, err := crossValidate(Rows(), rng)
	if err != nil || !alternatives {
		return r, err
	}
	var over []Advantage
	r.Alternatives, over, err = judgeAlternatives(Rows(), rng)
	r.Advantages = append(r.Advantages, over...)
	return r, err
}

func crossValidate(rows []Row, rng *rand.Rand) (*Report, error) {
	alike := TrainedAlike(rows)
	r := &Report{
		Schema: ReportSchema, Model: Default().Title(), Networks: len(alike),
		Families: len(keys(alike, familyOut.key)), SuperFamilies: len(keys(alike, superOut.key)),
	}
	samples := bootstrap(alike, rng)
	super, err := leaveOut(rows, superOut)
	if err != nil {
		return nil, err
	}
	r.Models, r.Within, r.Distances, r.Unseen = super.table(samples), super.differences, super.byDistance(), super.unseen()
	r.Advantages = super.advantages(samples, Former, ParamsActs)
	family, err := leaveOut(rows, familyOut)
	if err != nil {
		return nil, err
	}
	r.FamilyOut, r.ByFamily = family.table(samples), family.bias()
	network, err := leaveOut(rows, networkOut)
	if err != nil {
		return nil, err
	}
	r.NetworkOut = network.table(samples)
	r.Edits, err = newEdits(rows)
	return r, err
}

func newEdits(rows []Row) (Edits, error) {
	pairs, err := editPairs(rows)
	e := Edits{Pairs: pairs}
	for _, p := range pairs {
		if p.Sign {
			e.Right++
		}
		if p.Range[0] > 0 || p.Range[1] < 0 {
			e.Told++
		}
		if p.Range[0] <= p.Published && p.Published <= p.Range[1] {
			e.Held++
		}
		e.MAE += math.Abs(p.Predicted-p.Published) / float64(len(pairs))
	}
	return e, err
}

func (l *leftOut) bias() []FamilyBias {
	var all []FamilyBias
	for i, r := range l.tested {
		k := l.key(r)
		at := slices.IndexFunc(all, func(f FamilyBias) bool { return f.Family == k })
		if at < 0 {
			at, all = len(all), append(all, FamilyBias{Family: k})
		}
		f := &all[at]
		f.Bias = (f.Bias*float64(f.Networks) + l.model[i].Top1 - r.Top1) / float64(f.Networks+1)
		f.Networks++
	}
	slices.SortStableFunc(all, func(a, b FamilyBias) int { return cmp.Compare(a.Bias, b.Bias) })
	return all
}
