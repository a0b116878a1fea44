package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/space/onnx"
)

func TestNetworks(t *testing.T) {
	all := networks()
	if len(all) != 1+5*4 {
		t.Errorf("%d networks", len(all))
	}
	seen := map[string]string{}
	for _, n := range all {
		if err := n.arch.Validate(); err != nil {
			t.Errorf("%s: %v", n.name, err)
		}
		if other, twice := seen[n.arch.ID()]; twice {
			t.Errorf("%s and %s are one network", n.name, other)
		}
		seen[n.arch.ID()] = n.name
		blocks := 0
		for _, s := range n.arch.Stages {
			blocks += s.Depth
		}
		if want := 4 + more; n.name != "base" && blocks != want {
			t.Errorf("%s has %d blocks, want %d", n.name, blocks, want)
		}
	}
}

// What is written is what is meant: MixBlockC at 14 pixels stands in the
// stage of that resolution.
func TestWrite(t *testing.T) {
	folder, name := t.TempDir(), space.MixBlockC.String()+"-14"
	for _, n := range networks() {
		if n.name != name {
			continue
		}
		if err := n.write(folder, 1, onnx.Options{}); err != nil {
			t.Fatal(err)
		}
	}
	data, err := os.ReadFile(filepath.Join(folder, name+".onnx"))
	if err != nil {
		t.Fatal(err)
	}
	if text := string(data); !strings.Contains(text, "s4.b5.") || strings.Contains(text, "s4.b6.") || strings.Contains(text, "s3.b2.") {
		t.Error("the blocks are not where they should be")
	}
}
