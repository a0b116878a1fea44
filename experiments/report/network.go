package report

import (
	"fmt"
	"math"
	"time"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/space/graph"
	"github.com/trtnas/trtnas/store"
	"github.com/trtnas/trtnas/trt"
)

// NetworkSchema names the JSON format of a network as it is drawn.
const NetworkSchema = "trtnas.network/1"

// NetworkView is one network of a run, with where its time goes.
type NetworkView struct {
	Schema string `json:"schema"`
	Run    string `json:"run"`
	Point
	Rows     string             `json:"rows"`            // the stages in short
	Places   []Place            `json:"places"`          // stem, stages and head by the latency model
	Kernels  []KernelTime       `json:"kernels"`         // the same time by class of kernel, the most first
	Model    string             `json:"model,omitempty"` // that Places and Kernels are by
	Sessions []SessionView      `json:"sessions,omitempty"`
	Layers   []LayerTime        `json:"layers,omitempty"` // the engine's measured profile by place
	Failure  *evaluator.Failure `json:"failure,omitempty"`
	Commands []Command          `json:"commands"`
}

// Place is the stem, a stage or the head.
type Place struct {
	Name     string  `json:"name"`             // as in layers' names: stem, s2 to s5, head
	Label    string  `json:"label"`            // for people
	Height   int     `json:"height,omitempty"` // of the output; the head has none
	Width    int     `json:"width,omitempty"`
	Channels int     `json:"channels"`
	Blocks   []Block `json:"blocks"`
	MS       float64 `json:"ms"` // predicted, of one batch
	Share    float64 `json:"share"`
	Params   int64   `json:"params"`
	MACs     int64   `json:"macs"`
}

// Block is a run of equal blocks.
type Block struct {
	Kind   string  `json:"kind"`
	Letter string  `json:"letter"`
	Count  int     `json:"count"`
	MS     float64 `json:"ms"` // of all of them
	Detail string  `json:"detail,omitempty"`
}

// KernelTime is what a class of kernels takes.
type KernelTime struct {
	Class string  `json:"class"`
	Label string  `json:"label"` // for people
	MS    float64 `json:"ms"`
	Share float64 `json:"share"`
}

// SessionView is a session without its samples.
type SessionView struct {
	Time      time.Time          `json:"time"`
	Median    float64            `json:"median_ms"`
	Low       float64            `json:"low_ms"`
	High      float64            `json:"high_ms"`
	Samples   int                `json:"samples"`
	BuildS    float64            `json:"build_s"`
	EngineMB  float64            `json:"engine_mb"`
	Checked   string             `json:"checked"`
	Converged bool               `json:"converged"`
	Warnings  []string           `json:"warnings,omitempty"`
	Failure   *evaluator.Failure `json:"failure,omitempty"`
}

// LayerTime is the measured time of the layers of one place.
type LayerTime struct {
	Place string  `json:"place"`
	MS    float64 `json:"ms"`
	Share float64 `json:"share"`
}

// NewNetworkView gives the network's figures; Parts, Timings and Commands are
// for SetParts, SetTimings and the caller to add.
func NewNetworkView(run string, r evaluator.Result) NetworkView {
	p := NewPoint(r)
	v := NetworkView{Schema: NetworkSchema, Run: run, Point: p, Rows: Rows(p.Stages), Places: []Place{}, Kernels: []KernelTime{}, Commands: []Command{}, Failure: r.Failure}
	if r.Failure != nil {
		v.Latency, v.Top1, v.Objective = nil, nil, nil
	}
	return v
}

// SetParts says where the time goes by the model.
func (v *NetworkView) SetParts(model string, parts []evaluator.PartCost) {
	v.Model = model
	var total time.Duration
	classes := make([]time.Duration, graph.NumClasses)
	for _, p := range parts {
		total += p.Time
		for c, t := range p.Classes {
			classes[c] += t
		}
	}
	for _, p := range parts {
		v.addPart(p, total)
	}
	for c, t := range classes {
		if t > 0 {
			v.Kernels = append(v.Kernels, KernelTime{graph.Class(c).String(), kernelLabels[c], Round(Milliseconds(t), 4), Round(float64(t)/float64(total), 4)})
		}
	}
	sortByTime(v.Kernels, func(k KernelTime) float64 { return k.MS })
}

