package torch_test

import (
	"bytes"
	"flag"
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/space/reference"
	"github.com/trtnas/trtnas/space/torch"
	"pgregory.net/rapid"
)

var update = flag.Bool("update", false, "write the golden modules anew")

// mbConv has no attention.
var mbConv = space.Arch{Stages: [4]space.Stage{
	{Depth: 2, Width: 64, Block: space.MBConv, Mixed: 2, S: 1, K: 3},
	{Depth: 3, Width: 96, Block: space.MBConv, Mixed: 2, S: 1, K: 5},
	{Depth: 1, Width: 256, Block: space.BottleNeck, S: 1, K: 3},
	{Depth: 2, Width: 512, Block: space.MBConv, Mixed: 2, S: 1, K: 7},
}}.Canonical()

// everyBlock has all kinds of blocks of the built-in spaces, and reduces attention by pooling.
var everyBlock = space.Arch{Stages: [4]space.Stage{
	{Depth: 2, Width: 64, Block: space.MixBlockA, Mixed: 1, R: 0.5, S: 4, K: 3},
	{Depth: 2, Width: 96, Block: space.MixBlockB, Mixed: 2, R: 0.5, S: 2, K: 5},
	{Depth: 3, Width: 256, Block: space.MixBlockC, Mixed: 2, R: 0.25, S: 1, K: 7},
	{Depth: 3, Width: 512, Block: space.Transformer, Mixed: 2, R: 1, S: 1, K: 3},
}}.Canonical()

func trtViTC(t *testing.T) space.Arch {
	t.Helper()
	n, err := reference.Find("TRT-ViT-C")
	if err != nil {
		t.Fatal(err)
	}
	return *n.Arch
}

func TestGolden(t *testing.T) {
	tests := []struct {
		file string
		arch space.Arch
		text torch.Text
	}{
		{"trt_vit_c.py", trtViTC(t), torch.Text{Name: "TRT-ViT-C", Notes: []string{"Top-1 82.1 % within 0.7 (estimate).", "", "Second paragraph."}}},
		{"every_block.py", everyBlock, torch.Text{}},
		{"mbconv.py", mbConv, torch.Text{}},
	}
	for _, test := range tests {
		got := render(t, test.arch, test.text)
		path := filepath.Join("testdata", test.file)
		if *update {
			if err := os.WriteFile(path, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s: another module than before; if that is meant, run go test with -update and read the diff:\n%s", test.file, got)
		}
	}
}

func TestText(t *testing.T) {
	for _, bad := range []string{`"""`, `a "word"`, `back\slash`, "two\nlines", "bell\a"} {
		if err := torch.WriteModule(&bytes.Buffer{}, everyBlock, torch.Text{Notes: []string{bad}}); err == nil {
			t.Errorf("note %q is accepted", bad)
		}
		if err := torch.WriteModule(&bytes.Buffer{}, everyBlock, torch.Text{Name: bad}); err == nil {
			t.Errorf("name %q is accepted", bad)
		}
	}
}

func TestInvalidArchitecture(t *testing.T) {
	a := everyBlock
	a.Stages[0].Depth = 0
	err := torch.WriteModule(&bytes.Buffer{}, a, torch.Text{})
	if err == nil || !strings.Contains(err.Error(), "stage 2: depth 0") {
		t.Errorf("error %v", err)
	}
}

// Every architecture gives tidy source that defines each name it uses once.
func TestModulesAreTidy(t *testing.T) {
	spaces := space.Builtin()
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.SampledFrom(spaces).Draw(t, "space")
		a := s.Decode(s.Sample(rand.New(rand.NewSource(rapid.Int64().Draw(t, "seed")))))
		a.Stem = space.Stem(rapid.IntRange(0, 1).Draw(t, "stem"))
		a.Reduction = space.Reduction(rapid.IntRange(0, 1).Draw(t, "reduction"))
		for i := range a.Stages {
			if rapid.Bool().Draw(t, "all mixed") && a.Stages[i].Block != space.BottleNeck {
				a.Stages[i].Mixed = a.Stages[i].Depth
			}
		}
		a = a.Canonical()
		text := string(render(t, a, torch.Text{}))
		for _, problem := range problems(text) {
			t.Errorf("%s", problem)
		}
		for i, st := range a.Stages {
			if n := fmt.Sprintf("Row(width=%d, blocks=", st.Width); !strings.Contains(text, n) {
				t.Errorf("stage %d: no %q", i+2, n)
			}
		}
		if t.Failed() {
			t.Log(text)
		}
	})
}

type fataler interface {
	Helper()
	Fatal(...any)
}

func render(t fataler, a space.Arch, text torch.Text) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := torch.WriteModule(&b, a, text); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

var (
	// own are the classes, functions and constants of our fragments.
	own = strings.Fields("ConvBN BottleNeck PatchEmbed PatchPool Attention Mlp Transformer MixBlock MixBlockA MixBlockB MixBlockC " +
		"Stem Row make_stage TransformerStage Head Network to_tokens to_map init_weights load_weights read_safetensors HEAD_DIM STAGES OrderedDict")
	defined = regexp.MustCompile(`(?m)^(?:class |def |from collections import )?(\w+)(?:\(|:| = |$)`)
	words   = regexp.MustCompile(`\w+`)
	prose   = regexp.MustCompile(`"""[^"]*"""|#.*`)
)

// problems of Python source, as a formatter and a linter would name them.
func problems(text string) (found []string) {
	for _, leftover := range []string{"{{", "}}", "<no value>", "\t", " \n", "\n\n\n\n", "%!"} {
		if strings.Contains(text, leftover) {
			found = append(found, fmt.Sprintf("has %q", leftover))
		}
	}
	for _, pair := range []string{"()", "[]", "{}"} {
		if open, closed := strings.Count(text, pair[:1]), strings.Count(text, pair[1:]); open != closed {
			found = append(found, fmt.Sprintf("%d of %q, %d of %q", open, pair[:1], closed, pair[1:]))
		}
	}
	if strings.Count(text, `"""`)%2 != 0 {
		found = append(found, "an open docstring")
	}
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		found = append(found, lineProblems(lines, i, line)...)
	}
	return append(found, nameProblems(text)...)
}

func lineProblems(lines []string, i int, line string) (found []string) {
	indent := len(line) - len(strings.TrimLeft(line, " "))
	if len(line) > 100 || indent%4 != 0 {
		found = append(found, fmt.Sprintf("line %d has %d characters, %d of them indentation: %q", i+1, len(line), indent, line))
	}
	top := strings.HasPrefix(line, "class ") || strings.HasPrefix(line, "def ")
	if top && (lines[i-1] != "" || lines[i-2] != "" || lines[i-3] == "") {
		found = append(found, fmt.Sprintf("line %d: need two blank lines before %q", i+1, line))
	}
	return found
}

// nameProblems are own names that are used without definition, defined twice,
// or defined for nothing.
func nameProblems(text string) (found []string) {
	code := prose.ReplaceAllString(text, "")
	definitions := map[string]int{}
	for _, m := range defined.FindAllStringSubmatch(code, -1) {
		definitions[m[1]]++
	}
	count := map[string]int{}
	for _, word := range words.FindAllString(code, -1) {
		count[word]++
	}
	for _, name := range own {
		if n := count[name]; n > 0 && (definitions[name] != 1 || n == 1) {
			found = append(found, fmt.Sprintf("%s is there %d times, and defined %d times", name, count[name], definitions[name]))
		}
	}
	return found
}
