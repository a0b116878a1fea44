package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/trtnas/trtnas/evaluator/zerocost"
	"github.com/trtnas/trtnas/experiments"
	"github.com/trtnas/trtnas/experiments/device"
	"github.com/trtnas/trtnas/experiments/report"
	"github.com/trtnas/trtnas/space/reference"
	"github.com/trtnas/trtnas/store"
	"github.com/trtnas/trtnas/trt"
)

type zeroCostFlags struct {
	proxies                []string
	batch, seeds           int
	resolution, python, id string
	chosen                 experiments.Selected
	db                     string
	asJSON                 bool
}

func newZeroCost() *cobra.Command {
	var f zeroCostFlags
	c := &cobra.Command{
		Use:   "zerocost NETWORK... | RUN",
		Short: "Score untrained networks by zero-cost proxies, beside the accuracy estimate",
		Long: `Score untrained networks by zero-cost proxies from a real pass of random images:
MeCo, SWAP, NASWOT, AZ-NAS's expressivity and Zen by ONNX Runtime, ZiCo and the
gradient's norm by PyTorch where it is there. NETWORK is the name of a published
network (see trtnas arch list) or a JSON file that trtnas export wrote; of a RUN
the most accurate networks of the front are scored. Scores are kept, and nothing
is computed twice.

They are no accuracies: below the scores stands how well each ranks published
networks of equal FLOPs, beside the number of parameters and of MACs.`,
		Example: "  trtnas zerocost ResNet50 TRT-ViT-C\n  trtnas zerocost trt-vit-10ms-seed0 --top 5 --proxies meco,swap",
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usage(fmt.Errorf("%s needs an argument: a published network's name, an exported JSON file or a run's name", c.CommandPath()))
			}
			return f.run(c, args)
		},
	}
	c.Flags().StringSliceVar(&f.proxies, "proxies", nil, "only these, of meco, swap, naswot, az-expressivity, zen, zico and gradnorm")
	c.Flags().IntVar(&f.batch, "batch", zerocost.DefaultInput.Batch, "random images in a batch")
	c.Flags().StringVar(&f.resolution, "resolution", "64x64", "input as HEIGHTxWIDTH, or one number")
	c.Flags().IntVar(&f.seeds, "seeds", experiments.DefaultSeeds, "seeds of weights and images, from 0 on")
	c.Flags().IntVar(&f.chosen.Top, "top", 9, "networks of a run to score, the most accurate of the front")
	c.Flags().StringVar(&f.id, "id", "", "which network of an exported file with several")
	c.Flags().StringVar(&f.python, "python", "", "Python with onnxruntime, and torch for gradients (default: python3)")
	dbFlag(c, &f.db)
	jsonFlag(c, &f.asJSON)
	return c
}

func (f *zeroCostFlags) run(c *cobra.Command, args []string) error {
	p, err := f.read()
	if err != nil {
		return usage(err)
	}
	networks, run, err := f.targets(args)
	if err != nil {
		return usage(err)
	}
	scorer, err := openScorer(c, f.python)
	if err != nil {
		return err
	}
	defer scorer.Close()
	if len(f.proxies) == 0 {
		p.List = possible(c, scorer, p)
	}
	open := store.Open
	if run != "" {
		open = store.OpenExisting
	}
	st, err := open(f.db, time.Now)
	if err != nil {
		return err
	}
	defer st.Close()
	p.Kept = zerocost.Kept{Scorer: scorer, Store: st}
	z, err := f.score(c, st, p, networks, run)
	if err != nil {
		return err
	}
	return write(c, f.asJSON, z)
}

func (f *zeroCostFlags) score(c *cobra.Command, st *store.Store, p experiments.Proxies, networks []reference.Network, run string) (report.ZeroCost, error) {
	if run != "" {
		return p.Front(c.Context(), st, run, f.chosen)
	}
	// The accuracy depends on none of these conditions.
	models, err := device.Models(trt.Spec{Device: device.DefaultProfile, Precision: trt.FP16, Batch: 8, Resolution: [2]int{224, 224}, Output: trt.Classifier})
	if err != nil {
		return report.ZeroCost{}, err
	}
	return p.Networks(c.Context(), models, networks)
}