func (v *NetworkView) addPart(p evaluator.PartCost, total time.Duration) {
	stage := p.Part.Stage()
	name := stageLabel(stage)
	if n := len(v.Places); n == 0 || v.Places[n-1].Name != name {
		v.Places = append(v.Places, Place{Name: name, Label: labels[name], Blocks: []Block{}})
	}
	at := &v.Places[len(v.Places)-1]
	at.Channels = p.Out[1]
	if p.Out.IsMap() {
		at.Height, at.Width = p.Out[2], p.Out[3]
	}
	ms := Milliseconds(p.Time)
	at.MS, at.Share = Round(at.MS+ms, 6), Round(at.Share+float64(p.Time)/float64(total), 6)
	at.Params, at.MACs = at.Params+p.Params, at.MACs+p.MACs
	count, kind := p.Part.Blocks()
	if count == 0 {
		return
	}
	if n := len(at.Blocks); n > 0 && at.Blocks[n-1].Kind == kind.String() {
		b := &at.Blocks[n-1]
		b.Count, b.MS = b.Count+count, Round(b.MS+ms, 6)
		return
	}
	b := Block{Kind: kind.String(), Letter: kind.Letter(), Count: count, MS: Round(ms, 6)}
	if s := v.Stages[stage-2]; s.Block == kind && s.Mixed > 0 {
		b.Detail = detail(s)
	}
	at.Blocks = append(at.Blocks, b)
}

// SetTimings adds what was measured of the network.
func (v *NetworkView) SetTimings(timings []store.Timing) {
	var medians []float64
	for _, t := range timings {
		s := SessionView{Time: t.Created, Failure: t.Failure}
		if m := t.Measurement; m != nil {
			medians = append(medians, Milliseconds(m.Median.Value))
			s.Median, s.Low, s.High = Milliseconds(m.Median.Value), Milliseconds(m.Median.Low), Milliseconds(m.Median.High)
			s.Samples, s.Converged, s.Warnings = len(m.Samples), m.Converged, m.Warnings
			s.BuildS, s.EngineMB = Round(m.Engine.BuildTime.Seconds(), 3), Round(float64(m.Engine.Bytes)/1e6, 4)
			s.Checked = checkText[m.Checked]
			if len(m.Layers) > 0 {
				v.Layers = layersByPlace(m.Layers)
			}
		}
		v.Sessions = append(v.Sessions, s)
	}
	v.Rebuilt = NewRebuilt(medians)
}

func layersByPlace(layers []trt.Layer) []LayerTime {
	var all []LayerTime
	at := map[string]int{}
	total := 0.0
	for _, l := range layers {
		i, ok := at[l.Place]
		if !ok {
			i = len(all)
			at[l.Place] = i
			all = append(all, LayerTime{Place: l.Place})
		}
		all[i].MS += Milliseconds(l.Time)
		total += Milliseconds(l.Time)
	}
	for i := range all {
		all[i].Share = Round(all[i].MS/max(total, math.SmallestNonzeroFloat64), 4)
		all[i].MS = Round(all[i].MS, 4)
	}
	return all
}

// labels of places.
var labels = map[string]string{"stem": "Stem", "s2": "Stage 2", "s3": "Stage 3", "s4": "Stage 4", "s5": "Stage 5", "head": "Head"}

var kernelLabels = [graph.NumClasses]string{
	graph.KConv: "convolution", graph.KPointwise: "1×1 convolution", graph.KGroup: "grouped convolution", graph.KDepthwise: "depthwise convolution",
	graph.KGEMM: "linear layer", graph.KFC: "fully connected layer", graph.KBMM: "matrix products of attention", graph.KSoftmax: "softmax",
	graph.KLayerNorm: "LayerNorm", graph.KElementwise: "elementwise", graph.KCopy: "copy", graph.KPool: "pooling", graph.KReduce: "global pooling", graph.KConcat: "concatenation",
}

// stageLabel names a stage in short: stem, s2 to s5, head.
func stageLabel(stage int) string {
	switch stage {
	case 0:
		return "head"
	case 1:
		return "stem"
	}
	return fmt.Sprintf("s%d", stage)
}
