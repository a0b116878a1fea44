package evaluator

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/trtnas/trtnas/predictor/accuracy"
	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/space/graph"
	"github.com/trtnas/trtnas/space/onnx"
	"github.com/trtnas/trtnas/trt"
)

// Measure scores networks by their latency on a device; their accuracy is an
// estimate. It measures one after the other.
type Measure struct {
	conditions Conditions
	driver     trt.Driver
	quality    quality
	folder     string
}

// NewMeasure measures under the conditions in spec with the driver, whose
// device replaces the one in spec. Models are written to folder while they are
// measured.
func NewMeasure(spec trt.Spec, driver trt.Driver, model *accuracy.Model, folder string) *Measure {
	d := driver.Device()
	return &Measure{
		conditions: Conditions{Spec: d.Conditions(spec), Latency: string(d.Access), Accuracy: model.Title()},
		driver:     driver, quality: quality{model: model}, folder: folder,
	}
}

// Conditions are those of all scores.
func (m *Measure) Conditions() Conditions { return m.conditions }

// Evaluate implements Evaluator.
func (m *Measure) Evaluate(ctx context.Context, archs []space.Arch) ([]Result, error) {
	out := make([]Result, len(archs))
	for i, a := range archs {
		r, err := m.Network(ctx, a)
		if err != nil {
			return nil, err
		}
		r.Arch = a
		out[i] = r
	}
	return out, nil
}

// Network is what can be measured.
type Network interface {
	ID() string
	Lowerer
}

// Network measures any network. Its own failure is part of the result, an
// error ends the run.
func (m *Measure) Network(ctx context.Context, n Network) (Result, error) {
	r := Result{ID: n.ID()}
	g, err := n.Lower(InputOf(m.conditions.Spec))
	if err != nil {
		r.Failure = &Failure{Class: trt.InvalidNetwork, Message: err.Error()}
		return r, nil
	}
	files := modelFiles{folder: m.folder, id: n.ID(), graph: g}
	r, err = m.measure(ctx, r, g, files.model())
	if a, isArch := n.(space.Arch); err == nil && r.Failure == nil {
		r.Score.Accuracy, err = m.accuracy(n, a, isArch)
	}
	return r, errors.Join(err, files.remove())
}

// accuracy of an architecture goes the way of predictions, so that the same
// network has the same figures to the last digit.
func (m *Measure) accuracy(n Network, a space.Arch, isArch bool) (Accuracy, error) {
	if !isArch {
		return m.quality.network(n)
	}
	f, err := m.quality.features(a)
	if err != nil {
		return Accuracy{}, err
	}
	return m.quality.predict([]accuracy.Features{f})[0], nil
}

// File measures the network in an ONNX file, whose graph is g.
func (m *Measure) File(ctx context.Context, id, path string, g *graph.Graph) (Result, error) {
	file := func(trt.Precision) (string, error) { return path, nil }
	return m.measure(ctx, Result{ID: id, Score: Score{Accuracy: m.quality.graph(g)}}, g, trt.Model{ID: id, File: file, Input: inputType(g)})
}

// NewModel is the network under the conditions as what a driver measures. Its
// files are written to folder, and remove takes them away.
func NewModel(n Network, spec trt.Spec, folder string) (m trt.Model, remove func() error, err error) {
	g, err := n.Lower(InputOf(spec))
	if err != nil {
		return m, nil, err
	}
	files := &modelFiles{folder: folder, id: n.ID(), graph: g}
	return files.model(), files.remove, nil
}

func inputType(g *graph.Graph) trt.TensorType {
	return trt.TensorType{Name: g.Nodes[0].Name, Shape: g.Nodes[0].Shape}
}

func (m *Measure) measure(ctx context.Context, r Result, g *graph.Graph, model trt.Model) (Result, error) {
	measured, err := m.driver.Measure(ctx, model, m.conditions.Spec)
	var fatal trt.FatalError
	var failure *trt.Failure
	switch {
	case errors.As(err, &fatal), err != nil && !errors.As(err, &failure):
		return r, fmt.Errorf("measuring network %s: %w", r.ID, err)
	case err != nil:
		r.Failure = &Failure{Class: failure.Class, Message: failure.Message}
		return r, nil
	}
	r.Measurement = &measured
	if measured.Checked == trt.CheckedNo {
		r.Failure = &Failure{Class: trt.Unchecked, Message: "nothing could tell whether its outputs are right, so its latency does not count (" + measured.Unchecked + "); ONNX Runtime for Python (pip install onnxruntime) tells best"}
		return r, nil
	}
	r.Score.Params, r.Score.MACs = g.Params(), g.MACs()
	r.Score.Engine = Engine{Bytes: measured.Engine.Bytes, Memory: measured.Engine.MemoryBytes, Energy: measured.Energy(m.conditions.Batch)}
	r.Score.Latency = MeasuredLatency(measured)
	return r, nil
}

// MeasuredLatency is the latency that a measurement gives.
func MeasuredLatency(m trt.Measurement) Latency {
	l := Latency{Value: m.Median.Value, Low: m.Median.Low, High: m.Median.High, Level: trt.Level, Source: LatencyMeasured}
	if m.Simulated {
		l.Source = LatencySimulated
	}
	return l
}

// modelFiles writes a graph's ONNX files when they are asked for.
type modelFiles struct {
	folder, id string
	graph      *graph.Graph
	written    []string
}

func (f *modelFiles) model() trt.Model {
	return trt.Model{ID: f.id, File: f.write, Input: inputType(f.graph)}
}

func (f *modelFiles) write(p trt.Precision) (string, error) {
	path := filepath.Join(f.folder, f.id+"."+string(p)+".onnx")
	for _, have := range f.written {
		if have == path {
			return path, nil
		}
	}
	precision := onnx.FP32
	if p == trt.FP16 {
		precision = onnx.FP16
	}
	if err := onnx.Export(path, f.graph, onnx.Options{Precision: precision, Metadata: map[string]string{"architecture": f.id}}); err != nil {
		return "", fmt.Errorf("network %s: %w", f.id, err)
	}
	f.written = append(f.written, path)
	return path, nil
}

func (f *modelFiles) remove() error {
	var err error
	for _, path := range f.written {
		err = errors.Join(err, os.Remove(path))
		if _, statErr := os.Stat(path + ".data"); statErr == nil {
			err = errors.Join(err, os.Remove(path+".data"))
		}
	}
	f.written = nil
	return err
}

var _ Evaluator = (*Measure)(nil)
