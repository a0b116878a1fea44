package python

import (
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/trtnas/trtnas/trt"
	"github.com/trtnas/trtnas/trt/wire"
)

// gpus are folders with fake libraries of NVIDIA's, by the compiler's flag.
var gpus struct {
	sync.Mutex
	folders map[string]string
	root    string
}

func TestMain(m *testing.M) {
	root, err := os.MkdirTemp("", "trtnas-fake-gpu-*")
	if err != nil {
		panic(err)
	}
	gpus.root, gpus.folders = root, map[string]string{}
	code := m.Run()
	if err := os.RemoveAll(root); err != nil {
		panic(err)
	}
	os.Exit(code)
}

// gpu compiles the fake libraries.
func gpu(t *testing.T, flag string) string {
	t.Helper()
	gpus.Lock()
	defer gpus.Unlock()
	if folder, ok := gpus.folders[flag]; ok {
		return folder
	}
	folder, err := os.MkdirTemp(gpus.root, "")
	if err != nil {
		t.Fatal(err)
	}
	cuda, nvml := filepath.Join(folder, "libcuda.so.1"), filepath.Join(folder, "libnvidia-ml.so.1")
	for _, arguments := range [][]string{
		{flag, "-Wl,-soname,libcuda.so.1", "-o", cuda, "testdata/cuda.c"},
		{"-o", nvml, "testdata/nvml.c", cuda},
	} {
		out, err := exec.Command("cc", append([]string{"-shared", "-fPIC", "-O1", "-w"}, arguments...)...).CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	gpus.folders[flag] = folder
	return folder
}

// fakeOptions are for the fake modules on a fake GPU.
func fakeOptions(t *testing.T, env ...string) Options {
	t.Helper()
	modules, err := filepath.Abs("testdata/fake")
	if err != nil {
		t.Fatal(err)
	}
	base := []string{"PYTHONPATH=" + modules, "PYTHONDONTWRITEBYTECODE=1", "LD_LIBRARY_PATH=" + gpu(t, "-DNEW")}
	return Options{Options: wire.Options{Env: append(base, env...), Limit: 20 * time.Second}}
}

func open(t *testing.T, o Options) trt.Backend {
	t.Helper()
	b, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

// model is a model of the fake module.
func model(t *testing.T, text string) trt.Model {
	t.Helper()
	path := filepath.Join(t.TempDir(), "model.onnx")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return trt.Model{File: func(trt.Precision) (string, error) { return path, nil }}
}

func build(t *testing.T, b trt.Backend, m trt.Model, s trt.Spec) trt.Engine {
	t.Helper()
	e, err := b.Build(t.Context(), m, b.Device().Conditions(s))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}
