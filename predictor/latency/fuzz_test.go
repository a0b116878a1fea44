package latency

import (
	"bytes"
	"encoding/json"
	"math"
	"testing"

	"github.com/trtnas/trtnas/space/graph"
)

// A profile that is read predicts a time for whatever it is asked, and is the
// same when it is written and read again.
func FuzzFile(f *testing.F) {
	for _, name := range Builtin() {
		p, err := Open(name)
		if err != nil {
			f.Fatal(err)
		}
		data, err := json.Marshal(File{Schema: FileSchema, Profile: *p})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := readFile(bytes.NewReader(data))
		if err != nil {
			return
		}
		kernels := []graph.Kernel{{}}
		if ms := file.Profile.Constants.Sum(kernels, 8); math.IsNaN(ms) || ms < 0 {
			t.Errorf("%v ms for a kernel of nothing", ms)
		}
		again, err := json.Marshal(file)
		if err != nil {
			t.Fatal(err)
		}
		reread, err := readFile(bytes.NewReader(again))
		if err != nil {
			t.Fatalf("%v, of what was read before: %s", err, again)
		}
		if text, err := json.Marshal(reread); err != nil || !bytes.Equal(text, again) {
			t.Errorf("%s, %v, before %s", text, err, again)
		}
	})
}
