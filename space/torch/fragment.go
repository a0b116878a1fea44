package torch

import (
	"embed"
	"slices"
	"strings"
	"text/template"

	"github.com/trtnas/trtnas/space"
)

//go:embed fragments/*.py.tmpl
var files embed.FS

var templates = template.Must(template.ParseFS(files, "fragments/*.py.tmpl"))

// fragment is a piece of the Python file, in fragments/<file>.py.tmpl.
type fragment struct {
	file   string
	needed func(module) bool
}

// fragments in the order of the Python file: a class stands behind those that
// it derives from or holds.
var fragments = slices.Concat(
	[]fragment{
		{"header", always},
		{"convbn", always},
		{"tokens", func(m module) bool { return m.Attends }},
		{"patch_embed", func(m module) bool { return m.uses[space.Transformer] || m.ReducesByConv }},
		{"patch_pool", func(m module) bool { return m.Reduces && !m.ReducesByConv }},
		{"attention", func(m module) bool { return m.Attends }},
		{"mixblock", func(m module) bool { return m.Mixes }},
	},
	blocks(),
	[]fragment{
		{"stem_deep", func(m module) bool { return m.stem == space.DeepStem }},
		{"stem_resnet", func(m module) bool { return m.stem == space.ResNetStem }},
		{"row", always},
		{"stages", always},
		{"transformer_stage", uses(space.Transformer)},
		{"network", always},
		{"load", always},
	},
)

// blocks have a fragment each, in a file of their name.
func blocks() (all []fragment) {
	for _, b := range space.Blocks() {
		all = append(all, fragment{strings.ToLower(b.String()), uses(b)})
	}
	return all
}

func always(module) bool { return true }

func uses(b space.Block) func(module) bool {
	return func(m module) bool { return m.uses[b] }
}