// read reads the flags.
func (f *zeroCostFlags) read() (p experiments.Proxies, err error) {
	resolution, err := trt.ParseResolution(f.resolution)
	if err != nil {
		return p, fmt.Errorf("--resolution: %w", err)
	}
	p = experiments.Proxies{List: zerocost.All(), Input: zerocost.Input{Batch: f.batch, Resolution: resolution}, Seeds: f.seeds}
	if err := p.Input.Validate(); err != nil {
		return p, fmt.Errorf("--batch: %w", err)
	}
	if f.seeds < 1 {
		return p, fmt.Errorf("--seeds: %d seeds: need at least 1", f.seeds)
	}
	if len(f.proxies) > 0 {
		p.List = nil
	}
	for _, name := range f.proxies {
		proxy, err := zerocost.Parse(name)
		if err != nil {
			return p, fmt.Errorf("--proxies: %w", err)
		}
		p.List = append(p.List, proxy)
	}
	return p, nil
}

// targets are networks, or one run where the only argument is no network.
func (f *zeroCostFlags) targets(args []string) (networks []reference.Network, run string, err error) {
	for _, arg := range args {
		if strings.HasSuffix(arg, ".onnx") {
			return nil, "", fmt.Errorf("%s: an ONNX file has weights and a resolution of its own, and scores of it would not be comparable: give a published network, a JSON file of `trtnas export --json` or a run", arg)
		}
		n, err := findNetwork(arg, f.id)
		if err != nil && len(args) == 1 && !strings.HasSuffix(arg, ".json") {
			return nil, arg, nil
		}
		if err != nil {
			return nil, "", err
		}
		networks = append(networks, n)
	}
	return networks, "", nil
}

// possible leaves out what needs PyTorch where there is none.
func possible(c *cobra.Command, s *zerocost.Scorer, p experiments.Proxies) []zerocost.Proxy {
	if _, err := s.Conditions(zerocost.Gradient, p.Input); errors.Is(err, zerocost.ErrNoTorch) {
		fmt.Fprintf(c.ErrOrStderr(), "without zico and gradnorm: %v\n", err)
		return slices.DeleteFunc(p.List, func(p zerocost.Proxy) bool { return p.Pass() == zerocost.Gradient })
	}
	return p.List
}

// openScorer starts the program that computes proxies; that it is not to be had
// is an error of usage.
func openScorer(c *cobra.Command, python string) (*zerocost.Scorer, error) {
	s, err := zerocost.Open(c.Context(), python, time.Now)
	if err != nil && c.Context().Err() == nil {
		return nil, usage(err)
	}
	return s, err
}

// scorerOf starts it for a search that has proxies among its objectives, and
// warns of them; nil for others.
func scorerOf(c *cobra.Command, python string, s experiments.Settings) (*zerocost.Scorer, error) {
	warnings := s.ProxyWarnings()
	if len(warnings) == 0 {
		return nil, nil
	}
	for _, w := range warnings {
		fmt.Fprintln(c.ErrOrStderr(), "warning:", w)
	}
	return openScorer(c, python)
}

func closeScorer(s *zerocost.Scorer) {
	if s != nil {
		_ = s.Close() // what is to be kept is in the database
	}
}

// scorerOfRun is that of a run that is resumed.
func scorerOfRun(c *cobra.Command, st *store.Store, python, name string) (*zerocost.Scorer, error) {
	run, err := st.Run(c.Context(), name)
	if err != nil {
		return nil, err
	}
	s, err := experiments.RunSettings(run)
	if err != nil || run.Finished() {
		return nil, err
	}
	return scorerOf(c, python, s)
}
