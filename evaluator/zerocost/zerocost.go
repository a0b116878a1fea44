// Package zerocost scores untrained networks by zero-cost proxies: figures from
// one pass of random images, which were published as predictors of accuracy.
// They are no accuracies, have no unit, and rank networks of equal FLOPs badly
// (Table says how badly); ImageNet-1k top-1 is estimated elsewhere.
//
// ONNX Runtime and NumPy in a Python of the user's compute those of a forward
// pass on the network's own ONNX; PyTorch, where it is there, those of a
// backward pass on the exported module. Weights are those that exports have.
package zerocost

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/space/graph"
)

// Proxy is a zero-cost score.
type Proxy string

// The proxies; Definitions says what they are.
const (
	MeCo     Proxy = "meco"
	SWAP     Proxy = "swap"
	NASWOT   Proxy = "naswot"
	AZ       Proxy = "az-expressivity"
	Zen      Proxy = "zen"
	ZiCo     Proxy = "zico"
	GradNorm Proxy = "gradnorm"
)

// Pass is what is computed at once; it gives several proxies.
type Pass string

// The passes.
const (
	Forward  Pass = "forward"  // of the network
	Plain    Pass = "plain"    // forward, of the network without its residual links
	Gradient Pass = "gradient" // forward and backward, in PyTorch
)

// Definition says what a proxy is.
type Definition struct {
	Proxy   Proxy  `json:"proxy"`
	Pass    Pass   `json:"pass"`
	Paper   string `json:"paper"`
	Meaning string `json:"meaning"`
}

// definitions in the order of reports. What differs from a paper is in
// docs/zerocost.md.
var definitions = []Definition{
	{MeCo, Forward, "Jiang, Wang and Bie, MeCo (NeurIPS 2023), MeCo_opt",
		"sum over convolutions and linear layers of the smallest eigenvalue of the Pearson correlations of 8 channels of one image, times channels / 8"},
	{SWAP, Forward, "Peng et al., SWAP-NAS (arXiv 2403.04161), definitions 3.2 and 3.3",
		"number of different patterns of signs over the batch, among all units of activations"},
	{NASWOT, Forward, "Mellor et al. (arXiv 2006.04647), equations 1 and 2",
		"log determinant of the kernel of images: units of activations in which the signs of two agree"},
	{AZ, Forward, "Lee and Ham, AZ-NAS (arXiv 2403.19232), expressivity",
		"sum over blocks of the entropy of the normalised eigenvalues of the features' covariance"},
	{Zen, Plain, "Lin et al., Zen-NAS (arXiv 2102.01063), algorithm 1",
		"log of the change of the last features under noise of 0.01 without residual links, plus the log scales that normalisations took out"},
	{ZiCo, Gradient, "Li et al., ZiCo (arXiv 2301.11300)",
		"sum over layers of the log of the sum over weights of mean / deviation of absolute gradients between two batches"},
	{GradNorm, Gradient, "Abdelfattah et al. (arXiv 2101.08134), section 3.2, grad_norm",
		"sum over layers of the Euclidean norm of the weights' gradient on one batch"},
}

// Definitions lists the proxies in the order of reports.
func Definitions() []Definition { return slices.Clone(definitions) }

// All are the proxies in the order of reports.
func All() []Proxy {
	var all []Proxy
	for _, d := range definitions {
		all = append(all, d.Proxy)
	}
	return all
}

// Parse reads a proxy's name; the error lists them.
func Parse(name string) (Proxy, error) {
	if p := Proxy(name); slices.Contains(All(), p) {
		return p, nil
	}
	var names []string
	for _, p := range All() {
		names = append(names, string(p))
	}
	return "", fmt.Errorf("unknown proxy %q: choose from %s", name, strings.Join(names, ", "))
}

// Pass is the pass that gives the proxy; empty for an unknown one.
func (p Proxy) Pass() Pass {
	for _, d := range definitions {
		if d.Proxy == p {
			return d.Pass
		}
	}
	return ""
}

// Passes are those that give the proxies, each once.
func Passes(proxies []Proxy) []Pass {
	var all []Pass
	for _, pass := range []Pass{Forward, Plain, Gradient} {
		if slices.ContainsFunc(proxies, func(p Proxy) bool { return p.Pass() == pass }) {
			all = append(all, pass)
		}
	}
	return all
}

// proxies are those that the pass gives.
func (p Pass) proxies() []Proxy {
	var all []Proxy
	for _, d := range definitions {
		if d.Pass == p {
			all = append(all, d.Proxy)
		}
	}
	return all
}

// version of the definitions; scores of another are not comparable.
const version = 1

// Input is what is fed to a network: standard normal images.
type Input struct {
	Batch      int    `json:"batch"`
	Resolution [2]int `json:"resolution"` // height, width in pixels
}

// DefaultInput is small: 64x64 ranks networks as 128x128 does (Spearman's rho
// above 0.92 for all but one proxy of 22 networks), at a fifth of the cost.
var DefaultInput = Input{Batch: 32, Resolution: [2]int{64, 64}}

// MaxBatch is the most images of a batch: a unit's signs are kept in 64 bits.
const MaxBatch = 64

// Validate says what makes the input impossible.
func (in Input) Validate() error {
	switch {
	case in.Batch < 4 || in.Batch > MaxBatch || in.Batch%2 != 0:
		return fmt.Errorf("a batch of %d images: need an even number from 4 to %d", in.Batch, MaxBatch)
	case in.Resolution[0] < 1 || in.Resolution[1] < 1:
		return fmt.Errorf("images of %dx%d: need at least a pixel", in.Resolution[0], in.Resolution[1])
	}
	return nil
}

// Conditions are what a score depends on besides network, proxy and seed.
type Conditions struct {
	Pass Pass `json:"pass"`
	Input
	Version int    `json:"version"` // of the definitions
	Runtime string `json:"runtime"` // such as "onnxruntime 1.32.0, numpy 2.4.6"
}

// Score is one proxy of one network for one seed, or why there is none.
type Score struct {
	Proxy   Proxy
	Seed    uint64 // of weights, images, labels and channels
	Value   float64
	Failure string        // empty for a value
	Cost    time.Duration // of the whole pass that gave it
}

// Network is what is scored.
type Network struct {
	ID    string
	Name  string      // of a network that is no architecture of a space
	Arch  *space.Arch // nil for others: they have no PyTorch module
	Lower func(space.Input) (*graph.Graph, error)
}

// FromArch is the architecture as a network.
func FromArch(a space.Arch) Network { return Network{ID: a.ID(), Arch: &a, Lower: a.Lower} }
