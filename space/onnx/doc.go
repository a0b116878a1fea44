// Package onnx reads and writes graphs as ONNX models.
package onnx
