package experiments

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/experiments/device"
	"github.com/trtnas/trtnas/predictor/latency"
	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/space/graph"
	"github.com/trtnas/trtnas/space/reference"
	"github.com/trtnas/trtnas/store"
	"github.com/trtnas/trtnas/trt"
)

// Calibration says what a latency profile is fitted on. Equal calibrations on
// equal measurements give equal profiles.
type Calibration struct {
	Name     string       // of the profile; empty is one after the device
	Space    *space.Space // whose networks are measured
	Networks int          // to measure, besides the reference network
	Seed     int64        // of the networks to choose from
	Replace  bool         // whether another profile of this name may be replaced
	// Measured is told of each network, of known ones too; nil is nobody.
	Measured func(CalibrationStep)
}

// DefaultNetworks are more than the constants need: over 40 simulated devices
// unlike the T4, 10 networks chosen by the design, or 20 drawn at random, bring
// the error within a tenth of what 40 reach (TestDesignNeedsFewerNetworks). It
// is the interval that needs the others.
const DefaultNetworks = 40

// CalibrationStep is one network of a calibration.
type CalibrationStep struct {
	Done, Networks int // networks that were measured, of those wanted
	ID             string
	MS, Expected   float64 // measured, and as the base profile scaled by the reference has it
	Source         string
	Failure        *evaluator.Failure
}

// anchor is the network by which the priors are scaled.
const anchor = "ResNet50"

// candidates are drawn from the space, to choose from.
const candidates = 300

// Calibrate measures what tells most about the device's constants, fits its
// latency profile and keeps it. What was measured under the same conditions is
// not measured again, so a calibration that was stopped goes on where it was.
func Calibrate(ctx context.Context, st *store.Store, d *device.Device, c Calibration) (latency.File, error) {
	base, err := latency.Open(device.DefaultProfile)
	if err != nil {
		return latency.File{}, err
	}
	w := calibrating{Calibration: c, store: st, device: d, base: base, spec: d.Conditions().Spec}
	as := w.as()
	if err := w.check(ctx, &as); err != nil {
		return latency.File{}, err
	}
	ref, samples, err := w.measure(ctx)
	if err != nil {
		return latency.File{}, err
	}
	p, report, err := base.Calibrate(as, ref, samples)
	if err != nil {
		return latency.File{}, err
	}
	// Nothing is left to wait for: the profile is kept even if the user leaves.
	ctx = context.WithoutCancel(ctx)
	if err := SaveProfile(ctx, st, latency.NewFile(*p, &report), c.Replace); err != nil {
		return latency.File{}, err
	}
	return storedProfile(ctx, st, p.Name)
}

// calibrating is a calibration under way.
type calibrating struct {
	Calibration
	store  *store.Store
	device *device.Device
	base   *latency.Profile
	spec   trt.Spec
}

// as is the profile as far as it is known before anything is measured.
func (w *calibrating) as() latency.Profile {
	side := w.side()
	p := latency.Profile{
		Name: w.Name, Device: w.spec.Device, Runtime: "TensorRT " + w.spec.TensorRT, Precision: latency.Precision(w.spec.Precision),
		Batch: w.spec.Batch, Resolution: [2]int{int(math.Floor(side)), int(math.Ceil(side))}, Origin: w.origin(),
	}
	if p.Name == "" {
		p.Name = p.Origin.Source.NameFor(p.Device, p.Precision)
	}
	return p
}

// side is that of the square of as many pixels as the input has.
func (w *calibrating) side() float64 {
	return math.Sqrt(float64(w.spec.Resolution[0]) * float64(w.spec.Resolution[1]))
}

func (w *calibrating) origin() latency.Origin {
	source := latency.Measured
	if w.device.Conditions().Latency == string(trt.AccessSim) {
		source = latency.Simulated
	}
	b := w.spec.Builder
	builder := fmt.Sprintf("%s typing, optimization level %d", b.Typing, b.Level)
	if b.WorkspaceMiB > 0 {
		builder += fmt.Sprintf(", workspace %d MiB", b.WorkspaceMiB)
	}
	return latency.Origin{Source: source, Driver: w.spec.Driver, Builder: builder, Output: string(w.spec.Output), Space: w.Space.Name, Seed: w.Seed}
}

// check says what makes the calibration impossible, before anything is
// measured.
func (w *calibrating) check(ctx context.Context, p *latency.Profile) error {
	if w.Networks < latency.LeastSamples {
		return Unusable{fmt.Errorf("calibration on %d networks: need at least %d", w.Networks, latency.LeastSamples)}
	}
	if err := errors.Join(w.Space.Validate(), p.Origin.Source.CheckName(p.Name)); err != nil {
		return Unusable{err}
	}
	known, err := storedProfile(ctx, w.store, p.Name)
	if errors.Is(err, store.ErrUnknownProfile) || err == nil && w.Replace {
		return nil
	}
	if err != nil {
		return err
	}
	k := &known.Profile
	same := k.Device == p.Device && k.Runtime == p.Runtime && k.Precision == p.Precision && k.Batch == p.Batch &&
		k.Resolution == p.Resolution && k.Origin == p.Origin && k.Rows == w.Networks+1
	if !same {
		return Unusable{fmt.Errorf("%w: %s is of %d networks of %s (seed %d) on %s, %s, %s, batch %d: choose another --name, or replace it with --force",
			store.ErrProfileExists, p.Name, k.Rows-1, k.Origin.Space, k.Origin.Seed, k.Device, k.Runtime, k.Precision, k.Batch)}
	}
	return nil
}

