package experiments

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/space"
)

// Asked is a line that asks an ObjectiveFunction for one network of the space.
type Asked struct {
	// Decisions has an index into each list of choices of `space show --json`:
	// the width, then for each stage depth, scale, block, mixed, r, s and k.
	Decisions []int `json:"decisions"`
}

// Answered is the line in reply.
type Answered struct {
	ID        string             `json:"id,omitempty"`
	LatencyMS float64            `json:"latency_ms,omitempty"`
	Source    string             `json:"latency_source,omitempty"`
	Accuracy  float64            `json:"accuracy,omitempty"` // the lower bound that searches maximise, in per cent
	Params    int64              `json:"params,omitempty"`
	MACs      int64              `json:"macs,omitempty"`
	Failure   *evaluator.Failure `json:"failure,omitempty"`
	Error     string             `json:"error,omitempty"` // in the line that asked; nothing was measured
}

// ObjectiveFunction answers lines of JSON about networks of the space, one
// reply for each, so that any optimiser can search with the same device as
// ours.
func ObjectiveFunction(ctx context.Context, s *space.Space, e evaluator.Evaluator, in io.Reader, out io.Writer) error {
	lines := bufio.NewScanner(in)
	replies := json.NewEncoder(out)
	for lines.Scan() {
		reply, err := answer(ctx, s, e, lines.Bytes())
		if err != nil {
			return err
		}
		if err := replies.Encode(reply); err != nil {
			return err
		}
	}
	return lines.Err()
}

func answer(ctx context.Context, s *space.Space, e evaluator.Evaluator, line []byte) (Answered, error) {
	g, err := decisions(s, line)
	if err != nil {
		return Answered{Error: err.Error()}, nil
	}
	results, err := e.Evaluate(ctx, []space.Arch{s.Decode(g)})
	if err != nil {
		return Answered{}, err
	}
	r := results[0]
	reply := Answered{ID: r.ID}
	if f := r.Failure; f != nil {
		reply.Failure = f
		return reply, nil
	}
	reply.LatencyMS, reply.Source = milliseconds(r), string(r.Score.Latency.Source)
	reply.Accuracy, reply.Params, reply.MACs = r.Score.Accuracy.Bound, r.Score.Params, r.Score.MACs
	return reply, nil
}

func decisions(s *space.Space, line []byte) (space.Genotype, error) {
	var asked Asked
	var g space.Genotype
	if err := json.Unmarshal(line, &asked); err != nil {
		return g, fmt.Errorf("not a line such as {\"decisions\": [0, 1, ...]}: %w", err)
	}
	choices := s.Decisions()
	if len(asked.Decisions) != len(choices) {
		return g, fmt.Errorf("%d decisions, space %s has %d", len(asked.Decisions), s.Name, len(choices))
	}
	for i, d := range asked.Decisions {
		if d < 0 || d >= choices[i] {
			return g, fmt.Errorf("decision %d is %d: choose from 0 to %d", i, d, choices[i]-1)
		}
		g[i] = uint8(d)
	}
	return g, nil
}
