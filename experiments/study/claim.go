package study

import (
	"fmt"
	"math"
)

// Verdict says what became of a claim.
type Verdict string

// The verdicts.
const (
	Reproduced    Verdict = "reproduced"
	NotReproduced Verdict = "not reproduced"
	// Unresolved is a tie: the interval holds the claim and its opposite.
	Unresolved Verdict = "below what the model resolves"
	// Unmeasured is what no study here could measure.
	Unmeasured Verdict = "not reproducible without training"
)

// Claim is a statement of the paper, and what a study found of it.
type Claim struct {
	Says      string  `json:"says"`
	Published string  `json:"published"`
	Found     string  `json:"found"`
	Verdict   Verdict `json:"verdict"`
}

// ratioClaim says that a ratio is above 1.
func ratioClaim(says, published string, found interval) Claim {
	return Claim{says, published, found.text(2) + "x", above(found, 1)}
}

// gainClaim says that one accuracy is above another.
func gainClaim(says, published string, found interval) Claim {
	return Claim{says, published, signed(found) + " points", above(found, 0)}
}

// above is the verdict on a figure that is claimed to be above a bound.
func above(found interval, bound float64) Verdict {
	switch {
	case found.low > bound:
		return Reproduced
	case found.high < bound:
		return NotReproduced
	}
	return Unresolved
}

// valueClaim says that a ratio has a value, and so that it is above 1.
func valueClaim(says string, published float64, found interval) Claim {
	c := ratioClaim(says, fmt.Sprintf("%.2fx", published), found)
	if c.Verdict == Reproduced && (published < found.low || published > found.high) {
		c.Verdict = NotReproduced
	}
	return c
}

// figureClaim says that a figure has a value.
func figureClaim(says, unit string, digits int, published float64, found interval) Claim {
	c := Claim{says, fmt.Sprintf("%g%s", published, unit), found.text(digits) + unit, Reproduced}
	if published < found.low || published > found.high {
		c.Verdict = NotReproduced
	}
	return c
}

// alike is how far two figures that are called equal may differ.
const alike = 0.1

// equalClaim says that a ratio is about 1.
func equalClaim(says string, found interval) Claim {
	c := Claim{says, "about equal", found.text(2) + "x", NotReproduced}
	switch {
	case math.Abs(math.Log(found.value)) <= alike:
		c.Verdict = Reproduced
	case found.low <= 1 && found.high >= 1:
		c.Verdict = Unresolved
	}
	return c
}

// equalAccuracyClaim says that two accuracies are about the same.
func equalAccuracyClaim(says string, found interval) Claim {
	c := Claim{says, "about equal", signed(found) + " points", Reproduced}
	if found.low > 0 || found.high < 0 {
		c.Verdict = NotReproduced
	}
	return c
}

func signed(i interval) string {
	return fmt.Sprintf("%+.2f [%+.2f, %+.2f]", i.value, i.low, i.high)
}

// worst is the verdict on a claim of several parts.
func worst(parts ...Verdict) Verdict {
	for _, v := range []Verdict{NotReproduced, Unresolved} {
		for _, p := range parts {
			if p == v {
				return v
			}
		}
	}
	return Reproduced
}
