// Command trtnas-device builds and times engines for trtnas, with TensorRT or
// TensorRT-RTX in its own process. It speaks the protocol of package wire on
// its standard input and output; people don't run it, trtnas does.
//
// TensorRT and CUDA may end their process, so nothing else is in it. What it
// can do depends on the tags that it was compiled with:
//
//   - tensorrt: builds engines with TensorRT-RTX for a target, without a GPU;
//   - cuda and tensorrt: builds, runs and times engines on a GPU;
//   - none: says how to compile it.
//
// make device-program compiles it; the Makefile says what has to be installed.
package main
