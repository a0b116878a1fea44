package onnx

import (
	"fmt"
	"os"

	wire "github.com/trtnas/trtnas/internal/onnx"
)

// Image is the input of a model's file.
type Image struct {
	Name string
	// Shape is [batch,channels,height,width], 0 where the file leaves an extent
	// open.
	Shape     []int
	Precision Precision
}

// ReadImage tells what input the model in a file wants, without reading the
// rest of it.
func ReadImage(path string) (Image, error) {
	f, err := os.Open(path)
	if err != nil {
		return Image{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return Image{}, err
	}
	model, err := parse(newSource(f), info.Size())
	if err != nil {
		return Image{}, fmt.Errorf("%s: %w", path, err)
	}
	for _, in := range model.inputs {
		if model.tensors[in.name] == nil {
			image, err := in.image()
			if err != nil {
				return Image{}, fmt.Errorf("%s: input %q: %w", path, in.name, err)
			}
			return image, nil
		}
	}
	return Image{}, fmt.Errorf("%s: has no input", path)
}

func (in input) image() (Image, error) {
	image := Image{Name: in.name}
	for _, d := range in.dims {
		image.Shape = append(image.Shape, int(d))
	}
	switch wire.TensorProto_DataType(in.elem) {
	case wire.TensorProto_FLOAT:
		image.Precision = FP32
	case wire.TensorProto_FLOAT16:
		image.Precision = FP16
	default:
		return image, fmt.Errorf("values of type %v: float or float16 can be timed", wire.TensorProto_DataType(in.elem))
	}
	return image, nil
}
