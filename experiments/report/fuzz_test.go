package report

import (
	"encoding/json"
	"testing"

	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/space/reference"
)

// A network that an export names can be built, or there is an error.
func FuzzExport(f *testing.F) {
	n, err := reference.Find("TRT-ViT-A")
	if err != nil {
		f.Fatal(err)
	}
	point := Point{ID: n.ID(), Params: 1, MACs: 1, Stem: n.Arch.Stem.String(), Reduction: n.Arch.Reduction.String(), Stages: append([]space.Stage{}, n.Arch.Stages[:]...)}
	good, err := json.Marshal(Export{Schema: ExportSchema, Run: "r", Networks: []Point{point}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good, n.ID())
	f.Add(good, "")
	f.Add([]byte(`{"schema":"trtnas.export/1","networks":[{"id":"x","stages":[{}]}]}`), "x")
	f.Fuzz(func(t *testing.T, data []byte, id string) {
		var e Export
		if err := json.Unmarshal(data, &e); err != nil {
			return
		}
		n, err := e.Network(id)
		if err != nil {
			return
		}
		if err := n.Arch.Validate(); err != nil {
			t.Errorf("network %s: %v", n.ID(), err)
		}
	})
}
