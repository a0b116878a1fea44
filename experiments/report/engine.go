package report

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/trtnas/trtnas/evaluator"
)

// Engine is what a network's engine takes; 0 is what was not measured.
type Engine struct {
	Bytes       int64   `json:"bytes,omitempty"`        // of its file
	MemoryBytes int64   `json:"memory_bytes,omitempty"` // on the device, beside the weights
	EnergyJ     float64 `json:"energy_j,omitempty"`     // joules for one image
}

// newEngine is nil where nothing was measured.
func newEngine(e evaluator.Engine) *Engine {
	if e == (evaluator.Engine{}) {
		return nil
	}
	return &Engine{Bytes: e.Bytes, MemoryBytes: e.Memory, EnergyJ: Round(e.Energy, 4)}
}

// engineColumns are the quantities as a front's columns.
var engineColumns = []struct {
	name string
	cell func(Engine) string
}{
	{"memory", func(e Engine) string { return megabytes(e.MemoryBytes) }},
	{"engine", func(e Engine) string { return megabytes(e.Bytes) }},
	{"energy", func(e Engine) string { return fmt.Sprintf("%.3g mJ", 1e3*e.EnergyJ) }},
}

func megabytes(bytes int64) string { return fmt.Sprintf("%.1f MB", float64(bytes)/1e6) }

// engineHeader and engineCells end with a tab, as those of a column do.
func (f Front) engineHeader() string {
	var b strings.Builder
	for _, c := range engineColumns {
		if slices.Contains(f.Engine, c.name) {
			b.WriteString(c.name + "\t")
		}
	}
	return b.String()
}

func (f Front) engineCells(p Point) string {
	var b strings.Builder
	for _, c := range engineColumns {
		switch {
		case !slices.Contains(f.Engine, c.name):
		case p.Engine == nil:
			b.WriteString("-\t")
		default:
			b.WriteString(c.cell(*p.Engine) + "\t")
		}
	}
	return b.String()
}

// fields are empty where nothing was measured.
func (e *Engine) fields() []string {
	all := make([]string, 3)
	if e == nil {
		return all
	}
	for i, v := range []float64{float64(e.Bytes), float64(e.MemoryBytes), e.EnergyJ} {
		if v != 0 {
			all[i] = strconv.FormatFloat(v, 'f', -1, 64)
		}
	}
	return all
}
