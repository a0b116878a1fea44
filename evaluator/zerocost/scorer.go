package zerocost

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/space/graph"
	"github.com/trtnas/trtnas/space/onnx"
	"github.com/trtnas/trtnas/space/torch"
	"github.com/trtnas/trtnas/space/weights"
)

// Scorer computes proxies in a Python of the user's, one network at a time.
type Scorer struct {
	command  []string
	versions map[string]string // of the libraries; PyTorch's is empty where there is none
	program  *program          // nil after it died
	now      func() time.Time
}

// Open finds ONNX Runtime and NumPy in a Python; an empty path is python3. The
// error says how to install them. The clock tells costs.
func Open(ctx context.Context, python string, now func() time.Time) (*Scorer, error) {
	python = cmp.Or(python, "python3")
	s := &Scorer{command: []string{python, "-c", script}, now: now}
	a, err := s.ask(ctx, request{Op: "hello"})
	if err == nil && a.Error != "" {
		err = errors.New(a.Error)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("no ONNX Runtime to compute proxies with: %w; install it with %s -m pip install onnxruntime", err, python), s.Close())
	}
	s.versions = a.Versions
	return s, nil
}

// Close ends the program.
func (s *Scorer) Close() error {
	if s.program == nil {
		return nil
	}
	err := s.program.close()
	s.program = nil
	return err
}

// ErrNoTorch tells that the gradient pass can't be had.
var ErrNoTorch = errors.New("gradients need PyTorch, which this Python lacks: install it with pip install torch, or give another --python")

// Conditions are those of a pass on the input. Without PyTorch there are none
// of the gradient pass, and the error is ErrNoTorch.
func (s *Scorer) Conditions(p Pass, in Input) (Conditions, error) {
	if err := in.Validate(); err != nil {
		return Conditions{}, err
	}
	runtime := "onnxruntime " + s.versions["onnxruntime"] + ", numpy " + s.versions["numpy"]
	if p == Gradient {
		if s.versions["torch"] == "" {
			return Conditions{}, ErrNoTorch
		}
		runtime = "torch " + s.versions["torch"] + ", numpy " + s.versions["numpy"]
	}
	return Conditions{Pass: p, Input: in, Version: version, Runtime: runtime}, nil
}

