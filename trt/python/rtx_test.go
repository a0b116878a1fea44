package python

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/trtnas/trtnas/space/graph"
	"github.com/trtnas/trtnas/space/onnx"
	"github.com/trtnas/trtnas/trt"
)

var rtxPython = flag.String("rtx-python", "", "Python with TensorRT-RTX for TestBuildsForTarget; empty is python3 with a fake of it")

// TensorRT-RTX builds engines where there is no GPU: make verify-quick gives
// this test the real one.
func TestBuildsForTarget(t *testing.T) {
	var o Options
	good := model(t, `{}`)
	if *rtxPython == "" {
		o = fakeOptions(t, "FAKE_CUDA=none")
		o.Module = "tensorrt_rtx"
	} else {
		o = Options{Python: *rtxPython}
		good = written(t)
	}
	o.Target = "8.0"
	b := open(t, o)
	d := b.Device()
	if d.Library != trt.TensorRTRTX || d.Version == "" || len(d.Typings) != 1 || d.Typings[0] != trt.Strong {
		t.Fatalf("device %+v", d)
	}
	if *rtxPython != "" && strings.Count(d.Version, ".") < 2 {
		t.Errorf("version %s", d.Version)
	}
	for _, p := range []trt.Precision{trt.FP32, trt.FP16} {
		e := build(t, b, good, trt.Spec{Precision: p})
		i := e.Info()
		if i.Bytes == 0 || i.BuildTime <= 0 || i.BuildTime > time.Minute || i.Cache != trt.CacheNone {
			t.Errorf("%s: engine %+v", p, i)
		}
		t.Logf("%s %s, %s: %d bytes in %v", d.Library, d.Version, p, i.Bytes, i.BuildTime)
	}
	if _, err := b.Build(t.Context(), model(t, `what is this?`), d.Conditions(trt.Spec{})); trt.ClassOf(err) != trt.InvalidNetwork {
		t.Errorf("a damaged file: %v", err)
	}
	build(t, b, good, trt.Spec{Precision: trt.FP16}) // after a failure
}

// written is a small network.
func written(t *testing.T) trt.Model {
	t.Helper()
	var b graph.Builder
	x := b.Input("input", graph.Shape{1, 3, 32, 32})
	x = b.Add("stem.conv", graph.Conv{Out: 16, Kernel: 3, Stride: 2, Pad: 1}, x)
	g, err := b.Graph(x)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	return trt.Model{File: func(p trt.Precision) (string, error) {
		path := filepath.Join(folder, string(p)+".onnx")
		if _, err := os.Stat(path); err == nil {
			return path, nil
		}
		o := onnx.Options{}
		if p == trt.FP16 {
			o.Precision = onnx.FP16
		}
		return path, onnx.Export(path, g, o)
	}}
}
