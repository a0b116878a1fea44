package reference

import (
	"testing"

	"github.com/trtnas/trtnas/space"
)

func TestPublishedCounts(t *testing.T) {
	for _, n := range All() {
		g, err := n.Lower(space.Input{Batch: 8, Height: 224, Width: 224})
		if err != nil {
			t.Errorf("%s: %v", n.Name, err)
			continue
		}
		t.Logf("%s %d %d acts %d", n.Name, g.Params(), g.MACs(), g.Activations())
	}
}
