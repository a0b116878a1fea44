package store

import (
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/trtnas/trtnas/evaluator/zerocost"
)

func TestProxies(t *testing.T) {
	s := openStore(t, filepath.Join(t.TempDir(), "x.db"))
	c := zerocost.Conditions{Pass: zerocost.Forward, Input: zerocost.DefaultInput, Version: 1, Runtime: "onnxruntime 1.0"}
	other := c
	other.Runtime = "onnxruntime 2.0"
	n := zerocost.Network{ID: "00000000000000aa", Name: "A"}
	scores := []zerocost.Score{
		{Proxy: zerocost.MeCo, Seed: 0, Value: 12.25, Cost: time.Second},
		{Proxy: zerocost.MeCo, Seed: 1, Failure: "not a finite number", Cost: 2 * time.Second},
		{Proxy: zerocost.SWAP, Seed: 1<<64 - 1, Value: 7},
	}
	for _, step := range []struct {
		conditions zerocost.Conditions
		scores     []zerocost.Score
	}{
		{c, scores[:1]},
		{c, scores},
		{c, []zerocost.Score{{Proxy: zerocost.MeCo, Seed: 0, Value: 99}}}, // what is there stays
		{other, []zerocost.Score{{Proxy: zerocost.MeCo, Seed: 0, Value: 99}}},
	} {
		if err := s.AppendProxies(ctx, n, step.conditions, step.scores); err != nil {
			t.Fatal(err)
		}
	}
	got, err := s.Proxies(ctx, c, []string{n.ID, "00000000000000bb"})
	if want := map[string][]zerocost.Score{n.ID: scores}; err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v, %v, want %v", got, err, want)
	}
	if got, err := s.Proxies(ctx, c, []string{"00000000000000bb"}); err != nil || len(got) != 0 {
		t.Errorf("of another network: %v, %v", got, err)
	}
}
