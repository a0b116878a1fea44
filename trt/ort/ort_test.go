package ort

import (
	"context"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/trtnas/trtnas/space/graph"
	"github.com/trtnas/trtnas/space/onnx"
	"github.com/trtnas/trtnas/trt"
)

var realPython = flag.String("ort-python", "", "Python with ONNX Runtime for TestNetwork; empty is python3 with a fake of it")

func find(t *testing.T) *Oracle {
	t.Helper()
	modules, err := filepath.Abs("testdata/fake")
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("PYTHONPATH", modules)
	t.Setenv("PYTHONDONTWRITEBYTECODE", "1")
	o, err := Find(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func fakeModel(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "model.onnx")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func tensor(name string, shape []int, data ...float32) trt.Tensor {
	return trt.Tensor{TensorType: trt.TensorType{Name: name, Shape: shape}, Data: data}
}

func TestRun(t *testing.T) {
	o := find(t)
	if o.Version() != "1.0.fake" {
		t.Errorf("version %q", o.Version())
	}
	in := tensor("image", []int{1, 2, 1, 2}, 1, -2, 3, 4.5)
	want := []trt.Tensor{tensor("p2", []int{1, 2, 1, 2}, 0.5, -1, 1.5, 2.25), tensor("p3", []int{4}, -1, 2, -3, -4.5)}
	for _, kind := range []string{"float", "float16"} {
		got, err := o.Run(t.Context(), fakeModel(t, `{"type": "`+kind+`"}`), in)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %v, %v, want %v", kind, got, err, want)
		}
	}
}

func TestFailures(t *testing.T) {
	o := find(t)
	in := tensor("image", []int{1, 2}, 1, 2)
	tests := []struct {
		name, model string
		input       trt.Tensor
		want        string
	}{
		{"a damaged model", `{`, in, "JSONDecodeError"},
		{"an error", `{"crash": "no kernel for Gelu"}`, in, "RuntimeError: no kernel for Gelu"},
		{"another shape", `{}`, tensor("image", []int{1, 3}, 1, 2), "cannot reshape"},
		{"another type", `{"type": "int64"}`, in, "tensor(int64)"},
		{"other output", `{"print": "hello"}`, in, "hello"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if _, err := o.Run(t.Context(), fakeModel(t, test.model), test.input); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
	if _, err := Find(t.Context(), "/nowhere/python3"); err == nil || !strings.Contains(err.Error(), "pip install onnxruntime") {
		t.Errorf("no Python: %v", err)
	}
	missing := t.TempDir()
	if err := os.WriteFile(filepath.Join(missing, "numpy.py"), []byte(`raise ImportError("No module named 'numpy'")`), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PYTHONPATH", missing)
	if _, err := Find(t.Context(), ""); err == nil || !strings.Contains(err.Error(), "No module named 'numpy'") || !strings.Contains(err.Error(), "pip install onnxruntime") {
		t.Errorf("no module: %v", err)
	}
}

func TestCancel(t *testing.T) {
	o := find(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	begun := time.Now()
	_, err := o.Run(ctx, fakeModel(t, `{"hang": true}`), tensor("image", []int{1}, 1))
	if !errors.Is(err, context.DeadlineExceeded) || time.Since(begun) > 20*time.Second {
		t.Errorf("%v after %v", err, time.Since(begun))
	}
}

// make verify-quick gives this test the real ONNX Runtime.
func TestNetwork(t *testing.T) {
	var o *Oracle
	path := fakeModel(t, `{}`)
	in := tensor("input", []int{1, 2, 1, 2}, 1, -2, 3, -4)
	want := []trt.Tensor{tensor("p2", in.Shape, 0.5, -1, 1.5, -2), tensor("p3", []int{4}, -1, 2, -3, 4)}
	if *realPython == "" {
		o = find(t)
	} else {
		var err error
		if o, err = Find(t.Context(), *realPython); err != nil {
			t.Fatal(err)
		}
		path = network(t)
		want = []trt.Tensor{tensor("relu", in.Shape, 1, 0, 3, 0)}
	}
	got, err := o.Run(t.Context(), path, in)
	if err != nil {
		t.Fatal(err)
	}
	for i := range want {
		want[i].Name = got[i].Name // the writer's matter
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("ONNX Runtime %s: got %v, want %v", o.Version(), got, want)
	}
	t.Logf("ONNX Runtime %s: %v", o.Version(), got)
}

// network is a rectifier.
func network(t *testing.T) string {
	t.Helper()
	var b graph.Builder
	x := b.Input("input", graph.Shape{1, 2, 1, 2})
	g, err := b.Graph(b.Add("relu", graph.Activation{Kind: graph.ReLU}, x))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "relu.onnx")
	if err := onnx.Export(path, g, onnx.Options{}); err != nil {
		t.Fatal(err)
	}
	return path
}
