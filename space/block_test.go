package space

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

// What each kind of block lowers to: two blocks, the first with the stride, so
// that projections, embeddings and residuals are there.
func TestBlocks(t *testing.T) {
	for _, k := range Blocks() {
		s := Stage{Depth: 2, Width: 128, Block: k, Mixed: 2, R: 0.25, S: 2, K: 5}.canonical()
		a := Arch{Stages: [4]Stage{{Depth: 1, Width: 64, S: 1, K: 3}, s, {Depth: 1, Width: 256, S: 1, K: 3}, {Depth: 1, Width: 512, S: 1, K: 3}}}
		g, err := a.Lower(Input{Batch: 1, Height: 64, Width: 64})
		if err != nil {
			t.Errorf("%v: %v", k, err)
			continue
		}
		var got bytes.Buffer
		for _, n := range g.Nodes {
			if n.Stage == 3 || strings.HasPrefix(n.Name, "s3.") {
				fmt.Fprintf(&got, "%-24s %T%+v %v\n", n.Name, n.Op, n.Op, n.Shape)
			}
		}
		fmt.Fprintf(&got, "\n%d parameters, %d MACs in the network\n", g.Params(), g.MACs())
		golden(t, strings.ToLower(k.String()), got.Bytes())
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", "blocks", name+".golden")
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v: write it with go test ./space -run Blocks -update, and read it", err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s: lowers otherwise than before; if that is meant, run go test with -update and read the diff:\n%s", path, got)
	}
}
