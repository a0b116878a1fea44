package evaluator

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"runtime"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/trtnas/trtnas/predictor/accuracy"
	"github.com/trtnas/trtnas/predictor/latency"
	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/space/graph"
	"github.com/trtnas/trtnas/trt"
)

// Predict scores networks by the fitted models alone. What a part of a network
// costs is computed once and kept, since a search meets the same blocks over
// and over.
type Predict struct {
	conditions Conditions
	profile    *latency.Profile
	quality    quality
	costs      partMemo[cost]
}

// cost of a part under the conditions.
type cost struct {
	ms           float64
	classes      [graph.NumClasses]float64 // ms by class of kernel
	params, macs int64
}

// NewPredict prepares the models for the conditions in spec, whose device must
// be the profile's; it is an error if the profile knows nothing about them.
func NewPredict(spec trt.Spec, profile *latency.Profile, model *accuracy.Model) (*Predict, error) {
	if err := profile.Check(modelConditions(spec)); err != nil {
		return nil, err
	}
	version, err := version(profile)
	if err != nil {
		return nil, err
	}
	spec.Device, spec.TensorRT = profile.Name, strings.TrimPrefix(profile.Runtime, "TensorRT ")
	return &Predict{
		conditions: Conditions{Spec: spec, Latency: "roofline " + version, Accuracy: model.Title()},
		profile:    profile, quality: quality{model: model},
	}, nil
}

func modelConditions(s trt.Spec) latency.Conditions {
	return latency.Conditions{Precision: latency.Precision(s.Precision), Batch: s.Batch, Height: s.Resolution[0], Width: s.Resolution[1]}
}

// version names a profile by its content, so that a refit is another model.
func version(p *latency.Profile) (string, error) {
	h := sha256.New()
	if err := p.Write(h); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)[:4]), nil
}

// Conditions are those of all scores.
func (p *Predict) Conditions() Conditions { return p.conditions }

// InputOf is what a network is lowered for under the conditions.
func InputOf(s trt.Spec) space.Input {
	return space.Input{Batch: s.Batch, Height: s.Resolution[0], Width: s.Resolution[1], Features: s.Output == trt.Features}
}

// Evaluate implements Evaluator.
func (p *Predict) Evaluate(ctx context.Context, archs []space.Arch) ([]Result, error) {
	out := make([]Result, len(archs))
	workers := runtime.GOMAXPROCS(0)
	chunk := (len(archs) + workers - 1) / workers
	group, ctx := errgroup.WithContext(ctx)
	for start := 0; start < len(archs); start += chunk {
		group.Go(func() error {
			end := min(start+chunk, len(archs))
			return p.evaluate(ctx, archs[start:end], out[start:end])
		})
	}
	return out, group.Wait()
}

func (p *Predict) evaluate(ctx context.Context, archs []space.Arch, out []Result) error {
	for i, a := range archs {
		if err := ctx.Err(); err != nil {
			return err
		}
		out[i] = Result{Arch: a, ID: a.ID()}
		total, err := p.total(a)
		if err != nil {
			// A network that can't be lowered is the candidate's failure.
			out[i].Failure = &Failure{Class: trt.InvalidNetwork, Message: err.Error()}
			continue
		}
		if out[i].Score, err = p.score(total); err != nil {
			return err
		}
	}
	judged, err := p.quality.Judge(ctx, archs)
	if err != nil {
		return err
	}
	for i, j := range judged {
		if out[i].Failure == nil {
			out[i].Score.Accuracy, out[i].Failure = j.Accuracy, j.Failure
		}
	}
	return nil
}

// total adds up the parts' costs.
func (p *Predict) total(a space.Arch) (total cost, err error) {
	if err := a.Validate(); err != nil {
		return total, err
	}
	err = p.costs.walk(a, InputOf(p.conditions.Spec), p.graphCost, func(_ space.Part, c partValue[cost]) {
		total.ms += c.value.ms
		for class, ms := range c.value.classes {
			total.classes[class] += ms
		}
		total.params += c.value.params
		total.macs += c.value.macs
	})
	return total, err
}

func (p *Predict) graphCost(g *graph.Graph) cost {
	kernels := g.Kernels()
	c := cost{
		ms:     p.profile.Constants.Sum(kernels, g.Batch()),
		params: g.Params(), macs: g.MACs(),
	}
	for i := range kernels {
		c.classes[kernels[i].Class] += p.profile.Constants.KernelTime(&kernels[i], g.Batch())
	}
	return c
}

// Lowerer is any network that has a graph.
type Lowerer interface {
	Lower(space.Input) (*graph.Graph, error)
}

// Network scores a network that need not be an architecture of a space.
func (p *Predict) Network(n Lowerer) (Score, error) {
	g, err := n.Lower(InputOf(p.conditions.Spec))
	if err != nil {
		return Score{}, err
	}
	score, err := p.score(p.graphCost(g))
	if err != nil {
		return Score{}, err
	}
	score.Accuracy, err = p.quality.network(n)
	return score, err
}

// Graph scores a network of which nothing is known but its graph under the
// conditions. It has an accuracy only if it classifies images of 224x224, as
// the networks that the accuracy model was fitted on.
func (p *Predict) Graph(g *graph.Graph) (Score, error) {
	score, err := p.score(p.graphCost(g))
	if err != nil {
		return Score{}, err
	}
	score.Accuracy = p.quality.graph(g)
	return score, nil
}

// Counts are an architecture's parameters, and its MACs for one image.
func (p *Predict) Counts(a space.Arch) (params, macs int64, err error) {
	total, err := p.total(a)
	return total.params, total.macs, err
}

// Latency is that of a graph under the conditions.
func (p *Predict) Latency(g *graph.Graph) (Latency, error) {
	score, err := p.score(p.graphCost(g))
	return score.Latency, err
}

// Shares are how the profile's time for a graph is divided among the classes of
// kernels.
func (p *Predict) Shares(g *graph.Graph) [graph.NumClasses]float64 {
	c := p.graphCost(g)
	return c.shares()
}

// ArchShares are those of an architecture.
func (p *Predict) ArchShares(a space.Arch) ([graph.NumClasses]float64, error) {
	total, err := p.total(a)
	return total.shares(), err
}

func (c *cost) shares() [graph.NumClasses]float64 {
	shares := c.classes
	for class := range shares {
		shares[class] /= c.ms
	}
	return shares
}

// score has no accuracy yet.
func (p *Predict) score(c cost) (Score, error) {
	e, err := p.profile.Estimate(c.ms, modelConditions(p.conditions.Spec))
	if err != nil {
		return Score{}, err
	}
	return Score{Params: c.params, MACs: c.macs, Latency: Latency{
		Value: duration(e.Value), Low: duration(e.Low), High: duration(e.High),
		Level: e.Level, Source: LatencyPredicted, Extrapolated: e.Extrapolated,
	}}, nil
}

func duration(ms float64) time.Duration { return time.Duration(ms * float64(time.Millisecond)) }

var _ Evaluator = (*Predict)(nil)
