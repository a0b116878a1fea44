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
	var all []PartCost
	err := p.costs.walk(a, InputOf(p.conditions.Spec), p.graphCost, func(part space.Part, c partValue[cost]) {
		of := PartCost{Part: part, Out: c.out, Time: duration(c.value.ms), Params: c.value.params, MACs: c.value.macs}
		for class, ms := range c.value.classes {
			of.Classes[class] = duration(ms)
		}
		all = append(all, of)
	})
	return all, err
}
