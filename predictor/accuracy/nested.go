package accuracy

import "fmt"

// chosenIn drops features for as long as the results of lines of families left
// out are less surprising without one: what could have been chosen if nothing
// but the rows had been known. The scales are tuned anew for each choice.
func chosenIn(rows []Row) (kept []Row, dropped []feature, s scales, err error) {
	kept = rows
	s, best, err := tuned(kept)
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
			t, value, err := tuned(without)
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
