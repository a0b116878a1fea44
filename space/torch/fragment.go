package torch

import (
	"embed"
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
var fragments = []fragment{
	{"header", always},
	{"convbn", always},
	{"bottleneck", uses(space.BottleNeck)},
	{"tokens", func(m module) bool { return m.Attends }},
	{"patch_embed", func(m module) bool { return m.uses[space.Transformer] || m.ReducesByConv }},
	{"patch_pool", func(m module) bool { return m.Reduces && !m.ReducesByConv }},
	{"attention", func(m module) bool { return m.Attends }},
	{"transformer", uses(space.Transformer)},
	{"mixblock", func(m module) bool { return m.Mixes }},
	{"mixblock_a", uses(space.MixBlockA)},
	{"mixblock_b", uses(space.MixBlockB)},
	{"mixblock_c", uses(space.MixBlockC)},
	{"stem_deep", func(m module) bool { return m.stem == space.DeepStem }},
	{"stem_resnet", func(m module) bool { return m.stem == space.ResNetStem }},
	{"row", always},
	{"stages", always},
	{"transformer_stage", uses(space.Transformer)},
	{"network", always},
	{"load", always},
}

func always(module) bool { return true }

func uses(b space.Block) func(module) bool {
	return func(m module) bool { return m.uses[b] }
}
