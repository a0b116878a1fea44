package latency

import (
	"encoding/json"
	"fmt"
	"math"

	"github.com/trtnas/trtnas/space/graph"
)

// Constant names one of the roofline's constants.
type Constant int

// The constants. A rate is what a class of kernels reaches with full tiles; a
// traffic factor multiplies the bytes that a kernel must move, and thus
// absorbs what our kernel list does not see (a LayerNorm run as several
// kernels, uncoalesced copies). It is not a measured fact about bandwidth.
const (
	ConvRate Constant = iota
	PointwiseRate
	GroupRate
	DepthwiseRate
	GEMMRate
	BMMRate
	TileOverhead
	ReductionOverhead
	Bandwidth
	MatrixTraffic
	SoftmaxTraffic
	LayerNormTraffic
	ElementwiseTraffic
	CopyTraffic
	PoolTraffic
	ReduceTraffic
	ConcatTraffic
	DepthwiseTraffic
	Launch
	NumConstants
)

// Constants are the roofline's constants, each in its prior's unit and above 0.
type Constants [NumConstants]float64

// Prior is what was believed of a constant before any latency was looked at:
// log-normal about Value.
type Prior struct {
	Name, Unit string
	Value      float64
	LogSD      float64
}

// Priors are for the T4 (peak 65 TFLOPS fp16, 320 GB/s) and were set from
// general experience of how much of a peak TensorRT's kernels reach.
type Priors [NumConstants]Prior

// T4Priors returns the priors for an NVIDIA T4.
func T4Priors() Priors {
	return Priors{
		ConvRate:           {"conv_rate", "TFLOPS", 28, 0.35},
		PointwiseRate:      {"pointwise_rate", "TFLOPS", 24, 0.35},
		GroupRate:          {"group_rate", "TFLOPS", 8, 0.6},
		DepthwiseRate:      {"depthwise_rate", "TFLOPS", 1.5, 0.6},
		GEMMRate:           {"gemm_rate", "TFLOPS", 24, 0.4},
		BMMRate:            {"bmm_rate", "TFLOPS", 8, 0.6},
		TileOverhead:       {"tile_overhead", "tiles", 30, 0.7},
		ReductionOverhead:  {"reduction_overhead", "elements", 16, 0.8},
		Bandwidth:          {"bandwidth", "GB/s", 240, 0.15},
		MatrixTraffic:      {"matrix_traffic", "x", 1, 0.25},
		SoftmaxTraffic:     {"softmax_traffic", "x", 1.5, 0.5},
		LayerNormTraffic:   {"layernorm_traffic", "x", 3, 0.5},
		ElementwiseTraffic: {"elementwise_traffic", "x", 1, 0.4},
		CopyTraffic:        {"copy_traffic", "x", 1.5, 0.5},
		PoolTraffic:        {"pool_traffic", "x", 1.5, 0.4},
		ReduceTraffic:      {"reduce_traffic", "x", 1, 0.5},
		ConcatTraffic:      {"concat_traffic", "x", 0.7, 0.6},
		DepthwiseTraffic:   {"depthwise_traffic", "x", 1.2, 0.4},
		Launch:             {"launch", "us", 4, 0.5},
	}
}

// Centre is the constants at the priors' values.
func (p *Priors) Centre() Constants {
	var c Constants
	for i, prior := range p {
		c[i] = prior.Value
	}
	return c
}

// rateOf holds for the classes that compute; the others are bound by memory.
var rateOf = [graph.NumClasses]Constant{
	graph.KConv: ConvRate, graph.KPointwise: PointwiseRate, graph.KGroup: GroupRate, graph.KDepthwise: DepthwiseRate,
	graph.KGEMM: GEMMRate, graph.KFC: GEMMRate, graph.KBMM: BMMRate,
}

// trafficOf has no constant of its own for the classifier (a factor of 1), of
// which every network has just one.
var trafficOf = [graph.NumClasses]Constant{
	graph.KConv: MatrixTraffic, graph.KPointwise: MatrixTraffic, graph.KGroup: MatrixTraffic, graph.KDepthwise: DepthwiseTraffic,
	graph.KGEMM: MatrixTraffic, graph.KFC: NumConstants, graph.KBMM: MatrixTraffic, graph.KSoftmax: SoftmaxTraffic,
	graph.KLayerNorm: LayerNormTraffic, graph.KElementwise: ElementwiseTraffic, graph.KCopy: CopyTraffic, graph.KPool: PoolTraffic,
	graph.KReduce: ReduceTraffic, graph.KConcat: ConcatTraffic,
}

type namedConstant struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Unit  string  `json:"unit"`
}

// MarshalJSON writes the constants as a list of name, value and unit, with
// six significant digits.
func (c Constants) MarshalJSON() ([]byte, error) { return json.Marshal(c.JSONForm()) }

// JSONForm is what is marshalled; its schema is made of it.
func (c Constants) JSONForm() any {
	list := make([]namedConstant, NumConstants)
	for i, p := range T4Priors() {
		list[i] = namedConstant{p.Name, significant(c[i], 6), p.Unit}
	}
	return list
}

// UnmarshalJSON wants each constant once and positive.
func (c *Constants) UnmarshalJSON(data []byte) error {
	var list []namedConstant
	if err := json.Unmarshal(data, &list); err != nil {
		return err
	}
	*c = Constants{}
	for _, n := range list {
		if err := c.set(n); err != nil {
			return err
		}
	}
	for i, p := range T4Priors() {
		if c[i] == 0 {
			return fmt.Errorf("latency constants: %q is missing", p.Name)
		}
	}
	return nil
}

func (c *Constants) set(n namedConstant) error {
	for i, p := range T4Priors() {
		if p.Name != n.Name {
			continue
		}
		if n.Unit != p.Unit || !(n.Value > 0) {
			return fmt.Errorf("latency constants: %q must be a positive number of %s, not %v %s", n.Name, p.Unit, n.Value, n.Unit)
		}
		c[i] = n.Value
		return nil
	}
	return fmt.Errorf("latency constants: %q is unknown", n.Name)
}

func significant(v float64, digits int) float64 {
	scale := math.Pow(10, float64(digits-1)-math.Floor(math.Log10(math.Abs(v))))
	return math.Round(v*scale) / scale
}
