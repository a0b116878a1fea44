package evaluator_test

import (
	"context"
	"fmt"
	"math/rand"
	"time"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/predictor/accuracy"
	"github.com/trtnas/trtnas/predictor/latency"
	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/trt"
)

// A network is scored by the models of a T4; every figure says where it is from.
func ExamplePredict() {
	profile, err := latency.Open("t4")
	if err != nil {
		fmt.Println(err)
		return
	}
	spec := trt.Spec{Device: "t4", Precision: trt.FP16, Batch: 8, Resolution: [2]int{224, 224}, Output: trt.Classifier}
	predict, err := evaluator.NewPredict(spec, profile, accuracy.Default())
	if err != nil {
		fmt.Println(err)
		return
	}
	s, err := space.Named("trt-vit")
	if err != nil {
		fmt.Println(err)
		return
	}
	network := s.Decode(s.Sample(rand.New(rand.NewSource(1))))
	results, err := predict.Evaluate(context.Background(), []space.Arch{network})
	if err != nil {
		fmt.Println(err)
		return
	}
	score := results[0].Score
	fmt.Printf("latency %v, %s\n", score.Latency.Value.Round(100*time.Microsecond), score.Latency.Source)
	fmt.Printf("top-1 %.1f %%, %s\n", score.Accuracy.Value, score.Accuracy.Source)
	// Output:
	// latency 26.2ms, predicted
	// top-1 83.9 %, predicted
}
