package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The ways in which cuda.h names functions.
const header = `
#define cuDeviceTotalMem                    cuDeviceTotalMem_v2
    #define cuMemcpy                        __CUDA_API_PTDS(cuMemcpy)
    #define cuStreamQuery                   __CUDA_API_PTSZ( cuStreamQuery )
#define CUDA_VERSION 12060
#define cuuint32_t unsigned
CUresult CUDAAPI cuInit(unsigned int Flags);
CUresult CUDAAPI
cuDeviceTotalMem(size_t *bytes, CUdevice dev);
typedef void (CUDA_CB *CUstreamCallback)(CUstream hStream);
`

func TestRun(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cuda.h")
	if err := os.WriteFile(path, []byte(header), 0o644); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := run([]string{path, path}, &out); err != nil {
		t.Fatal(err)
	}
	var want strings.Builder
	for _, name := range []string{"cuDeviceTotalMem", "cuDeviceTotalMem_v2", "cuInit", "cuMemcpy", "cuStreamQuery"} {
		want.WriteString("int " + name + "(void) { return 34; }\n")
	}
	if out.String() != want.String() {
		t.Errorf("got\n%swant\n%s", out.String(), want.String())
	}
}

func TestRunRefuses(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "cuda.h")
	if err := os.WriteFile(empty, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, headers := range [][]string{nil, {empty}, {empty + ".none"}} {
		var out strings.Builder
		if err := run(headers, &out); err == nil {
			t.Errorf("%v: made %q", headers, out.String())
		}
	}
}
