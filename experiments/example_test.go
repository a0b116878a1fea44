package experiments_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/trtnas/trtnas/experiments"
	"github.com/trtnas/trtnas/experiments/device"
	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/store"
	"github.com/trtnas/trtnas/trt"
)

// A search within 10 ms on the model of a T4, as `trtnas search` does it: kept under
// a name in a database, from which its front is read.
func ExampleLab_Search() {
	folder, err := os.MkdirTemp("", "search")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(folder)
	if err := searchIn(context.Background(), filepath.Join(folder, "trtnas.db")); err != nil {
		fmt.Println(err)
	}
	// Output:
	// the best of 1000 networks: 9.6 ms predicted, 84.1 % top-1 predicted
}

func searchIn(ctx context.Context, db string) error {
	s, err := space.Named("trt-vit")
	if err != nil {
		return err
	}
	settings := experiments.Settings{
		Space:       s,
		Device:      device.Options{Name: "t4"}, // "local" is this machine's GPU
		Spec:        trt.Spec{Device: "t4", Precision: trt.FP16, Batch: 8, Resolution: [2]int{224, 224}, Output: trt.Classifier},
		Budget:      experiments.Duration(10 * time.Millisecond),
		Evaluations: 1000, Population: 50, Algorithm: experiments.NSGA2, Seed: 1,
	}
	t4, err := device.Open(ctx, settings.Spec, settings.Device, device.Tools{})
	if err != nil {
		return err
	}
	defer t4.Close()
	plan, err := experiments.NewPlan(ctx, "night", settings.ForDevice(t4), t4)
	if err != nil {
		return err
	}
	st, err := store.Open(db, time.Now)
	if err != nil {
		return err
	}
	defer st.Close()
	if _, err := (experiments.Lab{Store: st}).Search(ctx, plan); err != nil {
		return err
	}
	front, err := experiments.Front(ctx, st, "night")
	if err != nil {
		return err
	}
	best := front.Points[0]
	fmt.Printf("the best of %d networks: %.1f ms %s, %.1f %% top-1 %s\n", front.Evaluated, best.Latency.Value, best.Latency.Source, best.Top1.Value, best.Top1.Source)
	return nil
}
