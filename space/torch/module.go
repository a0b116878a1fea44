package torch

import (
	"fmt"
	"io"
	"strings"
	"unicode"

	"github.com/trtnas/trtnas/space"
)

// Text is what a module's docstring says besides that the network is untrained.
type Text struct {
	Name string // such as "TRT-ViT-C"; empty stands for the architecture's ID
	// Notes are lines such as an estimate with its conditions, at most 100
	// characters each to fit the rest of the file.
	Notes []string
}

// WriteModule writes the architecture as Python source that needs nothing but
// torch: the classes of its stem and blocks, a table of stages, a class Network
// (num_classes, in_chans, features_only) and the functions create_model and
// load_weights. It returns an error for an invalid architecture, for text that
// would end the docstring, and from w.
func WriteModule(w io.Writer, a space.Arch, text Text) error {
	if err := a.Validate(); err != nil {
		return fmt.Errorf("architecture: %w", err)
	}
	if err := text.validate(); err != nil {
		return err
	}
	m := newModule(a, text)
	var parts []string
	for _, f := range fragments {
		if !f.needed(m) {
			continue
		}
		var part strings.Builder
		if err := templates.ExecuteTemplate(&part, f.file+".py.tmpl", m); err != nil {
			return fmt.Errorf("module of %s: %w", m.ID, err)
		}
		parts = append(parts, strings.TrimSpace(part.String()))
	}
	_, err := io.WriteString(w, strings.Join(parts, "\n\n\n")+"\n")
	return err
}

func (t Text) validate() error {
	for _, line := range append([]string{t.Name}, t.Notes...) {
		if strings.ContainsFunc(line, func(r rune) bool { return r == '"' || r == '\\' || !unicode.IsPrint(r) }) {
			return fmt.Errorf("docstring line %q: quotes, backslashes and control characters are not allowed", line)
		}
	}
	return nil
}

// module is what the fragments are filled from.
type module struct {
	Text
	ID   string
	Rows [4]row
	stem space.Stem
	uses map[space.Block]bool

	Mixes         bool // has MixBlocks
	Kernels       bool // has blocks whose kernel varies
	Attends       bool // has attention, alone or in MixBlocks
	Reduces       bool // attention has S > 1 somewhere
	ReducesByConv bool
	Plain         bool // a stage has no Transformer blocks but in MixBlocks
	Leads         bool // BottleNecks come before Transformer blocks in a stage
}

func newModule(a space.Arch, text Text) module {
	m := module{Text: text, ID: a.ID(), stem: a.Stem, uses: map[space.Block]bool{}}
	if m.Name == "" {
		m.Name = "Network " + m.ID
	}
	for i, s := range a.Stages {
		m.Rows[i] = row{s}
		lead := s.Depth > s.Mixed
		transforms := s.Block == space.Transformer
		m.uses[s.Block] = true
		m.uses[space.BottleNeck] = m.uses[space.BottleNeck] || lead
		m.Plain = m.Plain || !transforms
		m.Leads = m.Leads || lead && transforms
		m.Mixes = m.Mixes || s.Block.Mixes()
		m.Kernels = m.Kernels || s.Block.HasKernel()
		m.Reduces = m.Reduces || s.S > 1
	}
	m.Attends = m.Mixes || m.uses[space.Transformer]
	m.ReducesByConv = m.Reduces && a.Reduction == space.Conv
	return m
}

// Makers are the Python callables that build the stages.
func (m module) Makers() (makers [4]string) {
	for i, r := range m.Rows {
		makers[i] = "make_stage"
		if r.Block == space.Transformer {
			makers[i] = "TransformerStage"
		}
	}
	return makers
}

// row is a stage as a row of the Python table.
type row struct{ space.Stage }

// String is a call of Row that leaves out what has no effect in this stage.
func (r row) String() string {
	var blocks []string
	for _, run := range []struct {
		count int
		block space.Block
	}{{r.Depth - r.Mixed, space.BottleNeck}, {r.Mixed, r.Block}} {
		if run.count > 0 {
			blocks = append(blocks, strings.TrimPrefix(fmt.Sprintf("%d * [%v]", run.count, run.block), "1 * "))
		}
	}
	args := fmt.Sprintf("width=%d, blocks=%s", r.Width, strings.Join(blocks, " + "))
	if r.Block.Mixes() {
		args += fmt.Sprintf(", global_chs=%d", r.Global())
	}
	if r.S > 1 {
		args += fmt.Sprintf(", s=%d", r.S)
	}
	if r.Block.HasKernel() {
		args += fmt.Sprintf(", k=%d", r.K)
	}
	return "Row(" + args + ")"
}
