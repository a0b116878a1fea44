package reference

import (
	"fmt"
	"strings"
	"testing"

	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/space/graph"
)

var imagenet = space.Input{Batch: 8, Height: 224, Width: 224}

func lower(t *testing.T, n Network, in space.Input) *graph.Graph {
	t.Helper()
	g, err := n.Lower(in)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// Parameters equal the published figure within the rounding of its text, MACs
// within that or 1 %.
func TestPublishedCounts(t *testing.T) {
	for _, n := range All() {
		g := lower(t, n, imagenet)
		p := n.Published
		if d := g.Params() - p.Params; p.Params > 0 && abs(d) > max(p.ParamsWithin, residual(n)) {
			t.Errorf("%s: %d parameters, published %d within %d", n.Name, g.Params(), p.Params, p.ParamsWithin)
		}
		if d := g.MACs() - p.MACs; p.MACs > 0 && abs(d) > max(p.MACsWithin, p.MACs/100) {
			t.Errorf("%s: %d MACs, published %d within %d", n.Name, g.MACs(), p.MACs, p.MACsWithin)
		}
		if (p.Params > 0) != (p.Source != "") {
			t.Errorf("%s: figures and source must come together", n.Name)
		}
	}
}

// residual is what a reconstruction leaves: 0.1 % of the parameters, as stated
// beside the table of TRT-ViTs.
func residual(n Network) int64 {
	if n.Definition == Reconstructed {
		return n.Published.Params / 1000
	}
	return 0
}

func abs(x int64) int64 { return max(x, -x) }

// The figures that the paper's networks were reconstructed to, and those of
// the paper's refined networks, counted independently.
func TestStatedCounts(t *testing.T) {
	tests := []struct {
		name   string
		params float64 // million, as written in the tables' comments
		macs   float64 // 1e9
	}{
		{"TRT-ViT-C", 67.35, 5.849},
		{"TRT-ViT-D", 102.99, 9.713},
		{"Refined-ResNet50", 34.13, 4.089},
		{"Refined-PVT-Small", 29.85, 3.62},
		{"PVT-Tiny", 13.229, 1.933},
		{"PVT-Small", 24.486, 3.816},
		{"PVT-Medium", 44.208, 6.659},
		{"PVT-Large", 61.369, 9.814},
	}
	for _, test := range tests {
		n, err := Find(test.name)
		if err != nil {
			t.Fatal(err)
		}
		g := lower(t, n, imagenet)
		digits := func(v float64, like float64) string {
			_, frac, _ := strings.Cut(fmt.Sprint(like), ".")
			return fmt.Sprintf("%.*f", len(frac), v)
		}
		if got := digits(float64(g.Params())/1e6, test.params); got != fmt.Sprint(test.params) {
			t.Errorf("%s: %s M parameters, want %v", test.name, got, test.params)
		}
		if got := digits(float64(g.MACs())/1e9, test.macs); got != fmt.Sprint(test.macs) {
			t.Errorf("%s: %s GMACs, want %v", test.name, got, test.macs)
		}
	}
}

// timm counts 11,114,984 activations for resnet50 and 11,948,272 for
// deit_small_patch16_224 (benchmark-infer tables of timm).
func TestActivations(t *testing.T) {
	for name, want := range map[string]int64{"ResNet50": 11_114_984, "ResNet152": 22_555_112, "DeiT-S": 11_948_272, "DeiT-B": 23_895_544} {
		n, err := Find(name)
		if err != nil {
			t.Fatal(err)
		}
		if got := lower(t, n, imagenet).Activations(); got != want {
			t.Errorf("%s: %d activations, timm counts %d", name, got, want)
		}
	}
}

// Refined-ResNet50 moves blocks to later stages at exactly equal MACs, which
// is the point of the paper's second guideline.
func TestRefinedResNetHasEqualMACs(t *testing.T) {
	a, err := Find("ResNet50")
	if err != nil {
		t.Fatal(err)
	}
	b, err := Find("refined-resnet50")
	if err != nil {
		t.Fatal(err)
	}
	if x, y := lower(t, a, imagenet).MACs(), lower(t, b, imagenet).MACs(); x != y {
		t.Errorf("%d and %d MACs", x, y)
	}
}

func TestRowsAndNames(t *testing.T) {
	names, ids := map[string]bool{}, map[string]string{}
	for _, n := range All() {
		if names[n.Name] {
			t.Errorf("%s is there twice", n.Name)
		}
		names[n.Name] = true
		if other := ids[n.ID()]; other != "" {
			t.Errorf("%s and %s have the same ID", n.Name, other)
		}
		ids[n.ID()] = n.Name
		if n.Definition != Public && n.Note == "" {
			t.Errorf("%s: %s without saying what", n.Name, n.Definition)
		}
		if len(n.Rows) == 0 {
			t.Errorf("%s has no rows", n.Name)
		}
	}
}

// The paper's lattice holds the paper's networks; the other spaces hold them
// with their own reduction.
func TestSpacesExpressThePaper(t *testing.T) {
	for _, n := range trtvits() {
		name := "paper"
		if strings.HasSuffix(n.Name, "-K3") {
			name = "paper-k3"
		}
		s, err := space.Named(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := s.Encode(*n.Arch); !ok {
			t.Errorf("%s is not in %s", n.Name, name)
		}
		for _, name := range []string{"trt-vit", "open"} {
			s, err := space.Named(name)
			if err != nil {
				t.Fatal(err)
			}
			if g, ok := s.Seed(*n.Arch); !ok || s.Decode(g).Stages != n.Arch.Stages {
				t.Errorf("%s gives no seed in %s", n.Name, name)
			}
		}
	}
}

func TestPyramids(t *testing.T) {
	for _, n := range All() {
		g, err := n.Lower(space.Input{Batch: 1, Height: 512, Width: 512, Features: true})
		if n.NoPyramid {
			if err == nil {
				t.Errorf("%s: a plain Vision Transformer gave a pyramid", n.Name)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		for i, out := range g.Outputs {
			if side := 128 >> i; out.Shape[2] != side || out.Shape[1] != n.Rows[i].Width {
				t.Errorf("%s: output %d has shape %v", n.Name, i, out.Shape)
			}
		}
	}
}

func TestFindSuggests(t *testing.T) {
	_, err := Find("resnet-50")
	if err == nil || !strings.Contains(err.Error(), "did you mean ResNet50") {
		t.Errorf("error %v", err)
	}
}
