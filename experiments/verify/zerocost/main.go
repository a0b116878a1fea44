// Command zerocost has PyTorch compute zero-cost proxies from the papers'
// formulas on exported modules, compares them with trtnas's, and writes
// README.md in its own folder. With -study it scores published networks, for
// the table by which trtnas says how well proxies rank:
//
//	make verify-zerocost
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/trtnas/trtnas/evaluator/zerocost"
	"github.com/trtnas/trtnas/space"
)

func main() {
	var o options
	flag.StringVar(&o.python, "python", "python3", "Python that has experiments/verify/requirements.txt installed")
	flag.StringVar(&o.folder, "folder", "experiments/verify/zerocost", "where reference.py is, and README.md goes")
	flag.BoolVar(&o.quick, "quick", false, "two small networks; writes nothing")
	flag.StringVar(&o.study, "study", "", "score published networks instead, into this file: evaluator/zerocost/data/scores.csv")
	flag.Parse()
	if err := run(context.Background(), o); err != nil {
		fmt.Fprintln(os.Stderr, "zerocost:", err)
		os.Exit(1)
	}
}

type options struct {
	python, folder string
	quick          bool
	study          string
}

func run(ctx context.Context, o options) error {
	s, err := zerocost.Open(ctx, o.python, time.Now)
	if err != nil {
		return err
	}
	defer s.Close()
	if o.study != "" {
		return study(ctx, s, o.study)
	}
	subjects, err := subjects(o.quick)
	if err != nil {
		return err
	}
	page := page{Date: time.Now().Format(time.DateOnly), Tolerances: tolerances, Ranks: zerocost.Table(), Definitions: zerocost.Definitions()}
	wrong := 0
	for _, n := range subjects {
		row, err := o.compare(ctx, s, n, &page)
		if err != nil {
			return fmt.Errorf("%s: %w", n.name, err)
		}
		fmt.Println(row)
		wrong += row.wrong()
		page.Rows = append(page.Rows, row)
	}
	if wrong > 0 {
		err = fmt.Errorf("%d scores differ by more than they may", wrong)
	}
	if o.quick {
		return err
	}
	return errors.Join(err, page.write(filepath.Join(o.folder, "README.md")))
}

// seed of all that the comparison draws.
const seed = 1

// tolerances of the relative difference. Signs of values near zero depend on
// the order of summation, so patterns that only a few units have differ.
var tolerances = map[zerocost.Proxy]float64{
	zerocost.MeCo: 1e-3, zerocost.SWAP: 1e-3, zerocost.NASWOT: 1e-4, zerocost.AZ: 1e-4, zerocost.Zen: 1e-4, zerocost.ZiCo: 1e-4, zerocost.GradNorm: 1e-4,
}

// row compares one network.
type row struct {
	Name   string
	Scores []pair
}

// pair is a score by trtnas and by the reference.
type pair struct {
	Proxy        zerocost.Proxy
	Ours, Theirs float64
}

func (p pair) difference() float64 { return math.Abs(p.Ours-p.Theirs) / math.Abs(p.Theirs) }

func (p pair) agrees() bool { return p.difference() <= tolerances[p.Proxy] }

func (r row) wrong() int {
	n := 0
	for _, p := range r.Scores {
		if !p.agrees() {
			n++
		}
	}
	return n
}

// String is the row for the terminal.
func (r row) String() string {
	words := []string{fmt.Sprintf("%-18s", r.Name)}
	for _, p := range r.Scores {
		mark := ""
		if !p.agrees() {
			mark = fmt.Sprintf(" (reference %.9g)", p.Theirs)
		}
		words = append(words, fmt.Sprintf("%s %.7g %.0e%s", p.Proxy, p.Ours, p.difference(), mark))
	}
	return strings.Join(words, "  ")
}

// compare scores a network by both.
func (o options) compare(ctx context.Context, s *zerocost.Scorer, n subject, to *page) (r row, err error) {
	folder, err := os.MkdirTemp("", "zerocost-*")
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	if err := zerocost.WriteInputs(folder, n.arch, n.input, seed); err != nil {
		return r, err
	}
	theirs, err := o.reference(ctx, folder, to)
	if err != nil {
		return r, err
	}
	r.Name = n.name
	for _, pass := range zerocost.Passes(zerocost.All()) {
		c, err := s.Conditions(pass, n.input)
		if err != nil {
			return r, err
		}
		to.version(c.Runtime)
		scores, err := s.Score(ctx, zerocost.FromArch(n.arch), c, seed)
		if err != nil {
			return r, err
		}
		for _, score := range scores {
			value, ok := theirs[score.Proxy]
			if score.Failure != "" || !ok {
				return r, fmt.Errorf("%s: %q, and the reference has %v", score.Proxy, score.Failure, ok)
			}
			r.Scores = append(r.Scores, pair{score.Proxy, score.Value, value})
		}
	}
	return r, nil
}

// reference asks PyTorch.
func (o options) reference(ctx context.Context, folder string, to *page) (map[zerocost.Proxy]float64, error) {
	cmd := exec.CommandContext(ctx, o.python, filepath.Join(o.folder, "reference.py"), folder)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("reference.py: %w", err)
	}
	var answer struct {
		Scores  map[zerocost.Proxy]float64
		Version string
	}
	err = json.Unmarshal(out, &answer)
	to.version("reference: " + answer.Version)
	return answer.Scores, err
}

// subject is a network to compare on.
type subject struct {
	name  string
	arch  space.Arch
	input zerocost.Input
}
