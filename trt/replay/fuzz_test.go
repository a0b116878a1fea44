package replay

import (
	"os"
	"path/filepath"
	"testing"
)

// A recording that is read is of something that can have been measured, and
// stays what it is.
func FuzzRead(f *testing.F) {
	files, err := filepath.Glob("testdata/*/*.json")
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range files {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte(`{"schema":"trtnas.recording/1","id":"0123456789abcdef","failure":{"class":"crash","message":"m"}}`))
	f.Add([]byte(`{"schema":"trtnas.recording/1","id":"x","measurement":{"median":{"value_ns":2,"low_ns":1,"high_ns":3},"samples_ns":[1,2,3],"checked":"ort"}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := read(data)
		if err != nil {
			return
		}
		folder := t.TempDir()
		if r.Measurement != nil && (len(r.Measurement.Samples) == 0 || r.Measurement.Median.Value <= 0) {
			t.Fatalf("%+v", r.Measurement)
		}
		r.ID = "network" // the name of a file
		if err := r.save(folder); err != nil {
			t.Fatal(err)
		}
		d, err := Open(folder)
		if err != nil {
			t.Fatal(err)
		}
		if !sameDevice(d.Device(), r.Device) {
			t.Errorf("%+v, saved %+v", d.Device(), r.Device)
		}
	})
}
