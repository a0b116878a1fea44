package latency_test

import (
	"fmt"

	"github.com/trtnas/trtnas/predictor/latency"
	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/space/reference"
)

// How long a batch of a network takes on a T4, with the interval that holds the
// true latency with a probability of 80 %.
func ExampleProfile_Predict() {
	network, err := reference.Find("ResNet50")
	if err != nil {
		fmt.Println(err)
		return
	}
	graph, err := network.Lower(space.Input{Batch: 8, Height: 224, Width: 224})
	if err != nil {
		fmt.Println(err)
		return
	}
	t4, err := latency.Open("t4")
	if err != nil {
		fmt.Println(err)
		return
	}
	ms, err := t4.Predict(graph.Kernels(), latency.Conditions{Precision: latency.FP16, Batch: 8, Height: 224, Width: 224})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.1f ms [%.1f, %.1f] at %.0f %%\n", ms.Value, ms.Low, ms.High, 100*ms.Level)
	// Output:
	// 4.2 ms [3.5, 5.2] at 80 %
}
