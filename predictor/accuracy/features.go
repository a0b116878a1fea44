package accuracy

import (
	"math"

	"github.com/trtnas/trtnas/space/graph"
)

// Sums are what the features are made of, for one image. They are additive:
// the sums of a network's parts add up to the network's.
type Sums struct {
	byStage      [numStages]stageSums // index 0 is the head
	kernelParams float64              // weights, each divided by its kernel's side
	capacity     float64              // output elements; of attention weighted by its context
	dense        float64              // MACs of dense convolutions with kernels above 1
	bottleNeck   float64              // MACs inside BottleNecks
	mixing       mean                 // log radius over which pixels mix
}

const numStages = 6

type stageSums struct {
	macs, layers, weights float64
	attentions            float64 // number of attention operations
}

// mean is a weighted mean in the making.
type mean struct{ sum, weight float64 }

func (m *mean) add(value, weight float64) {
	m.sum += value * weight
	m.weight += weight
}

// Add returns the sums of both.
func (s Sums) Add(t Sums) Sums {
	for i := range s.byStage {
		a, b := &s.byStage[i], t.byStage[i]
		a.macs += b.macs
		a.layers += b.layers
		a.weights += b.weights
		a.attentions += b.attentions
	}
	s.kernelParams += t.kernelParams
	s.capacity += t.capacity
	s.dense += t.dense
	s.bottleNeck += t.bottleNeck
	s.mixing.sum += t.mixing.sum
	s.mixing.weight += t.mixing.weight
	return s
}

// Measure sums over a graph, or a part of one.
func Measure(g *graph.Graph) Sums {
	var s Sums
	for _, n := range g.Nodes {
		s.add(n)
	}
	return s
}

// attentionReach is the log radius that attention counts for: the 14 pixels of
// the feature map where most networks have it.
var attentionReach = math.Log(14)

func (s *Sums) add(n *graph.Node) {
	macs, weights, out := float64(n.MACs()), float64(n.Weights()), float64(n.Shape.Elems())
	if n.Shape.IsMap() && n.Shape[2]*n.Shape[3] == 1 {
		s.byStage[0].macs += macs // the gate of a squeeze-and-excitation is no layer of the trunk
		return
	}
	stage := &s.byStage[n.Stage]
	stage.macs += macs
	if n.Role == graph.Head {
		s.kernelParams += weights
		return // the classifier is no layer of the trunk
	}
	if n.Role == graph.BottleNeck {
		s.bottleNeck += macs
	}
	switch op := n.Op.(type) {
	case graph.Conv:
		s.addConv(n, op, macs, weights, out)
		s.addLayer(stage, weights, out)
	case graph.Linear:
		s.kernelParams += weights
		s.addLayer(stage, weights, out)
	case graph.MatMul:
		s.addMatMul(n, stage, macs, out)
	case graph.Pool:
		s.mixing.add(math.Log(float64(op.Kernel)), out)
	}
}

func (s *Sums) addLayer(stage *stageSums, weights, out float64) {
	stage.layers++
	stage.weights += weights
	s.capacity += out
}

func (s *Sums) addConv(n *graph.Node, op graph.Conv, macs, weights, out float64) {
	side := float64(op.Kernel)
	if op.Kernel > 1 {
		s.mixing.add(math.Log(side), out)
	}
	if op.Groups > 1 && op.Groups == n.Inputs[0].Shape[1] {
		side = 1 // depthwise weights count in full
	}
	s.kernelParams += weights / side
	if op.Kernel > 1 && op.Groups <= 1 {
		s.dense += macs
	}
}

// addMatMul counts one of attention's two products: half of an attention
// operation with half of its elements.
func (s *Sums) addMatMul(n *graph.Node, stage *stageSums, macs, out float64) {
	e := min(out, float64(n.Inputs[0].Shape.Elems())) / 2
	context := max(2, macs/(2*e))
	s.capacity += e * math.Log(context)
	stage.attentions += 0.5
	s.mixing.add(attentionReach, e)
}

// A feature of a network at 224x224. The names are those of the published
// table of features.
type feature int

const (
	lF     feature = iota // ln MACs
	lPe1                  // ln of weights, each divided by its kernel's side
	lAm                   // ln of output elements, those of attention weighted by the log of its context
	lL                    // ln number of convolutions and linear layers
	ms3                   // share of MACs in stage 3
	ms4                   // in stage 4
	ms5                   // in stage 5
	fdense                // share of MACs in dense convolutions with kernels above 1
	rf                    // mean log radius over which pixels mix
	gml                   // share of MACs in stages with attention, saturating in its number
	pl5                   // ln of weights per layer of the last stage over those of the trunk
	numFeatures
)

var featureNames = [numFeatures]string{"lF", "lPe1", "lAm", "lL", "ms3", "ms4", "ms5", "fdense", "rf", "gml", "pl5"}

// Features describe a network to the model.
type Features struct {
	x          [numFeatures]float64
	bottleNeck float64 // share of MACs inside BottleNecks
}

// fullByNumber is the number of attention operations per layer, inverted, from
// which a stage counts as one of attention.
const fullByNumber = 6

// Features of the network that the sums are of.
func (s Sums) Features() Features {
	var total, trunk stageSums
	for i, st := range s.byStage {
		total.macs += st.macs
		if i > 0 {
			trunk.layers += st.layers
			trunk.weights += st.weights
		}
	}
	var f Features
	f.x[lF], f.x[lPe1], f.x[lAm], f.x[lL] = math.Log(total.macs), math.Log(s.kernelParams), math.Log(s.capacity), math.Log(trunk.layers)
	share := func(stage int) float64 { return s.byStage[stage].macs / total.macs }
	f.x[ms3], f.x[ms4], f.x[ms5] = share(3), share(4), share(5)
	f.x[fdense] = s.dense / total.macs
	f.x[rf] = s.mixing.sum / s.mixing.weight
	last := s.byStage[4]
	for stage := 2; stage < numStages; stage++ {
		st := s.byStage[stage]
		if st.layers == 0 {
			continue
		}
		f.x[gml] += share(stage) * min(1, fullByNumber*st.attentions/st.layers)
		if stage == numStages-1 {
			last = st
		}
	}
	f.x[pl5] = math.Log(last.weights/last.layers) - math.Log(trunk.weights/trunk.layers)
	f.bottleNeck = s.bottleNeck / total.macs
	return f
}
