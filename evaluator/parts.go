package evaluator

import (
	"time"

	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/space/graph"
)

// PartCost is what one part of an architecture takes by the models.
type PartCost struct {
	Part         space.Part
	Out          graph.Shape // [B,C,H,W], or [B,classes] of the head
	Time         time.Duration
	Params, MACs int64 // MACs for one image
	// Classes is the time by class of kernel.
	Classes [graph.NumClasses]time.Duration
}

// ArchParts are an architecture's parts in order. Their times add up to its
// predicted latency.
func (p *Predict) ArchParts(a space.Arch) ([]PartCost, error) {
	if err := a.Validate(); err != nil {
		return nil, err
	}
	in := InputOf(p.conditions.Spec)
	shape := in.Shape()
	var all []PartCost
	for _, part := range a.Parts(in.Features) {
		c, err := p.costs.get(keyOf(part, shape), func() (cost, error) { return p.cost(part, shape) })
		if err != nil {
			return nil, err
		}
		of := PartCost{Part: part, Out: c.out, Time: duration(c.ms), Params: c.params, MACs: c.macs}
		for class, ms := range c.classes {
			of.Classes[class] = duration(ms)
		}
		all = append(all, of)
		shape = c.out
	}
	return all, nil
}
