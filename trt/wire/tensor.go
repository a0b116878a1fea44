package wire

import (
	"encoding/binary"
	"os"

	"github.com/trtnas/trtnas/trt"
)

// WriteTensor writes values to a file as the protocol has them.
func WriteTensor(path string, values []float32) error {
	data, err := binary.Append(nil, binary.NativeEndian, values)
	if err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o600)
}

// Read reads the tensor's file. A file that is not there or has not the size
// of the shape is a *trt.Failure.
func (t Tensor) Read() (trt.Tensor, error) {
	data, err := os.ReadFile(t.File)
	if err != nil {
		return trt.Tensor{}, trt.Failf(trt.Degraded, "output %s: %v", t.Name, err)
	}
	n := 1
	for _, d := range t.Shape {
		n *= d
	}
	if len(data) != 4*n {
		return trt.Tensor{}, trt.Failf(trt.Degraded, "output %s of shape %v has %d bytes", t.Name, t.Shape, len(data))
	}
	values := make([]float32, n)
	_, err = binary.Decode(data, binary.NativeEndian, values)
	return trt.Tensor{TensorType: trt.TensorType{Name: t.Name, Shape: t.Shape}, Data: values}, err
}
