package zerocost

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/space/graph"
	"github.com/trtnas/trtnas/space/reference"
	"github.com/trtnas/trtnas/space/weights"
)

func lower(t *testing.T, name string) *graph.Graph {
	t.Helper()
	n, err := reference.Find(name)
	if err != nil {
		t.Fatal(err)
	}
	g, err := n.Lower(space.Input{Batch: 1, Height: 64, Width: 64})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// Every proxy belongs to a pass, and each name is read back.
func TestDefinitions(t *testing.T) {
	for _, p := range All() {
		if got, err := Parse(string(p)); err != nil || got != p {
			t.Errorf("%s is read as %s, %v", p, got, err)
		}
		if !slices.Contains(p.Pass().proxies(), p) {
			t.Errorf("%s is none of the pass %q", p, p.Pass())
		}
	}
	if _, err := Parse("synflow"); err == nil || !strings.Contains(err.Error(), "meco") {
		t.Errorf("%v, want the names that there are", err)
	}
	if got := Passes([]Proxy{ZiCo, MeCo, GradNorm}); !slices.Equal(got, []Pass{Forward, Gradient}) {
		t.Errorf("passes %v", got)
	}
}

func TestInputs(t *testing.T) {
	for _, test := range []struct {
		in   Input
		want string
	}{
		{DefaultInput, ""},
		{Input{Batch: 66, Resolution: [2]int{64, 64}}, "batch of 66"},
		{Input{Batch: 7, Resolution: [2]int{64, 64}}, "even number"},
		{Input{Batch: 8, Resolution: [2]int{64, 0}}, "64x0"},
	} {
		if err := test.in.Validate(); (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v: %v, want %q", test.in, err, test.want)
		}
	}
}

// What is read of a network can be told from its structure.
func TestForwardTaps(t *testing.T) {
	for _, test := range []struct {
		network                     string
		activations, blocks, layers int
	}{
		// 16 blocks with three activations, and the stem's; 53 convolutions, the
		// classifier has one position.
		{"ResNet50", 1 + 16*3, 16, 53},
		// Patches and 12 blocks of four linear layers; GELU in each.
		{"ViT-S/16", 12, 12, 1 + 12*4},
		// Gates and their layers see one position.
		{"EfficientNet-B3", 0, 26, 0},
	} {
		taps := newForwardTaps(lower(t, test.network), 1)
		if n := len(taps.Blocks); n != test.blocks {
			t.Errorf("%s: %d blocks, want %d", test.network, n, test.blocks)
		}
		if n := len(taps.Activations); test.activations > 0 && n != test.activations {
			t.Errorf("%s: %d activations, want %d", test.network, n, test.activations)
		}
		if n := len(taps.Layers); test.layers > 0 && n != test.layers {
			t.Errorf("%s: %d layers, want %d", test.network, n, test.layers)
		}
		for _, layer := range taps.Layers {
			if strings.Contains(layer.Name, ".se.") {
				t.Errorf("%s: %s has one position", test.network, layer.Name)
			}
		}
	}
}

// Every published network has blocks, and channels where they are said to be.
func TestTapsOfAllNetworks(t *testing.T) {
	for _, n := range reference.All() {
		g := lower(t, n.Name)
		taps := newForwardTaps(g, 0)
		if len(taps.Blocks) < 6 {
			t.Errorf("%s has %d blocks", n.Name, len(taps.Blocks))
		}
		for _, b := range taps.Blocks {
			if c := b.node.Shape[b.Axis]; c < 16 {
				t.Errorf("%s: %s has %d channels in shape %v", n.Name, b.Name, c, b.node.Shape)
			}
		}
	}
}

func TestDraw(t *testing.T) {
	a, again, other := draw("s2.b1.conv1", 64, 1), draw("s2.b1.conv1", 64, 1), draw("s2.b1.conv1", 64, 2)
	if !slices.Equal(a, again) || slices.Equal(a, other) {
		t.Errorf("drew %v, %v, and with another seed %v", a, again, other)
	}
	if len(slices.Compact(slices.Clone(a))) != mecoChannels {
		t.Errorf("%v has a channel twice", a)
	}
}

// Residual links go, with what is only in them; other sums stay.
func TestPlain(t *testing.T) {
	for _, test := range []struct {
		network  string
		sums     int
		without  string
		features string
	}{
		{"ResNet50", 0, "shortcut", "s5.b3.relu"},
		{"ViT-S/16", 1, ".add", "norm"}, // the position embedding
		{"ConvNeXt-T", 0, ".scale", "s5.b3.first"},
		{"Swin-T", 14, "b1.add", "norm"}, // biases of 12 attentions, and masks where windows are shifted
	} {
		p, err := newPlain(lower(t, test.network))
		if err != nil {
			t.Fatal(err)
		}
		sums := 0
		for i, n := range p.graph.Nodes {
			if n.ID != i {
				t.Errorf("%s: node %d has ID %d", test.network, i, n.ID)
			}
			if _, ok := n.Op.(graph.Add); ok {
				sums++
			}
			if strings.Contains(n.Name, test.without) && !strings.Contains(n.Name, "pos.add") {
				t.Errorf("%s still has %s", test.network, n.Name)
			}
		}
		if sums != test.sums || !strings.HasPrefix(p.features.Name, test.features) {
			t.Errorf("%s: %d sums, features %s; want %d, %s", test.network, sums, p.features.Name, test.sums, test.features)
		}
	}
	var b graph.Builder
	headless, err := b.Graph(b.Add("relu", graph.Activation{}, b.Input("image", graph.Shape{1, 3, 4, 4})))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := newPlain(headless); err != errHeadless {
		t.Errorf("without a classifier: %v", err)
	}
}

// One convolution of 3x3x3 weights with deviation d, and a normalisation by the
// variance that it has: logs of its root, less that of d.
func TestScale(t *testing.T) {
	var b graph.Builder
	x := b.Add("conv", graph.Conv{Out: 6, Kernel: 3, Stride: 1, Pad: 1}, b.Input("image", graph.Shape{1, 3, 8, 8}))
	x = b.Add("conv.bn", graph.BatchNorm{}, x)
	b.Role = graph.Head
	g, err := b.Graph(b.Add("head.pool", graph.GlobalPool{}, x))
	if err != nil {
		t.Fatal(err)
	}
	p, err := newPlain(g)
	if err != nil {
		t.Fatal(err)
	}
	// The variance is 27 d², so the d cancel.
	if got, want := p.scale(weights.Init{}), math.Log(27)/2; math.Abs(got-want) > 1e-6 {
		t.Errorf("scale %v, want %v", got, want)
	}
}

// Queries and keys are behind the softmax: the features are not proportional to
// them.
func TestScaling(t *testing.T) {
	p, err := newPlain(lower(t, "MixNetV"))
	if err != nil {
		t.Fatal(err)
	}
	scales := p.scaling()
	for _, n := range p.graph.Nodes {
		if n.Weighted() && scales[n] == strings.HasSuffix(n.Name, "attn.q") {
			t.Errorf("%s scales the features: %v", n.Name, scales[n])
		}
	}
}
