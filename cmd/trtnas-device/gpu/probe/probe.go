//go:build cuda && cgo

package probe

/*
#cgo CFLAGS: -D_GNU_SOURCE
#cgo LDFLAGS: -ldl
#include <dlfcn.h>
#include <stddef.h>

// ask is the driver's error text; NULL where all is well. The driver's library
// is loaded with the program, and found without linking against it here.
static const char *ask(void) {
	int (*init)(unsigned) = dlsym(RTLD_DEFAULT, "cuInit");
	int (*error_text)(int, const char **) = dlsym(RTLD_DEFAULT, "cuGetErrorString");
	if (!init || !error_text) return "libcuda.so.1 is not NVIDIA's";
	int result = init(0);
	if (!result) return NULL;
	const char *text = NULL;
	error_text(result, &text);
	return text ? text : "the driver gave no reason";
}
*/
import "C"

import (
	"fmt"
	"os"
)

func init() {
	if text := C.ask(); text != nil {
		fmt.Fprintf(os.Stderr, "Cuda failure: %s: this program needs NVIDIA's driver and a GPU. To build engines with TensorRT-RTX without them, use the program that was compiled without the tag cuda.\n", C.GoString(text))
		os.Exit(1)
	}
}
