package space_test

import (
	"math/rand"
	"slices"
	"testing"

	"github.com/trtnas/trtnas/space"
)

func TestOpen(t *testing.T) {
	s, err := space.Named("trt-vit")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, d := range s.Open() {
		names = append(names, d.Name)
		if len(d.Choices) != s.Decisions()[d.Gene] || !d.Ordered {
			t.Errorf("%+v", d)
		}
	}
	want := []string{"width", "s2 depth", "s3 depth", "s4 depth", "s4 mixed", "s4 r", "s4 s", "s4 k", "s5 depth", "s5 mixed", "s5 r", "s5 k"}
	if !slices.Equal(names, want) {
		t.Errorf("open are %q", names)
	}
	s, err = space.Named("open")
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range s.Open() {
		if blocks := d.Name == "s3 block"; blocks && (d.Ordered || d.Choices[0] != "Transformer") {
			t.Errorf("%+v", d)
		}
	}
}

// What is drawn is the network, and what has no effect is any of its choices.
func TestDraw(t *testing.T) {
	for _, s := range space.Builtin() {
		rng := rand.New(rand.NewSource(1))
		for range 50 {
			a := s.Decode(s.Sample(rng))
			g, effectless, err := s.Draw(a, rng)
			if err != nil || s.Decode(g) != a {
				t.Fatalf("%s: %v was drawn as %v: %v", s.Name, a, s.Decode(g), err)
			}
			for _, gene := range effectless {
				for v := range s.Decisions()[gene] {
					other := g
					other[gene] = uint8(v)
					if s.Decode(other) != a {
						t.Errorf("%s: gene %d has an effect in %+v", s.Name, gene, a)
					}
				}
			}
		}
	}
	s, err := space.Named("trt-vit")
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewSource(1))
	a := s.Decode(space.Genotype{}) // nothing is mixed
	drawn := map[uint8]int{}
	const r = 1 + 2*7 + 4 // of stage 4
	for range 700 {
		g, effectless, err := s.Draw(a, rng)
		if err != nil || !slices.Contains(effectless, r) {
			t.Fatalf("R has an effect in %+v (%v)", a, err)
		}
		drawn[g[r]]++
	}
	for v, n := range drawn {
		if len(drawn) != 7 || n < 60 || n > 140 { // 100 expected, standard deviation 9
			t.Errorf("choice %d of R was drawn %d times of 700", v, n)
		}
	}
	if _, _, err := s.Draw(space.Arch{}, rng); err == nil {
		t.Error("a network that is not in the space was drawn")
	}
}

func BenchmarkDraw(b *testing.B) {
	s, err := space.Named("open")
	if err != nil {
		b.Fatal(err)
	}
	rng := rand.New(rand.NewSource(1))
	for b.Loop() {
		if _, _, err := s.Draw(s.Decode(s.Sample(rng)), rng); err != nil {
			b.Fatal(err)
		}
	}
}
