package space

import (
	"math/big"
	"math/rand"
	"testing"

	"pgregory.net/rapid"
)

func drawSpace(t *rapid.T) *Space { return rapid.SampledFrom(Builtin()).Draw(t, "space") }

func drawRNG(t *rapid.T) *rand.Rand { return rand.New(rand.NewSource(rapid.Int64().Draw(t, "seed"))) }

func TestOperatorsStayInside(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, rng := drawSpace(t), drawRNG(t)
		a, b := s.Sample(rng), s.Sample(rng)
		c, d := s.Cross(a, b, rng)
		for _, g := range []Genotype{a, b, c, d, s.Mutate(c, rng), s.Mutate(s.Mutate(a, rng), rng)} {
			for i, n := range s.choices() {
				if int(g[i]) >= n {
					t.Fatalf("gene %d is %d of %d", i, g[i], n)
				}
			}
			if err := s.Decode(g).Validate(); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestCrossoverExchangesGenes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, rng := drawSpace(t), drawRNG(t)
		a, b := s.Sample(rng), s.Sample(rng)
		c, d := s.Cross(a, b, rng)
		for i := range a {
			if (c[i] != a[i] || d[i] != b[i]) && (c[i] != b[i] || d[i] != a[i]) {
				t.Fatalf("gene %d: %d %d became %d %d", i, a[i], b[i], c[i], d[i])
			}
		}
	})
}

func TestEncodeIsTheInverseOfDecode(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawSpace(t)
		a := s.Decode(s.Sample(drawRNG(t)))
		g, ok := s.Encode(a)
		if !ok || s.Decode(g) != a {
			t.Fatalf("%+v became %v, %+v", a, ok, s.Decode(g))
		}
	})
}

// Equal networks have equal IDs, different ones different IDs.
func TestIDNamesTheNetwork(t *testing.T) {
	byID := map[string]Arch{}
	for _, s := range Builtin() {
		rng := rand.New(rand.NewSource(1))
		for range 20_000 {
			a := s.Decode(s.Sample(rng))
			if other, ok := byID[a.ID()]; ok && other != a {
				t.Fatalf("%+v and %+v have ID %s", a, other, a.ID())
			}
			byID[a.ID()] = a
		}
	}
	for id, a := range byID {
		if got := a.Canonical().ID(); got != id {
			t.Fatalf("canonical form of %s has ID %s", id, got)
		}
	}
}

func TestSymmetricGenotypesCollapse(t *testing.T) {
	conv := Stage{Depth: 3, Width: 192, S: 1, K: 3}
	tests := []struct {
		name string
		a, b Stage
		same bool
	}{
		{"no mixed block", Stage{Depth: 3, Width: 192, Block: MixBlockC, R: 0.5, S: 2, K: 7}, conv, true},
		{"more mixed than blocks", Stage{3, 192, MixBlockC, 9, 0.5, 2, 7}, Stage{3, 192, MixBlockC, 3, 0.5, 2, 7}, true},
		{"MixBlockB has its own R", Stage{3, 192, MixBlockB, 3, 0.125, 2, 7}, Stage{3, 192, MixBlockB, 3, 0.875, 2, 7}, true},
		{"Transformer has no K", Stage{3, 192, Transformer, 3, 0.5, 2, 7}, Stage{3, 192, Transformer, 3, 0.5, 2, 3}, true},
		{"R of equal channels", Stage{3, 64, MixBlockC, 3, 0.25, 2, 7}, Stage{3, 64, MixBlockC, 3, 0.75, 2, 7}, true},
		{"another order", Stage{3, 192, MixBlockB, 3, 0.5, 2, 7}, Stage{3, 192, MixBlockC, 3, 0.5, 2, 7}, false},
		{"another kernel", Stage{3, 192, MixBlockC, 3, 0.5, 2, 7}, Stage{3, 192, MixBlockC, 3, 0.5, 2, 3}, false},
	}
	for _, test := range tests {
		if got := test.a.canonical() == test.b.canonical(); got != test.same {
			t.Errorf("%s: equal is %v: %+v, %+v", test.name, got, test.a.canonical(), test.b.canonical())
		}
	}
}

// Networks counts what enumeration finds.
func TestNetworksByEnumeration(t *testing.T) {
	s, err := Load("testdata/edge.yaml")
	if err != nil {
		t.Fatal(err)
	}
	s.Stages[0].Scale = []float64{0.5, 1, 2} // so that products of widths overlap
	s.Stages[1].Scale, s.Stages[2].Scale, s.Stages[3].Scale = []float64{0.5, 1, 2}, []float64{0.5, 1, 2}, []float64{0.5, 1, 2}
	s.Stages[0].Depth, s.Stages[1].Depth, s.Stages[2].Depth = []int{2}, []int{2}, []int{2, 4}
	seen := map[Arch]bool{}
	n := s.choices()
	var walk func(g Genotype, i int)
	walk = func(g Genotype, i int) {
		if i == len(g) {
			seen[s.Decode(g)] = true
			return
		}
		for v := range n[i] {
			g[i] = uint8(v)
			walk(g, i+1)
		}
	}
	walk(Genotype{}, 0)
	if got := s.Networks(); got.Cmp(big.NewInt(int64(len(seen)))) != 0 {
		t.Errorf("%v networks, enumeration finds %d", got, len(seen))
	}
}

// A walk by mutations alone comes to every choice of every decision.
func TestMutationReachesAllChoices(t *testing.T) {
	for _, s := range Builtin() {
		rng := rand.New(rand.NewSource(1))
		var reached [len(Genotype{})]map[uint8]bool
		g := s.Sample(rng)
		for range 20_000 {
			g = s.Mutate(g, rng)
			for i, v := range g {
				if reached[i] == nil {
					reached[i] = map[uint8]bool{}
				}
				reached[i][v] = true
			}
		}
		for i, n := range s.choices() {
			if len(reached[i]) != n {
				t.Errorf("%s: gene %d took %d of %d values", s.Name, i, len(reached[i]), n)
			}
		}
	}
}
