package reference

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/trtnas/trtnas/space"
)

// Detection and segmentation use images of any multiple of 32.
func TestSizesOfDetectorsWork(t *testing.T) {
	for _, n := range All() {
		for _, in := range []space.Input{
			{Batch: 1, Height: 32, Width: 32}, {Batch: 2, Height: 256, Width: 256}, {Batch: 1, Height: 384, Width: 384},
			{Batch: 1, Height: 800, Width: 1344, Features: !n.NoPyramid},
		} {
			if _, err := n.Lower(in); err != nil {
				t.Errorf("%+v: %v", in, err)
			}
		}
	}
}

// Another size works too, or the error says what is needed.
func TestOtherSizesWorkOrSayWhy(t *testing.T) {
	all := All()
	rapid.Check(t, func(t *rapid.T) {
		n := all[rapid.IntRange(0, len(all)-1).Draw(t, "network")]
		in := space.Input{
			Batch:  rapid.IntRange(0, 2).Draw(t, "batch"),
			Height: rapid.IntRange(0, 200).Draw(t, "height"), Width: rapid.IntRange(0, 200).Draw(t, "width"),
		}
		g, err := n.Lower(in)
		if err == nil && len(g.Outputs) != 1 {
			t.Fatalf("%s at %+v: %d outputs", n.Name, in, len(g.Outputs))
		}
		if err != nil && !strings.HasPrefix(err.Error(), n.Name+": ") {
			t.Fatalf("error without the network's name: %v", err)
		}
	})
}

// Windows of 7x7 pixels are padded where they do not divide the map, so that
// more is computed than at the next multiple below.
func TestWindowsArePadded(t *testing.T) {
	for _, name := range []string{"Swin-T", "Twins-SVT-S"} {
		n, err := Find(name)
		if err != nil {
			t.Fatal(err)
		}
		at := func(side int) float64 {
			return float64(lower(t, n, space.Input{Batch: 1, Height: side, Width: side}).MACs())
		}
		// Maps of 56 and 64 pixels; the latter takes 10x10 windows, not 64/7.
		if ratio, pixels := at(256)/at(224), 64.0*64/(56*56); ratio < 1.02*pixels {
			t.Errorf("%s: %.3f times the work for %.3f times the pixels", name, ratio, pixels)
		}
	}
}
