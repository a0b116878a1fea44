package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/trtnas/trtnas/predictor/latency"
	"github.com/trtnas/trtnas/space/graph"
)

func TestPage(t *testing.T) {
	profile, err := latency.Open("t4")
	if err != nil {
		t.Fatal(err)
	}
	counts := Counts{Params: 100, MACs: 1000, Kernels: 2, MS: 1}
	slower := counts
	slower.MS = 1.03
	p := Page{Date: "today", Versions: "none", Profile: profile, Rows: []Row{
		{Name: "A", Family: "F", Ours: counts, Whole: counts, Ordinary: counts},
		{Name: "B", Family: "G", Ours: counts, Whole: slower, Ordinary: slower, Reason: "so", Surplus: []Surplus{{graph.Kernel{Class: graph.KCopy}, 1, 0.03}}},
		{Name: "C", Family: "H", Error: "gone"},
	}}
	folder := t.TempDir()
	if err := p.write(folder); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(folder, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"3 networks; 1 have the same kernels one by one. The greatest difference in latency is +3.0 % (B).",
		"| A |  | 0 | 0 | 0 | 2 | 2 | 1.00 | 1.00 | 0 |\n| B |  | 0 | 0 | 0 | 2 | 2 | 1.00 | 1.03 | +3.0 % |\n| C |  | **failed**: gone |",
		"## Kernels that differ\n\n* **G**: so.\n  * B: +1 copies (+0.03 ms)\n",
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the page lacks %q:\n%s", want, text)
		}
	}
	if strings.HasSuffix(string(text), "\n\n") {
		t.Error("the page ends with an empty line")
	}
}
