package sim

import "testing"

// Flaws that are read are shares and times that can be.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{"t4", "t4?noise=0.02&crash=0.05&throttle=10m-15m", "t4?build=20s&pace=0.1&seed=3&blind=true", "?%zz", "t4?noise=NaN"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		_, flaws, err := Parse(text)
		if err != nil {
			return
		}
		total := 0.0
		for _, s := range flaws.shares() {
			if !(s.share >= 0 && s.share <= 1) {
				t.Errorf("%s: share %v", s.class, s.share)
			}
			total += s.share
		}
		if total > 1 || flaws.BuildTime < 0 || flaws.ThrottleAfter < 0 || flaws.ThrottleFor < 0 || !(flaws.Noise >= 0 && flaws.Noise <= 1) {
			t.Errorf("%+v", flaws)
		}
	})
}
