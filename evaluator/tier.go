package evaluator

import (
	"context"
	"fmt"
	"time"

	"github.com/trtnas/trtnas/space"
)

// Tier is a way to know accuracies. Tiers that cost little serve all candidates
// of a search, those that cost much the few that are worth it.
type Tier interface {
	// Scale says what the accuracies mean.
	Scale() Scale
	// Cost is about what one network takes; 0 is not known.
	Cost() time.Duration
	// Judge answers in the order of archs. A network's failure is part of the
	// answer, an error ends the run.
	Judge(ctx context.Context, archs []space.Arch) ([]Judgement, error)
}

// Scale is what accuracies mean. Those of different scales can be compared by
// their ranks alone.
type Scale struct {
	Source AccuracySource
	Model  string // the model or the training that they come from, with its version
	Data   string // the images that they are of; empty is ImageNet-1k at 224x224
}

// Judgement is a network's accuracy, or its failure.
type Judgement struct {
	Accuracy Accuracy
	Failure  *Failure
}

// On are the conditions of scores whose accuracies are of the scale.
func (c Conditions) On(s Scale) Conditions {
	c.Accuracy, c.AccuracyData = s.Model, s.Data
	return c
}

// Judged scores by Next, but for the accuracy: that comes from a tier that costs
// more, for the networks that are worth it. Others are left without one, for an
// accuracy of another scale would be compared with those that have it.
type Judged struct {
	Next  Evaluator
	Tier  Tier
	Worth func(Result) bool // nil is all that have a score
}

// Evaluate implements Evaluator.
func (j Judged) Evaluate(ctx context.Context, archs []space.Arch) ([]Result, error) {
	results, err := j.Next.Evaluate(ctx, archs)
	if err != nil {
		return nil, err
	}
	var worth []int
	var asked []space.Arch
	for i, r := range results {
		results[i].Score.Accuracy = Accuracy{}
		if r.Failure == nil && (j.Worth == nil || j.Worth(r)) {
			worth, asked = append(worth, i), append(asked, archs[i])
		}
	}
	judged, err := j.Tier.Judge(ctx, asked)
	if err != nil {
		return nil, err
	}
	if len(judged) != len(asked) {
		return nil, fmt.Errorf("tier %s: %d answers to %d networks", j.Tier.Scale().Model, len(judged), len(asked))
	}
	for k, i := range worth {
		if f := judged[k].Failure; f != nil {
			results[i].Score, results[i].Failure = Score{}, f
			continue
		}
		results[i].Score.Accuracy = judged[k].Accuracy
	}
	return results, nil
}

var _ Evaluator = Judged{}