// candidate is a network that may be measured.
type candidate struct {
	network reference.Network
	kernels []graph.Kernel
}

// pool are networks drawn from the space, and the published ones that it has.
// There are no single blocks: timed as they run inside a network they would
// tell more (6 simulated devices: 10 of them do for 15 networks), but an engine
// of one block also converts its input and output, which no network does
// there. With two such conversions, the error of networks became 13 % in place
// of 4.
func (w *calibrating) pool() ([]candidate, error) {
	genotypes := seeds(w.Space)
	rng := rand.New(rand.NewSource(w.Seed))
	for range candidates {
		genotypes = append(genotypes, w.Space.Sample(rng))
	}
	seen := map[string]bool{}
	var all []candidate
	for _, g := range genotypes {
		a := w.Space.Decode(g)
		n := reference.Network{Name: a.ID(), Arch: &a}
		if seen[n.Name] {
			continue
		}
		seen[n.Name] = true
		// One that is too small for its feature maps can't be measured either.
		if lowered, err := n.Lower(inputOf(w.spec)); err == nil {
			all = append(all, candidate{n, lowered.Kernels()})
		}
	}
	if len(all) < w.Networks {
		return nil, Unusable{fmt.Errorf("calibration on %d networks: found only %d in space %s for this input: choose fewer --networks, or another --space", w.Networks, len(all), w.Space.Name)}
	}
	return all, nil
}

// measure measures the reference, and then by the design. What fails takes the
// next best's place.
func (w *calibrating) measure(ctx context.Context) (latency.Sample, []latency.Sample, error) {
	pool, err := w.pool()
	if err != nil {
		return latency.Sample{}, nil, err
	}
	ref, err := w.anchor(ctx)
	if err != nil {
		return ref, nil, err
	}
	priors, err := w.base.Priors(ref)
	if err != nil {
		return ref, nil, err
	}
	design, expected := latency.NewDesign(priors), priors.Centre()
	design.Add(design.Sensitivity(ref.Kernels, ref.Batch))
	information := make([]latency.Sensitivity, len(pool))
	for i, c := range pool {
		information[i] = design.Sensitivity(c.kernels, w.spec.Batch)
	}
	var samples []latency.Sample
	tried := make([]bool, len(pool))
	for failed := 0; len(samples) < w.Networks; {
		i := design.Best(information, func(i int) bool { return !tried[i] })
		if i < 0 || failed > w.Networks {
			return ref, nil, fmt.Errorf("%d of the networks failed and %d were measured: a calibration needs %d; `trtnas doctor` may tell why", failed, len(samples), w.Networks)
		}
		tried[i] = true
		s, step, err := w.one(ctx, pool[i])
		if err != nil {
			return ref, nil, err
		}
		if step.Failure != nil {
			failed++
		} else {
			samples = append(samples, s)
			design.Add(information[i])
		}
		step.Done, step.Networks, step.Expected = len(samples), w.Networks, expected.Sum(pool[i].kernels, w.spec.Batch)
		if w.Measured != nil {
			w.Measured(step)
		}
	}
	return ref, samples, nil
}

// anchor measures the reference network, without which there are no priors.
func (w *calibrating) anchor(ctx context.Context) (latency.Sample, error) {
	n, err := reference.Find(anchor)
	if err != nil {
		return latency.Sample{}, err
	}
	g, err := n.Lower(inputOf(w.spec))
	if err != nil {
		return latency.Sample{}, Unusable{err}
	}
	s, step, err := w.one(ctx, candidate{n, g.Kernels()})
	if err == nil && step.Failure != nil {
		err = fmt.Errorf("the reference network %s: %s: %s", anchor, step.Failure.Class, step.Failure.Message)
	}
	return s, err
}

// one measures a network, unless it is known.
func (w *calibrating) one(ctx context.Context, c candidate) (latency.Sample, CalibrationStep, error) {
	if err := ctx.Err(); err != nil {
		return latency.Sample{}, CalibrationStep{}, err
	}
	m, err := Measure(ctx, w.store, w.device, c.network, false)
	if err != nil || m.Failure != nil {
		return latency.Sample{}, CalibrationStep{ID: c.network.ID(), Failure: m.Failure}, err
	}
	s := latency.Sample{Network: c.network.Name, Resolution: int(math.Round(w.side())), Kernels: c.kernels, Batch: w.spec.Batch, MS: m.Latency.Value}
	return s, CalibrationStep{ID: m.ID, MS: m.Latency.Value, Source: m.Latency.Source}, nil
}

func inputOf(s trt.Spec) space.Input {
	return space.Input{Batch: s.Batch, Height: s.Resolution[0], Width: s.Resolution[1], Features: s.Output == trt.Features}
}
