package evaluator

import (
	"testing"
	"time"

	"github.com/trtnas/trtnas/space/reference"
)

// What a picture says of stages adds up to what the network is said to take.
func TestArchPartsAddUp(t *testing.T) {
	models := t4(t, nil)
	for _, n := range reference.All() {
		if n.Arch == nil {
			continue
		}
		parts, err := models.ArchParts(*n.Arch)
		if err != nil {
			t.Fatal(err)
		}
		score, err := models.Network(n)
		if err != nil {
			t.Fatal(err)
		}
		var ms, classes time.Duration
		var params, macs int64
		blocks := map[int]int{}
		for _, p := range parts {
			ms, params, macs = ms+p.Time, params+p.Params, macs+p.MACs
			for _, c := range p.Classes {
				classes += c
			}
			count, _ := p.Part.Blocks()
			blocks[p.Part.Stage()] += count
		}
		// Each part's time is cut to whole nanoseconds.
		near := func(d time.Duration) bool { return d.Abs() < time.Microsecond }
		if !near(ms-score.Latency.Value) || !near(classes-ms) || params != score.Params || macs != score.MACs {
			t.Errorf("%s: parts take %v (by class %v), %d parameters, %d MACs; the network %v, %d, %d", n.Name, ms, classes, params, macs, score.Latency.Value, score.Params, score.MACs)
		}
		for i, s := range n.Arch.Stages {
			if blocks[i+2] != s.Depth {
				t.Errorf("%s: %d blocks in stage %d, want %d", n.Name, blocks[i+2], i+2, s.Depth)
			}
		}
	}
}
