// Package device opens what gives networks their latency: a GPU on this
// machine, a model of one, a simulation or recordings.
package device

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/evaluator/fleet"
	"github.com/trtnas/trtnas/predictor/accuracy"
	"github.com/trtnas/trtnas/space/reference"
	"github.com/trtnas/trtnas/trt"
	"github.com/trtnas/trtnas/trt/replay"
)

// Names of devices. Others are profiles, such as "t4".
const (
	Auto         = "auto"  // the GPU of this machine, or the default profile where there is none
	Local        = "local" // the GPU of this machine
	simPrefix    = "sim:"
	replayPrefix = "replay:"
)

// Options say which device is wanted and how it is to be used. They are
// settings of a run, since its measurements depend on them.
type Options struct {
	Name   string     `json:"name"`
	Access trt.Access `json:"access,omitempty"` // empty is whatever is found
	Index  int        `json:"index,omitempty"`  // of the GPU on this machine
}

// Tools are where things are found on this machine, which may differ from one
// resumption of a run to the next.
type Tools struct {
	Trtexec string        // program; empty is the one on the PATH
	Python  string        // with TensorRT's bindings, and ONNX Runtime; empty is python3
	Program string        // trtnas-device; empty is the one beside trtnas
	Caches  string        // folder of timing caches; empty is none
	Record  string        // folder to keep recordings in; empty is none
	Layers  bool          // whether to time each layer
	Busy    bool          // whether other programs may compute on the GPU
	Build   time.Duration // limit of one build; 0 is the default
	// Profiles finds those that are neither built in nor files; nil is none.
	Profiles Profiles
	// Workers is the queue of those that measure in place of this machine; nil is
	// none.
	Workers *fleet.Queue
	gpus    *gpus // that devices share; nil shares none
}

// Device scores networks under its conditions.
type Device struct {
	Network         // how it scores any network
	Note     string // what its latencies are, for people
	Measures bool
	// Beside are the devices for further conditions, which close and are renewed
	// with this one.
	Beside     []*Device
	Judged     bool // whether accuracies come from a tier that costs more
	models     *evaluator.Predict
	conditions evaluator.Conditions
	evaluator  evaluator.Evaluator
	parallel   int                                        // networks that are measured at once; 0 is one
	renew      func(ctx context.Context) (*Device, error) // nil for what can't be measured anew
	close      func() error
}

// Estimate has accuracies come from another fitted model, on the devices beside
// this one too, before any network was scored.
func (d *Device) Estimate(m *accuracy.Model) {
	for _, d := range d.All() {
		scores := d.evaluator.(estimating)
		scores.Estimate(m)
		d.models.Estimate(m)
		d.conditions = scores.Conditions()
		if renew := d.renew; renew != nil {
			d.renew = func(ctx context.Context) (*Device, error) {
				next, err := renew(ctx)
				if err == nil {
					next.Estimate(m)
				}
				return next, err
			}
		}
	}
}

// estimating is what every device scores by until it is judged by a tier.
type estimating interface {
	Conditions() evaluator.Conditions
	Estimate(*accuracy.Model)
}

// Network scores a network that need not be an architecture of a space.
type Network interface {
	Network(ctx context.Context, n evaluator.Network) (evaluator.Result, error)
}

// Models predict for the device's conditions: as well as they can, for a device
// that they were not fitted on.
func (d *Device) Models() *evaluator.Predict { return d.models }

// Conditions are those of all scores.
func (d *Device) Conditions() evaluator.Conditions { return d.conditions }

// Evaluator scores the architectures of a search.
func (d *Device) Evaluator() evaluator.Evaluator { return d.evaluator }

// Parallel is how many networks the device scores at once.
func (d *Device) Parallel() int { return max(d.parallel, 1) }

// Judge has accuracies come from a tier that costs more than the models', for the
// networks that are worth it; the others have none then.
func (d *Device) Judge(t evaluator.Tier, worth func(evaluator.Result) bool) {
	d.Judged = true
	d.conditions = d.conditions.On(t.Scale())
	d.evaluator = evaluator.Judged{Next: d.evaluator, Tier: t, Worth: worth}
}

// Renewable tells whether Renew is possible: recordings are what they are.
func (d *Device) Renewable() bool {
	return !slices.ContainsFunc(d.All(), func(d *Device) bool { return d.renew == nil })
}

