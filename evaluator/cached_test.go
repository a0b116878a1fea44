package evaluator

import (
	"context"
	"errors"
	"testing"

	"github.com/trtnas/trtnas/space"
)

// memory keeps results of one kind of conditions.
type memory struct {
	kept map[string]Result
	full bool
}

func (m *memory) Lookup(_ context.Context, _ Conditions, ids []string) ([]*Result, error) {
	out := make([]*Result, len(ids))
	for i, id := range ids {
		if r, ok := m.kept[id]; ok {
			out[i] = &r
		}
	}
	return out, nil
}

func (m *memory) Append(_ context.Context, _ Conditions, rs []Result) error {
	if m.full {
		return errors.New("disk full")
	}
	for _, r := range rs {
		m.kept[r.ID] = r
	}
	return nil
}

// counting evaluates by counting what it was asked.
type counting struct{ asked []string }

func (c *counting) Evaluate(_ context.Context, archs []space.Arch) ([]Result, error) {
	out := make([]Result, len(archs))
	for i, a := range archs {
		c.asked = append(c.asked, a.ID())
		out[i] = Result{Arch: a, ID: a.ID(), Score: Score{Params: int64(len(c.asked))}}
	}
	return out, nil
}

func TestCachedAsksOnceAndKeepsTheOrder(t *testing.T) {
	archs := sample(t, "trt-vit", 8)
	next, kept := &counting{}, &memory{kept: map[string]Result{}}
	c := Cached{Next: next, Results: kept}
	if _, err := c.Evaluate(context.Background(), archs[2:5]); err != nil {
		t.Fatal(err)
	}
	got, err := c.Evaluate(context.Background(), archs)
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range got {
		if r.ID != archs[i].ID() || r.Score.Params == 0 {
			t.Errorf("result %d is %+v", i, r)
		}
	}
	if len(next.asked) != len(archs) {
		t.Errorf("asked %d times for %d networks", len(next.asked), len(archs))
	}
}

// A result that can't be kept is not handed out: else it could be lost.
func TestCachedFailsWhereNothingCanBeKept(t *testing.T) {
	c := Cached{Next: &counting{}, Results: &memory{kept: map[string]Result{}, full: true}}
	if _, err := c.Evaluate(context.Background(), sample(t, "trt-vit", 1)); err == nil {
		t.Error("no error")
	}
}
