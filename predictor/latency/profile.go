package latency

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/trtnas/trtnas/predictor"
	"github.com/trtnas/trtnas/space/graph"
)

// Precision of an engine's arithmetic.
type Precision string

// The precisions that TensorRT engines are asked for.
const (
	FP16 Precision = "fp16"
	FP32 Precision = "fp32"
)

// Conditions under which a latency is wanted.
type Conditions struct {
	Precision     Precision
	Batch         int
	Height, Width int // of the input in pixels
}

// Profile predicts latencies on one device with one runtime.
type Profile struct {
	Name       string    `json:"name"`
	Device     string    `json:"device"`
	Runtime    string    `json:"runtime"`
	Precision  Precision `json:"precision"`
	Batch      int       `json:"batch"`
	Resolution [2]int    `json:"resolution"` // least and greatest of the fitted rows, px
	Rows       int       `json:"rows"`
	Families   int       `json:"families"`
	Constants  Constants `json:"constants"`
	Interval   Interval  `json:"interval"`
	Origin     Origin    `json:"origin,omitzero"` // of the rows; zero for the T4's
}

// Interval says how wide a prediction's interval is: with probability Level
// the latency lies within a factor exp(±spread) of the prediction, where
// spread² is the sum of the squares below.
type Interval struct {
	Level  float64 `json:"level"`
	Spread float64 `json:"spread"` // for a family that was not fitted on, at the profile's batch and Home
	Home   int     `json:"home"`   // the resolution of most rows, px
	// PerResolutionOctave is the spread added for each doubling or halving of
	// the resolution from Home, PerBatchOctave of the batch.
	PerResolutionOctave float64 `json:"per_resolution_octave"`
	PerBatchOctave      float64 `json:"per_batch_octave"`
}

// ErrUnsupported is what all refusals to predict wrap.
var ErrUnsupported = errors.New("no latency prediction")

//go:embed data/t4.json data/v100.json
var fitted embed.FS

// Builtin names the built-in profiles, the default one first.
func Builtin() []string { return []string{"t4", "v100"} }

// Open returns the built-in profile of a device.
func Open(name string) (*Profile, error) {
	if !slices.Contains(Builtin(), name) {
		return nil, fmt.Errorf("%w: there is no profile %q; built in are %s", ErrUnsupported, name, strings.Join(Builtin(), " and "))
	}
	var p Profile
	data, err := fitted.ReadFile("data/" + name + ".json")
	if err == nil {
		err = json.Unmarshal(data, &p)
	}
	if err != nil {
		return nil, fmt.Errorf("built-in latency profile %s: %w", name, err)
	}
	return &p, nil
}

// Check reports whether the profile can predict at all under the conditions.
// It refuses other precisions: nothing that was fitted on says how the constants
// change with it.
func (p *Profile) Check(c Conditions) error {
	switch {
	case c.Precision != p.Precision:
		return fmt.Errorf("%w in %s: the profile %s was fitted on %s only; ask for %s, or measure on the device", ErrUnsupported, c.Precision, p.Name, p.Precision, p.Precision)
	case c.Batch < 1:
		return fmt.Errorf("%w: batch %d: give a batch of 1 or more", ErrUnsupported, c.Batch)
	case c.Height < 1 || c.Width < 1:
		return fmt.Errorf("%w: resolution %dx%d: give a positive height and width", ErrUnsupported, c.Height, c.Width)
	}
	return nil
}

// Predict returns the latency in ms of one batch through kernels that run one
// after the other.
func (p *Profile) Predict(kernels []graph.Kernel, c Conditions) (predictor.Estimate, error) {
	if err := p.Check(c); err != nil {
		return predictor.Estimate{}, err
	}
	return p.Estimate(p.Constants.Sum(kernels, c.Batch), c)
}

// Estimate gives a sum of kernel times in ms its interval. The conditions are
// those that the sum was taken under.
func (p *Profile) Estimate(ms float64, c Conditions) (predictor.Estimate, error) {
	if err := p.Check(c); err != nil {
		return predictor.Estimate{}, err
	}
	side := math.Sqrt(float64(c.Height) * float64(c.Width))
	factor := math.Exp(p.Interval.spread(side, math.Log2(float64(c.Batch)/float64(p.Batch))))
	return predictor.Estimate{
		Value: ms, Low: ms / factor, High: ms * factor, Level: p.Interval.Level,
		Extrapolated: c.Batch != p.Batch || side < float64(p.Resolution[0]) || side > float64(p.Resolution[1]),
	}, nil
}

func (i *Interval) spread(side, batchOctaves float64) float64 {
	resolution := i.PerResolutionOctave * math.Log2(side/float64(i.Home))
	batch := i.PerBatchOctave * batchOctaves
	return math.Sqrt(i.Spread*i.Spread + resolution*resolution + batch*batch)
}

// Write writes the profile as the JSON file that the package embeds.
func (p *Profile) Write(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(p)
}

// perBatchOctave covers the published batch scaling of the networks that have
// a kernel list too (PaddleClas T4 tables, fp16, batch 1, 4 and 8): their
// times fall with the batch more slowly than predicted, by up to 0.165 in the
// logarithm for each halving. Those times include the runtime's own costs, so
// it is an upper bound.
const perBatchOctave = 0.17

// FitT4 fits the profile t4 on the published rows, near and far as SamplesOf
// gives them. The same rows give the same profile, hence no date in it.
func FitT4(near, far []Sample) (*Profile, error) {
	p := Profile{
		Name: "t4", Device: "NVIDIA T4", Runtime: "TensorRT 8.0.3.4", Precision: FP16, Batch: 8,
		Interval: Interval{Level: 0.8, Home: 224, PerBatchOctave: perBatchOctave},
	}
	var err error
	if p.Constants, err = Fit(near, T4Priors()); err != nil {
		return nil, err
	}
	report, err := CrossValidate(near, far, T4Priors())
	if err != nil {
		return nil, err
	}
	p.Rows, p.Families, p.Resolution = report.Rows, report.Families, resolutions(near)
	p.Interval.Spread = significant(report.Spread, 3)
	p.Interval.PerResolutionOctave = significant(report.farSpread()/math.Log2(float64(far[0].Resolution)/float64(p.Interval.Home)), 3)
	return &p, nil
}

func resolutions(samples []Sample) [2]int {
	least, greatest := samples[0].Resolution, samples[0].Resolution
	for _, s := range samples {
		least, greatest = min(least, s.Resolution), max(greatest, s.Resolution)
	}
	return [2]int{least, greatest}
}
