package wire

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/trtnas/trtnas/trt"
)

// Options say which program to start, and how it is used.
type Options struct {
	Command []string         // the program and its arguments
	Env     []string         // "NAME=value" that are added to our environment
	Caches  trt.TimingCaches // empty is none
	// Target is the compute capability to build for, such as "8.0". With one, a
	// program without a GPU is accepted, and what it builds is loaded only when
	// it is to be timed. Empty is the GPU at hand.
	Target string

	BuildLimit time.Duration // on a build, beyond which it is a Timeout; 0 is 10 minutes
	Limit      time.Duration // on each other request; 0 is 2 minutes
}

// Start starts a program that speaks the protocol on its standard input and
// output, and asks who it is. Whatever the program does later, an error of the
// backend is a *trt.Failure, but for the context's, of files, and of a program
// of another version. After a failure that ended the program the next call
// starts it anew, and engines load their plans again on their own.
func Start(ctx context.Context, o Options) (trt.Backend, error) {
	if len(o.Command) == 0 {
		return nil, errors.New("no program to start")
	}
	o.BuildLimit = cmp.Or(o.BuildLimit, 10*time.Minute)
	o.Limit = cmp.Or(o.Limit, 2*time.Minute)
	folder, err := os.MkdirTemp("", "trtnas-plans-*")
	if err != nil {
		return nil, fmt.Errorf("folder of plans: %w", err)
	}
	b := &backend{options: o, folder: folder}
	if _, err := b.running(ctx); err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return b, nil
}

// backend is a program that is started again whenever it died.
type backend struct {
	options Options
	folder  string // of plans and tensors
	device  trt.Device
	session *session // nil before the first start and after an end
	started int      // sessions up to now, which numbers them
	built   int      // engines up to now, which names their plans
}

func (b *backend) Device() trt.Device { return b.device }

// Build builds in the program, and loads the engine unless it is for another
// device.
func (b *backend) Build(ctx context.Context, m trt.Model, s trt.Spec) (trt.Engine, error) {
	model, err := m.Path(s)
	if err != nil {
		return nil, err
	}
	b.built++
	e := &engine{backend: b, plan: filepath.Join(b.folder, fmt.Sprintf("%d.plan", b.built))}
	err = b.options.Caches.Use(b.device, s, func(cache string) error {
		r, err := b.ask(ctx, Request{Op: Build, Build: &BuildRequest{
			Model: model, Plan: e.plan, Precision: s.Precision, Typing: s.Builder.Typing,
			Level: s.Builder.Level, WorkspaceMiB: s.Builder.WorkspaceMiB,
			TimingCache: cache, Target: b.options.Target,
		}})
		if err == nil {
			e.info = *r.Built
		}
		return err
	})
	if err == nil && b.options.Target == "" {
		_, err = e.load(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, e.Close())
	}
	return e, nil
}

// Close ends the program and removes the plans.
func (b *backend) Close() error {
	if b.session != nil {
		b.session.quit()
		b.session = nil
	}
	return os.RemoveAll(b.folder)
}

// ask sends a request to a running program. A program that fails in a way
// after which it can't be trusted is ended.
func (b *backend) ask(ctx context.Context, r Request) (Response, error) {
	s, err := b.running(ctx)
	if err != nil {
		return Response{}, err
	}
	return b.askOf(ctx, s, r)
}

func (b *backend) askOf(ctx context.Context, s *session, r Request) (Response, error) {
	limit := b.options.Limit
	if r.Op == Build {
		limit = b.options.BuildLimit
	}
	response, err := s.ask(ctx, r, limit)
	if s.dead && b.session == s {
		b.session = nil
	}
	return response, err
}

// running is the session, or a new one.
func (b *backend) running(ctx context.Context) (*session, error) {
	if b.session != nil {
		return b.session, nil
	}
	s, err := start(b.options.Command, b.options.Env)
	if err != nil {
		return nil, err
	}
	b.started++
	s.number = b.started
	if err := b.greet(ctx, s); err != nil {
		s.kill()
		return nil, err
	}
	b.session = s
	return s, nil
}

// greet checks who a new program is: after a crash it must still be on the
// same device, or its timings would not be comparable.
func (b *backend) greet(ctx context.Context, s *session) error {
	r, err := b.askOf(ctx, s, Request{Op: Hello})
	if err != nil {
		return err
	}
	if v := r.Hello.Version; v != Version {
		return fmt.Errorf("%s speaks version %d of the protocol, and this program version %d: install both from one release", b.options.Command[0], v, Version)
	}
	if reason := r.Hello.NoDevice; reason != "" && b.options.Target == "" {
		return noDevice(reason)
	}
	device := r.Hello.Device
	if s.number == 1 {
		b.device = device
	}
	if was := b.device; device.UUID != was.UUID || device.Name != was.Name || device.Driver != was.Driver || device.Version != was.Version {
		return fmt.Errorf("the device changed during the run: %s %s, driver %s, %s %s, was %s %s, driver %s, %s %s; start a new run",
			device.Name, device.UUID, device.Driver, device.Library, device.Version, was.Name, was.UUID, was.Driver, was.Library, was.Version)
	}
	return nil
}
