// Package onnx holds the wire types of ONNX, generated from onnx.proto of onnx
// 1.23.2 (Apache License 2.0, github.com/onnx/onnx).
package onnx

//go:generate protoc --go_out=. --go_opt=paths=source_relative --go_opt=Monnx.proto=github.com/trtnas/trtnas/internal/onnx onnx.proto
