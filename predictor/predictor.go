// Package predictor holds what the latency and the accuracy model have in
// common: an estimate with its interval, and the figures by which a model is
// judged on networks that it was not fitted on.
package predictor

// Estimate is a predicted value with an interval that is meant to hold the
// true one with probability Level. The unit is the model's: milliseconds or
// per cent.
type Estimate struct {
	Value, Low, High float64
	Level            float64
	Extrapolated     bool // outside the conditions that the model was fitted on
}
