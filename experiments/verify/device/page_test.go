package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/trtnas/trtnas/space/reference"
	"github.com/trtnas/trtnas/trt"
)

func TestPage(t *testing.T) {
	p := page{
		Date: "2026-01-02", Device: trt.Device{Library: trt.TensorRTRTX, Version: "1.7.1"}, Target: "8.0", Input: input,
		Rows: []row{
			{Network: reference.Network{Name: "good"}, Nodes: 7, Model: 3 << 20, Engine: trt.EngineInfo{Bytes: 2 << 20, BuildTime: 1200 * time.Millisecond}},
			{Network: reference.Network{Name: "bad"}, Nodes: 8, Model: 1 << 20, Failure: trt.Failf(trt.Crash, "build: signal")},
		},
	}
	path := filepath.Join(t.TempDir(), "README.md")
	if err := p.write(path); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"2026-01-02, `make verify-device`. TensorRT-RTX 1.7.1,", "1 of 2 networks were built, in 1s together.",
		"\n| good | 7 | 3.0 | 1.2 | 2.0 | – |\n", "\n| bad | 8 | 1.0 | – | – | crash: build: signal |\n",
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}
