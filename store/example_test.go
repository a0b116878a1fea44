package store_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/store"
	"github.com/trtnas/trtnas/trt"
)

// What was measured once is kept by network and conditions, and not measured again.
func ExampleStore_Lookup() {
	ctx := context.Background()
	folder, err := os.MkdirTemp("", "store")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(folder)
	st, err := store.Open(filepath.Join(folder, "results.db"), time.Now)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer st.Close()

	s, err := space.Named("paper")
	if err != nil {
		fmt.Println(err)
		return
	}
	network := s.Decode(space.Genotype{})
	measured := evaluator.Result{Arch: network, ID: network.ID(), Score: evaluator.Score{
		Latency: evaluator.Latency{Value: 7 * time.Millisecond, Low: 6900 * time.Microsecond, High: 7100 * time.Microsecond, Level: 0.95, Source: evaluator.LatencyMeasured},
	}}
	t4 := evaluator.Conditions{Spec: trt.Spec{Device: "Tesla T4", TensorRT: "10.3.0", Precision: trt.FP16, Batch: 8, Resolution: [2]int{224, 224}, Output: trt.Classifier}, Latency: "my harness/1"}
	if err := st.Append(ctx, t4, []evaluator.Result{measured}); err != nil {
		fmt.Println(err)
		return
	}

	other := t4
	other.Batch = 1
	for _, c := range []evaluator.Conditions{t4, other} {
		found, err := st.Lookup(ctx, c, []string{network.ID()})
		if err != nil {
			fmt.Println(err)
			return
		}
		if found[0] == nil {
			fmt.Printf("batch %d: not known\n", c.Batch)
			continue
		}
		fmt.Printf("batch %d: %v, %s\n", c.Batch, found[0].Score.Latency.Value, found[0].Score.Latency.Source)
	}
	// Output:
	// batch 8: 7ms, measured
	// batch 1: not known
}
