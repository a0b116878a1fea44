package local

import (
	"strings"
	"testing"
	"time"

	"github.com/trtnas/trtnas/trt"
	"github.com/trtnas/trtnas/trt/sim"
)

// One GPU has one lease at a time, another GPU one of its own.
func TestLease(t *testing.T) {
	folder := t.TempDir()
	gpu := func(name string) trt.Backend {
		return sim.New(name, func(string) (time.Duration, error) { return 1, nil }, sim.Flaws{}, sim.NewClock(time.Unix(0, 0)))
	}
	first, err := lease(gpu("a/../b"), folder)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lease(gpu("a/../b"), folder); err == nil || !strings.Contains(err.Error(), "another trtnas measures on this GPU") {
		t.Errorf("a second lease: %v", err)
	}
	other, err := lease(gpu("c"), folder)
	if err != nil {
		t.Errorf("another GPU: %v", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := lease(gpu("a/../b"), folder)
	if err != nil {
		t.Fatalf("after it was given back: %v", err)
	}
	for _, b := range []trt.Backend{again, other} {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	}
}
