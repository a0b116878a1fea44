package train

import (
	"math"
	"testing"
)

// Whatever a program answers, an event that is taken is within the contract.
func FuzzEvent(f *testing.F) {
	for _, seed := range []string{
		`{"event":"done","epoch":3,"top1":71.5,"validation_images":100}`, `{"event":"progress","epoch":1,"epochs":3,"loss":2.5,"eta_s":9}`,
		`{"event":"failed","class":"out of memory","message":"m"}`,
		`{"event":"described","data":"d","data_fingerprint":"f","recipe":"r","classes":2,"images":3,"validation_images":1,"versions":{"a":"b"}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		for _, do := range []Op{Describe, Train} {
			r := Request{Do: do, Until: 3}
			e, err := parse(line, r)
			if err != nil {
				continue
			}
			switch e.Event {
			case Top1, Done:
				if do != Train || !(e.Top1 >= 0 && e.Top1 <= 100) || e.Validation < 1 || e.Epoch < 1 || e.Epoch > 3 {
					t.Errorf("%s: %+v", do, e)
				}
			case Described:
				if do != Describe || e.Data == "" || len(e.Versions) > mostVersions {
					t.Errorf("%s: %+v", do, e)
				}
			}
			if math.IsNaN(e.Loss) || math.IsNaN(e.ETA) {
				t.Errorf("%+v", e)
			}
		}
	})
}
