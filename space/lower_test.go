package space

import (
	"fmt"
	"math/rand"
	"strings"
	"testing"

	"github.com/trtnas/trtnas/space/graph"
	"pgregory.net/rapid"
)

var imagenet = Input{Batch: 8, Height: 224, Width: 224}

// The parts' kernels and counts add up to the whole graph's, which allows
// keeping costs by part.
func TestPartsAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawSpace(t)
		a := s.Decode(s.Sample(drawRNG(t)))
		in := imagenet
		in.Features = rapid.Bool().Draw(t, "features")
		whole, err := a.Lower(in)
		if err != nil {
			t.Fatal(err)
		}
		var kernels []string
		var params, macs int64
		shape := in.Shape()
		for p := range a.Parts(in.Features) {
			g, err := p.Lower(shape)
			if err != nil {
				t.Fatal(err)
			}
			kernels = append(kernels, describe(g.Kernels())...)
			params += g.Params()
			macs += g.MACs()
			shape = g.Outputs[0].Shape
		}
		if got, want := strings.Join(kernels, "\n"), strings.Join(describe(whole.Kernels()), "\n"); got != want {
			t.Fatalf("%+v: parts have kernels\n%s\nthe whole\n%s", a, got, want)
		}
		if params != whole.Params() || macs != whole.MACs() {
			t.Fatalf("parts have %d parameters and %d MACs, the whole %d and %d", params, macs, whole.Params(), whole.MACs())
		}
	})
}

func describe(ks []graph.Kernel) []string {
	lines := make([]string, len(ks))
	for i, k := range ks {
		k.Node = nil
		lines[i] = fmt.Sprintf("%+v", k)
	}
	return lines
}

func TestFeaturesHaveThePyramidsStrides(t *testing.T) {
	s, err := Named("open")
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewSource(3))
	for range 50 {
		a := s.Decode(s.Sample(rng))
		g, err := a.Lower(Input{Batch: 2, Height: 512, Width: 640, Features: true})
		if err != nil {
			t.Fatal(err)
		}
		for i, out := range g.Outputs {
			stride := 4 << i
			want := graph.Shape{2, a.Stages[i].Width, 512 / stride, 640 / stride}
			if fmt.Sprint(out.Shape) != fmt.Sprint(want) {
				t.Errorf("output %d has shape %v, want %v", i, out.Shape, want)
			}
		}
	}
}

func TestLowerErrors(t *testing.T) {
	good := Arch{Stages: [4]Stage{{1, 64, BottleNeck, 0, 0, 1, 3}, {1, 128, BottleNeck, 0, 0, 1, 3}, {1, 256, BottleNeck, 0, 0, 1, 3}, {1, 512, MixBlockC, 1, 0.5, 4, 3}}}
	tests := []struct {
		name string
		edit func(*Arch, *Input)
		want string
	}{
		{"image below one pixel of the last stage's reduction", func(_ *Arch, in *Input) { in.Height = 64 }, "s5.b1.attn.sr: kernel 4 does not fit the 2x7 feature map"},
		{"no batch", func(_ *Arch, in *Input) { in.Batch = 0 }, "extent 0"},
		{"width of no head", func(a *Arch, _ *Input) { a.Stages[1].Width = 100 }, "stage 3: width 100"},
		{"not canonical", func(a *Arch, _ *Input) { a.Stages[0].K = 7 }, "not canonical"},
	}
	for _, test := range tests {
		a, in := good, imagenet
		test.edit(&a, &in)
		if _, err := a.Lower(in); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, want %q", test.name, err, test.want)
		}
	}
}
