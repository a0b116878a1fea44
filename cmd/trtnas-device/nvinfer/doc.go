// Package nvinfer is TensorRT or TensorRT-RTX in this process. The headers
// that it is compiled with (tag tensorrt) say which of the two; the libraries
// are opened when a Library is, and nothing links against them.
//
// TensorRT may end the process: this package belongs into a program that
// nothing else depends on.
package nvinfer