// Score computes the proxies of a pass for one seed. What a network does is a
// failure in its scores; an error is the context's, or of files.
func (s *Scorer) Score(ctx context.Context, n Network, c Conditions, seed uint64) (scores []Score, err error) {
	began := s.now()
	folder, err := os.MkdirTemp("", "trtnas-zerocost-*")
	if err != nil {
		return nil, fmt.Errorf("folder of the model that is scored: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	j := job{folder: folder, network: n, input: c.Input, seed: seed}
	r, failure, err := j.request(c.Pass)
	var a answer
	if err == nil && failure == nil {
		a, err = s.ask(ctx, r)
		if errors.Is(err, errDied) {
			failure, err = err, nil
		}
	}
	if err != nil {
		return nil, err
	}
	if a.Error != "" {
		failure = errors.New(a.Error)
	}
	return j.scores(c.Pass, a, failure, s.now().Sub(began)), nil
}

// ask starts the program where there is none.
func (s *Scorer) ask(ctx context.Context, r request) (answer, error) {
	if s.program == nil {
		p, err := start(ctx, s.command)
		if err != nil {
			return answer{}, err
		}
		s.program = p
	}
	a, err := s.program.ask(ctx, r)
	if err != nil {
		err = errors.Join(err, s.Close())
	}
	return a, err
}

// job is one pass of one network for one seed.
type job struct {
	folder  string
	network Network
	input   Input
	seed    uint64
}

// request writes the files of a pass. A failure is the network's.
func (j job) request(p Pass) (r request, failure, err error) {
	h, w := j.input.Resolution[0], j.input.Resolution[1]
	// The script says how many images go through at once.
	g, failure := j.network.Lower(space.Input{Batch: 1, Height: h, Width: w})
	if failure != nil {
		return r, failure, nil
	}
	r = request{Op: string(p), Shape: []int{j.input.Batch, 3, h, w}, Images: j.path(ImagesFile), Model: j.path("model.onnx")}
	if err := j.noise(r.Images, ImagesFile, r.Shape); err != nil {
		return r, nil, err
	}
	switch p {
	case Forward:
		r.forwardTaps = newForwardTaps(g, j.seed)
		return r, nil, j.export(r.Model, g, r.all())
	case Plain:
		failure, err = j.plain(&r, g)
	default:
		failure, err = j.gradient(&r, g)
	}
	return r, failure, err
}

// errNoModule: the exported module is of architectures of a space.
var errNoModule = errors.New("trtnas has no PyTorch module of this network, as gradients need")

func (j job) plain(r *request, g *graph.Graph) (failure, err error) {
	p, failure := newPlain(g)
	if failure != nil {
		return failure, nil
	}
	r.Features, r.Norms, r.Noise = &tap{Name: p.features.Name, node: p.features}, p.norms, j.path(NoiseFile)
	r.Scale = p.scale(j.weights())
	taps := []*tap{r.Features}
	for i := range r.Norms {
		taps = append(taps, &r.Norms[i])
	}
	return nil, errors.Join(j.export(r.Model, p.graph, taps), j.noise(r.Noise, NoiseFile, r.Shape))
}

func (j job) gradient(r *request, g *graph.Graph) (failure, err error) {
	if j.network.Arch == nil {
		return errNoModule, nil
	}
	r.Module, r.Weights, r.Model = j.path(ModuleFile), j.path(WeightsFile), ""
	labels := source(j.seed, "labels")
	for range j.input.Batch {
		r.Labels = append(r.Labels, labels.IntN(space.Classes))
	}
	return nil, errors.Join(
		write(r.Module, func(f *os.File) error { return torch.WriteModule(f, *j.network.Arch, torch.Text{}) }),
		write(r.Weights, func(f *os.File) error { return torch.WriteWeights(f, g, j.weights()) }),
	)
}

func (j job) weights() weights.Init { return weights.Init{Seed: j.seed} }

func (j job) path(name string) string { return filepath.Join(j.folder, name) }

// export writes the graph with an output for each tap, which gets its name.
func (j job) export(path string, g *graph.Graph, taps []*tap) error {
	tapped := graph.Graph{Nodes: g.Nodes}
	for i, t := range taps {
		t.Output = fmt.Sprintf("features.%d", i) // as package onnx calls several outputs
		tapped.Outputs = append(tapped.Outputs, t.node)
	}
	return onnx.Export(path, &tapped, onnx.Options{Weights: j.weights(), DynamicBatch: true})
}

// noise writes standard normal images as fp32.
func (j job) noise(path, purpose string, shape []int) error {
	return write(path, func(f *os.File) error {
		return binary.Write(f, binary.LittleEndian, normals(source(j.seed, purpose), shape))
	})
}

func normals(rng *rand.Rand, shape []int) []float32 {
	n := 1
	for _, d := range shape {
		n *= d
	}
	values := make([]float32, n)
	for i := range values {
		values[i] = float32(rng.NormFloat64())
	}
	return values
}

func write(path string, fill func(*os.File) error) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(fill(f), f.Close())
}

// scores reads the answer; what it lacks is a failure.
func (j job) scores(p Pass, a answer, failure error, cost time.Duration) []Score {
	var all []Score
	for _, proxy := range p.proxies() {
		s := Score{Proxy: proxy, Seed: j.seed, Cost: cost}
		value, there := a.Scores[proxy]
		switch {
		case failure != nil:
			s.Failure = failure.Error()
		case !there:
			s.Failure = "the network has nothing of what the proxy reads"
		case value == nil:
			s.Failure = "not a finite number"
		default:
			s.Value = *value
		}
		all = append(all, s)
	}
	return all
}