// Renew ends the session on the device and begins another, in which networks
// are built anew: nothing is left of the first, timing caches included.
func (d *Device) Renew(ctx context.Context) error {
	if err := d.Close(); err != nil {
		return err
	}
	next, err := d.renew(ctx)
	if err != nil {
		return err
	}
	for _, b := range d.Beside {
		other, err := b.renew(ctx)
		if err != nil {
			return errors.Join(err, next.Close())
		}
		next.Beside = append(next.Beside, other)
	}
	*d = *next
	return nil
}

// Close frees the device, and those beside it. Closing it again does nothing.
func (d *Device) Close() error {
	var err error
	for _, b := range d.Beside {
		err = errors.Join(err, b.Close())
	}
	if d.close == nil {
		return err
	}
	free := d.close
	d.close = nil
	return errors.Join(err, free())
}

// Open opens the device for the conditions in spec, whose device is replaced.
func Open(ctx context.Context, spec trt.Spec, o Options, t Tools) (*Device, error) {
	switch {
	case t.Workers != nil:
		return openFleet(ctx, spec, o, t)
	case strings.HasPrefix(o.Name, simPrefix):
		return openSim(spec, strings.TrimPrefix(o.Name, simPrefix), t)
	case strings.HasPrefix(o.Name, replayPrefix):
		return openReplay(spec, strings.TrimPrefix(o.Name, replayPrefix))
	case o.Name == Local || o.Name == Auto && present():
		return openLocal(ctx, spec, o, t)
	}
	profile, err := t.Profiles.Find(o.Name)
	if err != nil {
		return nil, err
	}
	models, err := evaluator.NewPredict(spec, profile, accuracy.Default())
	if err != nil {
		return nil, err
	}
	return predicting(models, o.Name, describe(profile)), nil
}

func predicting(models *evaluator.Predict, asked, note string) *Device {
	if asked == Auto {
		note = "there is no GPU on this machine, so " + note
	}
	return &Device{
		Network: predicted{models}, Note: note, models: models,
		conditions: models.Conditions(), evaluator: models,
	}
}

// predicted scores by the models.
type predicted struct{ models *evaluator.Predict }

func (p predicted) Network(_ context.Context, n evaluator.Network) (evaluator.Result, error) {
	score, err := p.models.Network(n)
	return evaluator.Result{ID: n.ID(), Score: score}, err
}

// referenceNetwork is timed before and after each candidate: every library
// builds it, and its latency is published for many GPUs.
const referenceNetwork = "ResNet50"

// session is a driver with the folder of its models.
type session struct {
	driver trt.Driver
	folder string
	record string
}

// newSession makes a folder for models, and the reference network's in it.
func newSession() (session, error) {
	folder, err := os.MkdirTemp("", "trtnas-")
	if err != nil {
		return session{}, fmt.Errorf("folder for the models that are measured: %w", err)
	}
	return session{folder: folder}, nil
}

func (s session) close() error {
	var err error
	if s.driver != nil {
		err = s.driver.Close()
	}
	return errors.Join(err, os.RemoveAll(s.folder))
}

// reference is the reference network as a model under the conditions.
func (s session) reference(spec trt.Spec) (*trt.Model, error) {
	n, err := reference.Find(referenceNetwork)
	if err != nil {
		return nil, err
	}
	model, _, err := evaluator.NewModel(n, spec, s.folder)
	return &model, err
}

// measuring scores by a driver.
func (s session) measuring(spec trt.Spec, d trt.Driver) *evaluator.Measure {
	if s.record != "" {
		d = replay.Recorder{Driver: d, Folder: s.record}
	}
	return evaluator.NewMeasure(spec, d, accuracy.Default(), s.folder)
}

func openReplay(spec trt.Spec, folder string) (*Device, error) {
	driver, err := replay.Open(folder)
	if err != nil {
		return nil, err
	}
	s, err := newSession()
	if err != nil {
		return nil, err
	}
	s.driver = driver
	m := s.measuring(spec, driver)
	models, err := Nearest(spec)
	if err != nil {
		return nil, errors.Join(err, s.close())
	}
	d := driver.Device()
	return &Device{
		Network: m, Measures: true, models: models, conditions: m.Conditions(), evaluator: m, close: s.close,
		Note: fmt.Sprintf("latencies are replayed from recordings on %s (%s %s)", d.Name, d.Library, d.Version),
	}, nil
}
