package latency_test

import (
	"fmt"
	"math"
	"math/rand"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/trtnas/trtnas/predictor/latency"
	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/space/graph"
)

// The gain is the difference of log determinants of I + sum s s', taken from
// its definition, whatever was measured before.
func TestGainIsThatOfTheDeterminant(t *testing.T) {
	near, _ := samples(t)
	d := latency.NewDesign(latency.T4Priors())
	n := int(latency.NumConstants)
	precision := mat.NewSymDense(n, nil)
	for i := range n {
		precision.SetSym(i, i, 1)
	}
	logDet := 0.0
	for _, s := range near[:12] {
		v := d.Sensitivity(s.Kernels, s.Batch)
		precision.SymRankOne(precision, 1, mat.NewVecDense(n, v[:]))
		now, sign := mat.LogDet(precision)
		if got := d.Gain(v); sign != 1 || !near2(got, now-logDet) {
			t.Errorf("%s: gain %v, want %v", s.Network, got, now-logDet)
		}
		d.Add(v)
		logDet = now
		if again := d.Gain(v); again > math.Ln2 {
			t.Errorf("%s: measuring it again gains %v, at most log 2 is possible", s.Network, again)
		}
	}
}

func near2(got, want float64) bool { return math.Abs(got-want) < 1e-6 }

// The sensitivities are the derivatives of log(latency), in units of the
// priors and of the noise of 3 %.
func TestSensitivity(t *testing.T) {
	priors := latency.T4Priors()
	list := kernels(t, "CSWin-T", 224)
	got := latency.NewDesign(priors).Sensitivity(list, 8)
	const step = 1e-4
	for i, p := range priors {
		up, down := priors.Centre(), priors.Centre()
		up[i] *= math.Exp(step * p.LogSD)
		down[i] *= math.Exp(-step * p.LogSD)
		want := math.Log(up.Sum(list, 8)/down.Sum(list, 8)) / (2 * step) / 0.03
		if math.Abs(got[i]-want) > 1e-3 {
			t.Errorf("%s: %v, want %v", p.Name, got[i], want)
		}
	}
}

func TestBest(t *testing.T) {
	pool := []latency.Sensitivity{{0: 1}, {0: 3}, {1: 3}, {1: 2}}
	for _, c := range []struct {
		name string
		add  []int
		shut int
		want int
	}{
		{"the greatest, the first of equals", nil, -1, 1},
		{"what is known gains less", []int{1}, -1, 2},
		{"only what is open", []int{1}, 2, 3},
	} {
		d := latency.NewDesign(latency.T4Priors())
		for _, i := range c.add {
			d.Add(pool[i])
		}
		if got := d.Best(pool, func(i int) bool { return i != c.shut }); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
	if got := latency.NewDesign(latency.T4Priors()).Best(pool, func(int) bool { return false }); got != -1 {
		t.Errorf("none is open: %d, want -1", got)
	}
}

// simulation is a made-up device: the T4 with every constant changed by its
// prior's spread, each network off by the hidden error, always the same.
type simulation struct {
	truth  latency.Constants
	hidden *rand.Rand
}

const hiddenError = 0.05

func newSimulation(p *latency.Profile, seed int64) *simulation {
	rng := rand.New(rand.NewSource(seed))
	s := simulation{p.Constants, rng}
	for i, prior := range latency.T4Priors() {
		s.truth[i] *= math.Exp(rng.NormFloat64() * prior.LogSD)
	}
	return &s
}

func (s *simulation) measure(name string, list []graph.Kernel) latency.Sample {
	ms := s.truth.Sum(list, 8) * math.Exp(hiddenError*s.hidden.NormFloat64())
	return latency.Sample{Network: name, Resolution: 224, Kernels: list, Batch: 8, MS: ms}
}

// measured has all networks of the pool measured, in their order.
func (s *simulation) measured(pool [][]graph.Kernel) []latency.Sample {
	all := make([]latency.Sample, len(pool))
	for i, list := range pool {
		all[i] = s.measure(fmt.Sprint(i), list)
	}
	return all
}

func sampled(t *testing.T, name string, n int, seed int64) [][]graph.Kernel {
	t.Helper()
	s, err := space.Named(name)
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewSource(seed))
	all := make([][]graph.Kernel, n)
	for i := range all {
		g, err := s.Decode(s.Sample(rng)).Lower(space.Input{Batch: 8, Height: 224, Width: 224})
		if err != nil {
			t.Fatal(err)
		}
		all[i] = g.Kernels()
	}
	return all
}

// designed is the order in which a design takes the pool.
func designed(priors latency.Priors, ref latency.Sample, pool [][]graph.Kernel, n int) []int {
	d := latency.NewDesign(priors)
	d.Add(d.Sensitivity(ref.Kernels, ref.Batch))
	information := make([]latency.Sensitivity, len(pool))
	for i, list := range pool {
		information[i] = d.Sensitivity(list, 8)
	}
	taken := map[int]bool{}
	var order []int
	for range n {
		i := d.Best(information, func(i int) bool { return !taken[i] })
		taken[i] = true
		d.Add(information[i])
		order = append(order, i)
	}
	return order
}

// On devices unlike the T4, networks chosen by the design bring the error of
// networks that were not measured to within a tenth of its limit with fewer
// measurements than networks drawn at random. -v shows the figures.
func TestDesignNeedsFewerNetworks(t *testing.T) {
	const devices, most = 8, 40
	sizes := []int{5, 10, 15, 20, 25, 30, most}
	for _, name := range []string{"trt-vit", "open"} {
		pool, test := sampled(t, name, 300, 1), sampled(t, name, 150, 2)
		errors := map[string][]float64{"designed": make([]float64, len(sizes)), "random": make([]float64, len(sizes))}
		for seed := range int64(devices) {
			sim := newSimulation(open(t), seed)
			ref := sim.measure("reference", kernels(t, "ResNet101", 224))
			priors, err := open(t).Priors(ref)
			if err != nil {
				t.Fatal(err)
			}
			measured, held := sim.measured(pool), sim.measured(test)
			orders := map[string][]int{"designed": designed(priors, ref, pool, most), "random": rand.New(rand.NewSource(seed)).Perm(len(pool))[:most]}
			for strategy, order := range orders {
				for i, n := range sizes {
					errors[strategy][i] += errorAfter(t, order[:n], priors, ref, measured, held) / devices
				}
			}
		}
		needs := func(strategy string) int {
			for i, e := range errors[strategy] {
				if e <= 1.1*errors["designed"][len(sizes)-1] {
					return sizes[i]
				}
			}
			return most + 1
		}
		for strategy, e := range errors {
			t.Logf("%s, %s: mean error in %% after %v networks: %.2f", name, strategy, sizes, e)
		}
		if d, r := needs("designed"), needs("random"); d > 20 || d >= r {
			t.Errorf("%s: the design needs %d networks, random ones %d; want at most 20 and fewer", name, d, r)
		} else {
			t.Logf("%s: the design needs %d networks, random ones %d", name, d, r)
		}
	}
}

// errorAfter is the mean absolute error in per cent over networks held out.
func errorAfter(t *testing.T, order []int, priors latency.Priors, ref latency.Sample, measured, held []latency.Sample) float64 {
	t.Helper()
	train := []latency.Sample{ref}
	for _, i := range order {
		train = append(train, measured[i])
	}
	c, err := latency.Fit(train, priors)
	if err != nil {
		t.Fatal(err)
	}
	sum := 0.0
	for _, s := range held {
		sum += math.Abs(c.Sum(s.Kernels, s.Batch)/s.MS - 1)
	}
	return 100 * sum / float64(len(held))
}
