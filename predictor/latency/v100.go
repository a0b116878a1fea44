package latency

import (
	"fmt"
	"hash/fnv"
	"math"

	"github.com/trtnas/trtnas/predictor"
	"github.com/trtnas/trtnas/space/graph"
)

// Published peaks: Tesla V100 SXM2 and T4 data sheets (fp16 tensor TFLOPS,
// GB/s of memory).
const (
	v100Peak, t4Peak           = 125.0, 65.0
	v100Bandwidth, t4Bandwidth = 900.0, 320.0
)

// FitV100 fits the profile v100. Convolutions have constants of their own, from
// a fifth of the shapes in V100Kernels, judged on the others. What no row tells
// is taken from the T4's profile: how much slower other matrix products are
// than 1x1 convolutions, how many times other operations move their bytes, and
// the launch of a kernel, since the rows' fixed cost is that of running an engine
// of one layer. The networks tell only whether the order is right.
func FitV100(t4 *Profile, networks []Sample) (*Profile, error) {
	train, test := splitV100()
	single, err := Fit(train, v100Priors(t4))
	if err != nil {
		return nil, err
	}
	errors := logErrors(&single, test)
	p := Profile{
		Name: "v100", Device: "NVIDIA V100", Runtime: "TensorRT (version not published)", Precision: FP16, Batch: 8,
		Resolution: [2]int{32 * v100Sides[0], 4 * v100Sides[1]}, Rows: len(train), Families: count(train, func(s *Sample) string { return s.Family }),
		Constants: inNetworks(single, t4),
		Interval:  t4.Interval,
	}
	p.Interval.Spread = significant(predictor.QuantileAbs(errors, level), 3)
	predicted, macs, truth := make([]float64, len(networks)), make([]float64, len(networks)), make([]float64, len(networks))
	for i, s := range networks {
		predicted[i], macs[i], truth[i] = p.Constants.Sum(s.Kernels, s.Batch), macsOf(s.Kernels), s.MS
	}
	p.Origin = Origin{Source: PublishedRows, Note: fmt.Sprintf(
		"no network in fp16 was at hand. Convolutions are fitted on single ones (batch 1, 32, 64 and 128) and judged on %d of other shapes: "+
			"median error %.0f %%, and the interval is theirs; other operations have the T4's factors on the V100's rates. The order of %d networks published in fp32 is told with a tau of %.2f (by FLOPs %.2f)",
		len(test), 100*predictor.QuantileAbs(errors, 0.5), len(networks), predictor.KendallTau(predicted, truth), predictor.KendallTau(macs, truth))}
	return &p, nil
}

// v100Sides bound the feature maps that are fitted on, px: those of stages
// at 1/32 to 1/4 of the resolution.
var v100Sides = [2]int{5, 112}

// splitV100 has a fifth of the shapes to fit on and the others to judge by.
// Left out of both are convolutions that no network here has: from or to fewer
// channels than an attention head, on larger maps than a stem's, and with
// kernels as large as the map.
func splitV100() (train, test []Sample) {
	const least, part = 32, 5
	for _, s := range V100Kernels() {
		k := &s.Kernels[0]
		if k.CIn < least || k.COut < least || s.Resolution > v100Sides[1] || k.Size >= s.Resolution {
			continue
		}
		h := fnv.New32a()
		h.Write([]byte(s.Family))
		if h.Sum32()%part == 0 {
			train = append(train, s)
		} else {
			test = append(test, s)
		}
	}
	return train, test
}

// v100Priors are the T4's constants times the ratio of the peaks. The
// bandwidth is no less known than the T4's was: rows of convolutions can't tell it
// from how many bytes they move.
func v100Priors(t4 *Profile) Priors {
	p := T4Priors()
	for i := range p {
		p[i].Value = t4.Constants[i]
		if i := Constant(i); i != Bandwidth && i != MatrixTraffic {
			p[i].LogSD = math.Hypot(p[i].LogSD, unlike)
		}
	}
	for i := ConvRate; i <= BMMRate; i++ {
		p[i].Value *= v100Peak / t4Peak
	}
	p[Bandwidth].Value *= v100Bandwidth / t4Bandwidth
	return p
}

// inNetworks are the constants by which networks are predicted.
func inNetworks(single Constants, t4 *Profile) Constants {
	c := single
	for _, i := range []Constant{GroupRate, GEMMRate, BMMRate} {
		c[i] = min(v100Peak, t4.Constants[i]/t4.Constants[PointwiseRate]*single[PointwiseRate])
	}
	c[Launch] = t4.Constants[Launch]
	for i := range c {
		c[i] = significant(c[i], 6)
	}
	return c
}

func macsOf(kernels []graph.Kernel) float64 {
	sum := int64(0)
	for i := range kernels {
		sum += kernels[i].MACs
	}
	return float64(sum)
}

func logErrors(c *Constants, samples []Sample) []float64 {
	errors := make([]float64, len(samples))
	for i, s := range samples {
		errors[i] = math.Log(c.Sum(s.Kernels, s.Batch) / s.MS)
	}
	return errors
}

// V100Samples pairs the published networks with their kernels.
func V100Samples(kernels func(Row) ([]graph.Kernel, error)) ([]Sample, error) {
	var samples []Sample
	for _, r := range V100Networks() {
		list, err := kernels(r)
		if err != nil {
			return nil, err
		}
		samples = append(samples, Sample{r.Network, r.Family, r.Resolution, list, r.Batch, r.MS})
	}
	return samples, nil
}
