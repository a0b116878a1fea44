package space

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestLoadFile(t *testing.T) {
	s, err := Load("testdata/edge.yaml")
	if err != nil {
		t.Fatal(err)
	}
	// 3 widths, 3 and 4 depths, 4*2*3*2*2 and 4*3*2 choices in the last stages.
	if got := s.Genotypes().String(); got != "82944" {
		t.Errorf("%s genotypes", got)
	}
	if s.Stages[3].Mixed[0] != All || s.Stages[2].K[0] != 3 {
		t.Errorf("stages: %+v", s.Stages)
	}
}

func TestLoadErrorsNameFileAndLine(t *testing.T) {
	good, err := os.ReadFile("testdata/edge.yaml")
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct{ name, old, new, want string }{
		{"unknown key", "    k: 3\n", "    kernel: 3\n", `bad.yaml:15: unknown key "kernel"`},
		{"wrong type", "width: [32, 64, 96]", "width: [32, wide]", `bad.yaml:6: "wide" is not a whole number`},
		{"not a map", "  - depth: 1..3\n", "  - 3\n", "bad.yaml:8:"},
		{"empty range", "depth: 1..4\n  - depth: [2", "depth: 4..1\n  - depth: [2", `bad.yaml:9: "4..1" is not a range`},
		{"unknown block", "MixBlockC, Transformer", "MixBlockC, Swin", `bad.yaml:11: unknown block "Swin": choose one of`},
		{"even kernel", "k: [3, 5]", "k: [3, 4]", "bad.yaml:20: stage 5: k: 4 is even"},
		{"reduction beyond the map", "s: [1, 2]", "s: [1, 28]", "bad.yaml:14: stage 4: s: 28 is not within 1 to 14"},
		{"ratio of everything", "r: [0.25, 0.5, 0.75]", "r: [0.25, 1.5]", "bad.yaml:19: stage 5: r: 1.5 is not within"},
		{"width of no head", "width: [32, 64, 96]", "width: [32, 50]", "bad.yaml:6: width: 50 is not a multiple of 32"},
		{"too wide", "width: [32, 64, 96]", "width: 2048", "bad.yaml:6: stage 5: width 2048"},
		{"no depth", "  - depth: 1..3\n", "  - k: 3\n", "bad.yaml:8: stage 2: depth is missing"},
		{"stem", "stem: deep", "stem: patch", `bad.yaml:4: unknown stem "patch"`},
		{"schema", "trtnas.space/1", "trtnas.space/9", `bad.yaml:2: schema is "trtnas.space/9"`},
		{"stages", "stages:\n", "stages: []\nx:\n", `bad.yaml:8: unknown key "x"`},
		{"syntax", "name: edge", "name: [", "bad.yaml:"},
		{"twice", "name: edge", "name: edge\nname: other", "bad.yaml:4:"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			text := strings.Replace(string(good), test.old, test.new, 1)
			if text == string(good) {
				t.Fatal("the replacement changed nothing")
			}
			path := filepath.Join(t.TempDir(), "bad.yaml")
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := Load(path)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %q, want %q", err, test.want)
			}
		})
	}
}

func TestLoadUnknown(t *testing.T) {
	for name, want := range map[string]string{
		"resnets":      `unknown space "resnets": choose trt-vit, open, paper`,
		"missing.yaml": "missing.yaml: no such file",
	} {
		if _, err := Load(name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %q, want %q", name, err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	good, err := os.ReadFile("testdata/edge.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte("schema: trtnas.space/1\nname: x\nwidth: 32\nstages: [{depth: 1},{depth: 1},{depth: 1},{depth: 1}]"))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := Parse(data)
		if err != nil {
			return
		}
		if err := s.Validate(); err != nil {
			t.Errorf("parsed but impossible: %v", err)
		}
		if err := s.Decode(Genotype{}).Validate(); err != nil {
			t.Errorf("impossible architecture: %v", err)
		}
	})
}
