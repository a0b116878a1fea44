package accuracy

import "testing"

// What is dropped makes the rows less surprising, and is gone from them alone.
func TestChosenIn(t *testing.T) {
	var rows []Row
	for i, r := range TrainedAlike(Rows()) {
		if i%3 == 0 {
			rows = append(rows, r)
		}
	}
	_, all, err := tuned(rows, weak)
	if err != nil {
		t.Fatal(err)
	}
	kept, dropped, s, err := chosenIn(rows)
	if err != nil {
		t.Fatal(err)
	}
	if len(dropped) == 0 {
		t.Fatal("with 50 rows for 11 features none was dropped")
	}
	again, value, err := tuned(kept, weak)
	if err != nil || again != s || value >= all {
		t.Errorf("%v with %d features fewer, %v with all; %v", value, len(dropped), all, err)
	}
	for _, f := range dropped {
		if !constant(kept, f) || constant(rows, f) {
			t.Errorf("feature %s is still there, or was taken from the caller", featureNames[f])
		}
	}
	m, err := fit(kept, s)
	if err != nil {
		t.Fatal(err)
	}
	a, b := rows[0].features, rows[0].features
	b.x[dropped[0]] += 0.1
	var p [2]Prediction
	m.PredictBatch([]Features{a, b}, p[:])
	if p[0].Top1 != p[1].Top1 {
		t.Errorf("%v and %v: a feature that was dropped tells something", p[0].Top1, p[1].Top1)
	}
}
