package accuracy

import (
	"fmt"
	"math"
	"math/rand/v2"
)

// alternatives are other ways to learn from the same rows.
var alternatives = []struct {
	name string
	fit  func(train []Row) (*Model, error)
}{
	{"features_chosen", fitChosen},
	{"differences_only", fitDifferences},
}

// judgeAlternatives scores them with lines of families left out, beside the same
// models as the product's.
func judgeAlternatives(rows []Row, rng *rand.Rand) (Table, []Advantage, error) {
	var all Table
	var over []Advantage
	for _, a := range alternatives {
		l, err := leaveOut(rows, fold{title: superOut.title, key: superOut.key, fit: a.fit, former: superOut.former})
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", a.name, err)
		}
		l.columns[0].name = a.name
		samples := bootstrap(l.tested, rng)
		all, over = append(all, l.table(samples)[0]), append(over, l.advantages(samples, Former, ParamsActs)...)
	}
	return all, over, nil
}

// fitDifferences learns from the differences within families alone: the effect of
// a family may be anything, ten standard deviations of all networks.
func fitDifferences(train []Row) (*Model, error) {
	within := weak
	within.mean[familyScale], within.sd[familyScale] = math.Log(10), 1e-3
	s, _, err := tuned(train, within)
	if err != nil {
		return nil, err
	}
	return fit(train, s)
}

// fitChosen fits with features and scales that are chosen on the rows.
func fitChosen(train []Row) (*Model, error) {
	kept, _, s, err := chosenIn(train)
	if err != nil {
		return nil, err
	}
	return fit(kept, s)
}

// chosenIn drops features for as long as the results of lines of families left
// out are less surprising without one: what could have been chosen if nothing
// but the rows had been known. The scales are tuned anew for each choice.
func chosenIn(rows []Row) (kept []Row, dropped []feature, s scales, err error) {
	kept = rows
	s, best, err := tuned(kept, weak)
	if err != nil {
		return nil, nil, s, err
	}
	for {
		least := feature(-1)
		var with []Row
		for f := range feature(numFeatures) {
			if constant(kept, f) {
				continue
			}
			without := drop(kept, f)
			t, value, err := tuned(without, weak)
			if err != nil {
				return nil, nil, s, fmt.Errorf("without feature %s: %w", featureNames[f], err)
			}
			if value < best {
				least, with, s, best = f, without, t, value
			}
		}
		if least < 0 {
			return kept, dropped, s, nil
		}
		kept, dropped = with, append(dropped, least)
	}
}

// drop makes the feature one that tells nothing.
func drop(rows []Row, f feature) []Row {
	out := make([]Row, len(rows))
	for i, r := range rows {
		r.features.x[f] = 0
		out[i] = r
	}
	return out
}

func constant(rows []Row, f feature) bool {
	for _, r := range rows[1:] {
		if r.features.x[f] != rows[0].features.x[f] {
			return false
		}
	}
	return true
}
