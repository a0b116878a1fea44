package experiments

import (
	"crypto/sha256"
	"fmt"
	"io"
	"os"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/experiments/report"
	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/space/graph"
	"github.com/trtnas/trtnas/space/onnx"
	"github.com/trtnas/trtnas/trt"
)

// ModelFile is a network of which there is nothing but an ONNX file.
type ModelFile struct {
	path, id string
	graph    *graph.Graph
	image    onnx.Image
}

// ReadModel reads an ONNX file. What it leaves open of batch and resolution is
// taken from spec.
func ReadModel(path string, spec trt.Spec) (ModelFile, error) {
	g, err := onnx.Read(path, onnx.ReadOptions{Batch: spec.Batch, Height: spec.Resolution[0], Width: spec.Resolution[1]})
	if err != nil {
		return ModelFile{}, err
	}
	image, err := onnx.ReadImage(path)
	if err != nil {
		return ModelFile{}, err
	}
	id, err := fileID(path)
	return ModelFile{path, id, g, image}, err
}

// fileID names a model by its file's content.
func fileID(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", fmt.Errorf("%s: %w", path, err)
	}
	return space.Hash(h.Sum([]byte("trtnas.onnx/1 "))), nil
}

// Spec is that of the file's own batch and resolution.
func (m ModelFile) Spec(s trt.Spec) trt.Spec {
	image := m.graph.Nodes[0].Shape
	s.Batch, s.Resolution, s.Output = image[0], [2]int{image[2], image[3]}, trt.Classifier
	if len(m.graph.Outputs) > 1 {
		s.Output = trt.Features
	}
	return s
}

// PredictModel scores the network of an ONNX file under its own conditions.
func PredictModel(models *evaluator.Predict, m ModelFile) (report.Prediction, error) {
	score, err := models.Graph(m.graph)
	if err != nil {
		return report.Prediction{}, err
	}
	return report.Prediction{
		Schema: report.PredictionSchema, Name: m.path, Conditions: models.Conditions(), Point: report.ScorePoint(m.id, score, nil),
	}, nil
}
