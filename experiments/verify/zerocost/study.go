package main

import (
	"context"
	"encoding/csv"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/trtnas/trtnas/evaluator/zerocost"
	"github.com/trtnas/trtnas/experiments/verify/peers"
	"github.com/trtnas/trtnas/predictor/accuracy"
	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/space/reference"
)

// studied are the proxies that need no PyTorch module, which published networks
// mostly lack.
var studied = []zerocost.Proxy{zerocost.MeCo, zerocost.SWAP, zerocost.NASWOT, zerocost.AZ, zerocost.Zen}

// seeds of a score in the study.
const seeds = 3

// recipe of the accuracies: some 300 epochs on ImageNet-1k from scratch.
const recipe = "r300"

// study scores the published networks whose accuracy is published for the
// recipe, and writes them to path. What is in it already stays.
func study(ctx context.Context, s *zerocost.Scorer, path string) error {
	done, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	for _, n := range reference.All() {
		row, ok := published(n.Name)
		if !ok || strings.Contains(string(done), "\n"+n.Name+",") {
			continue
		}
		record, err := scored(ctx, s, n, row)
		if err != nil {
			return err
		}
		fmt.Println(strings.Join(record, " "))
		if err := appendRecord(path, record); err != nil {
			return err
		}
	}
	return nil
}

// published is the network's accuracy; timm's names have the weights' after a dot.
func published(name string) (accuracy.Row, bool) {
	rows := accuracy.Rows()
	i := slices.IndexFunc(rows, func(r accuracy.Row) bool {
		theirs, _, _ := strings.Cut(r.Name, ".")
		return r.Recipe == recipe && theirs == peers.Timm[name]
	})
	if i < 0 {
		return accuracy.Row{}, false
	}
	return rows[i], true
}

func scored(ctx context.Context, s *zerocost.Scorer, n reference.Network, row accuracy.Row) ([]string, error) {
	g, err := n.Lower(space.Input{Batch: 1, Height: 224, Width: 224})
	if err != nil {
		return nil, err
	}
	record := []string{n.Name, row.Super, number(row.Top1), strconv.FormatInt(g.Params(), 10), strconv.FormatInt(g.MACs(), 10)}
	var scores []zerocost.Score
	for _, pass := range zerocost.Passes(studied) {
		c, err := s.Conditions(pass, zerocost.DefaultInput)
		if err != nil {
			return nil, err
		}
		for seed := range uint64(seeds) {
			more, err := s.Score(ctx, zerocost.Network{ID: n.ID(), Name: n.Name, Arch: n.Arch, Lower: n.Lower}, c, seed)
			if err != nil {
				return nil, err
			}
			scores = append(scores, more...)
		}
	}
	for _, p := range studied {
		mean := zerocost.Mean(p, scores)
		if mean.Failure != "" {
			return nil, fmt.Errorf("%s of %s: %s", p, n.Name, mean.Failure)
		}
		record = append(record, strconv.FormatFloat(mean.Value, 'g', 8, 64))
	}
	return record, nil
}

func number(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

func appendRecord(path string, record []string) error {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	w := csv.NewWriter(f)
	if err := w.Write(record); err != nil {
		return err
	}
	w.Flush()
	if err := w.Error(); err != nil {
		return err
	}
	return f.Close()
}
