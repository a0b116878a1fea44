package accuracy_test

import (
	"fmt"

	"github.com/trtnas/trtnas/predictor/accuracy"
	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/space/reference"
)

// Whether two networks can be told apart: by the difference and its interval, not by
// the estimates.
func ExampleModel_Compare() {
	var features []accuracy.Features
	for _, name := range []string{"ResNet50", "ResNet101"} {
		network, err := reference.Find(name)
		if err != nil {
			fmt.Println(err)
			return
		}
		graph, err := network.Lower(space.Input{Batch: 1, Height: 224, Width: 224})
		if err != nil {
			fmt.Println(err)
			return
		}
		features = append(features, accuracy.Measure(graph).Features())
	}
	model := accuracy.Default()
	found := make([]accuracy.Prediction, len(features))
	model.PredictBatch(features, found)
	for _, p := range found {
		fmt.Printf("%.1f %% ± %.1f\n", p.Top1, p.SD)
	}
	d := model.Compare(features[0], features[1])
	fmt.Printf("the second has %+.1f ± %.1f points; a tie: %v\n", d.Points, d.SD, d.Tie())
	// Output:
	// 80.1 % ± 0.4
	// 81.5 % ± 0.4
	// the second has +1.4 ± 0.2 points; a tie: false
}
