//go:build !tensorrt || !cgo

package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Fprintln(os.Stderr, `trtnas-device was compiled without TensorRT. With the headers of TensorRT and of CUDA at hand:

	make device-program TENSORRT_INCLUDE=/usr/include/x86_64-linux-gnu CUDA_INCLUDE=/usr/local/cuda/include

The result, bin/trtnas-device, looks for the libraries when it starts.`)
	os.Exit(1)
}
