package report

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/space/reference"
)

// ExportSchema names the JSON format of exported architectures.
const ExportSchema = "trtnas.export/1"

// Export is a selection of a front's networks, complete enough to be built
// again.
type Export struct {
	Schema     string               `json:"schema"`
	Run        string               `json:"run,omitempty"`
	Conditions evaluator.Conditions `json:"conditions"`
	Note       string               `json:"note"`
	Networks   []Point              `json:"networks"`
}

const exportNote = "architectures only, untrained; top-1 is an estimate for 300 epochs of training on ImageNet-1k at 224x224; a latency is a measurement only where its source says so"

// trainedNote is that of a run whose accuracies were trained; %s is what they are.
const trainedNote = "architectures only, untrained; top-1 was counted %s; a latency is a measurement only where its source says so"

// Selection chooses from a front. Zero fields choose everything.
type Selection struct {
	ID    string        // one network; a beginning that is unique will do
	Under time.Duration // latency at most this
	Top   int           // at most so many, the most accurate first
}

// NewArchExport is an export of given networks; run is empty for published ones.
func NewArchExport(run string, c evaluator.Conditions, networks ...Point) Export {
	note := exportNote
	if c.AccuracyData != "" {
		note = fmt.Sprintf(trainedNote, Top1Meaning(c))
	}
	return Export{Schema: ExportSchema, Run: run, Conditions: c, Note: note, Networks: append([]Point{}, networks...)}
}

// NewExport selects from the front.
func NewExport(f Front, s Selection) (Export, error) {
	e := NewArchExport(f.Run, f.Conditions)
	for _, p := range f.Points {
		if strings.HasPrefix(p.ID, s.ID) && (s.Under == 0 || p.Latency.Value <= Milliseconds(s.Under)) {
			e.Networks = append(e.Networks, p)
		}
	}
	switch {
	case s.ID != "" && len(e.Networks) == 0:
		return e, fmt.Errorf("no network on the front of run %s has ID %s (and is within --under, if given): `trtnas front %s --all` lists them", f.Run, s.ID, f.Run)
	case s.ID != "" && len(e.Networks) > 1:
		return e, fmt.Errorf("%d networks on the front of run %s have IDs that begin with %s: give more of it", len(e.Networks), f.Run, s.ID)
	case len(e.Networks) == 0:
		return e, fmt.Errorf("no network on the front of run %s is within %v", f.Run, s.Under)
	}
	if s.Top > 0 {
		e.Networks = e.Networks[:min(s.Top, len(e.Networks))]
	}
	return e, nil
}

// WriteText writes the export as JSON, its only form.
func (e Export) WriteText(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(e)
}

// Network gives back one of the exported networks; id may be empty where there
// is only one.
func (e Export) Network(id string) (reference.Network, error) {
	if e.Schema != ExportSchema {
		return reference.Network{}, fmt.Errorf("schema is %q, need %q as `trtnas export` writes it", e.Schema, ExportSchema)
	}
	var ids []string
	for _, p := range e.Networks {
		ids = append(ids, p.ID)
	}
	i := slices.IndexFunc(ids, func(s string) bool { return strings.HasPrefix(s, id) })
	switch {
	case len(ids) == 0:
		return reference.Network{}, fmt.Errorf("no network in it")
	case id == "" && len(ids) > 1:
		return reference.Network{}, fmt.Errorf("%d networks in it: choose one by --id, such as --id %s", len(ids), ids[0])
	case i < 0:
		return reference.Network{}, fmt.Errorf("no network %s in it: there are %s", id, strings.Join(ids, ", "))
	}
	return e.Networks[i].network()
}

// network rebuilds the architecture and checks it against its ID.
func (p Point) network() (reference.Network, error) {
	var a space.Arch
	if len(p.Stages) != len(a.Stages) {
		return reference.Network{}, fmt.Errorf("network %s has %d stages, need %d", p.ID, len(p.Stages), len(a.Stages))
	}
	copy(a.Stages[:], p.Stages)
	if err := a.Stem.UnmarshalText([]byte(p.Stem)); err != nil {
		return reference.Network{}, fmt.Errorf("network %s: %w", p.ID, err)
	}
	if err := a.Reduction.UnmarshalText([]byte(p.Reduction)); err != nil {
		return reference.Network{}, fmt.Errorf("network %s: %w", p.ID, err)
	}
	if err := a.Validate(); err != nil {
		return reference.Network{}, fmt.Errorf("network %s: %w", p.ID, err)
	}
	if a.ID() != p.ID {
		return reference.Network{}, fmt.Errorf("network %s was changed after its export: its stages are those of %s", p.ID, a.ID())
	}
	return reference.Network{Name: p.ID, Rows: a.Stages[:], Arch: &a}, nil
}
