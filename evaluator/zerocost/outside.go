package zerocost

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/space/torch"
)

// What WriteInputs writes into a folder.
const (
	ImagesFile  = "images" // little-endian fp32
	NoiseFile   = "noise"  // likewise, of the Zen score
	ModuleFile  = "model.py"
	WeightsFile = "weights.safetensors"
	PlainFile   = "plain.safetensors" // weights of the network without residual links, which has other running variances
	InputsFile  = "inputs.json"       // Inputs
)

// Inputs are what else a score depends on.
type Inputs struct {
	Shape    []int            `json:"shape"` // of images and noise
	Labels   []int            `json:"labels"`
	Channels map[string][]int `json:"channels"` // that MeCo draws, by layer
}

// WriteInputs writes all that the scores of an architecture depend on, so that
// other programs can compute them too.
func WriteInputs(folder string, a space.Arch, in Input, seed uint64) error {
	j := job{folder: folder, network: FromArch(a), input: in, seed: seed}
	r, failure, err := j.request(Gradient)
	if err = errors.Join(failure, err); err != nil {
		return err
	}
	g, err := a.Lower(space.Input{Batch: 1, Height: in.Resolution[0], Width: in.Resolution[1]})
	if err != nil {
		return err
	}
	inputs := Inputs{Shape: r.Shape, Labels: r.Labels, Channels: map[string][]int{}}
	for _, layer := range newForwardTaps(g, seed).Layers {
		inputs.Channels[layer.Name] = layer.Channels
	}
	text, err := json.Marshal(inputs)
	if err != nil {
		return fmt.Errorf("inputs of %s: %w", j.network.ID, err)
	}
	p, err := newPlain(g)
	if err != nil {
		return err
	}
	return errors.Join(write(j.path(PlainFile), func(f *os.File) error { return torch.WriteWeights(f, p.graph, j.weights()) }), j.noise(j.path(NoiseFile), NoiseFile, r.Shape), os.WriteFile(j.path(InputsFile), text, 0o644))
}
