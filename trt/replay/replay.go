// Package replay keeps measurements as files, and answers from them as the
// device did: for tests, and to repeat a run elsewhere. What is replayed keeps
// the label and the fingerprint of its recording.
package replay

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/trtnas/trtnas/trt"
)

// Schema of a recording.
const Schema = "trtnas.recording/1"

// Recording is one measurement, or failure, with all that it holds under.
type Recording struct {
	Schema      string           `json:"schema"`
	Device      trt.Device       `json:"device"`
	Spec        trt.Spec         `json:"conditions"`
	ID          string           `json:"id"`
	Measurement *trt.Measurement `json:"measurement,omitempty"`
	Failure     *trt.Failure     `json:"failure,omitempty"`
}

// name is the recording's file: one for each network and conditions.
func (r Recording) name() (string, error) {
	spec, err := json.Marshal(r.Spec)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(spec)
	return r.ID + "-" + hex.EncodeToString(sum[:4]) + ".json", nil
}

// Recorder keeps what the driver measures as files in a folder.
type Recorder struct {
	trt.Driver
	Folder string
}

// Measure implements trt.Driver.
func (r Recorder) Measure(ctx context.Context, m trt.Model, s trt.Spec) (trt.Measurement, error) {
	measurement, err := r.Driver.Measure(ctx, m, s)
	rec := Recording{Schema: Schema, Device: r.Device(), Spec: s, ID: m.ID}
	var fatal trt.FatalError
	switch {
	case err == nil:
		rec.Measurement = &measurement
	case errors.As(err, &fatal), !errors.As(err, &rec.Failure):
		return measurement, err
	}
	if saveErr := rec.save(r.Folder); saveErr != nil {
		return measurement, fmt.Errorf("recording %s: %w", m.ID, saveErr)
	}
	return measurement, err
}

// save replaces the file as a whole.
func (r Recording) save(folder string) error {
	name, err := r.name()
	if err != nil {
		return err
	}
	data, err := json.Marshal(r)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	draft := filepath.Join(folder, "."+name)
	if err := os.WriteFile(draft, append(data, '\n'), 0o644); err != nil {
		return err
	}
	return os.Rename(draft, filepath.Join(folder, name))
}

// Driver answers from recordings.
type Driver struct {
	folder string
	device trt.Device
	known  map[string]Recording // by file name
}

// Open reads the recordings of a folder, which must be of one device.
func Open(folder string) (*Driver, error) {
	files, err := filepath.Glob(filepath.Join(folder, "*.json"))
	if err != nil {
		return nil, err
	}
	d := &Driver{folder: folder, known: map[string]Recording{}}
	for _, path := range files {
		if err := d.add(path); err != nil {
			return nil, err
		}
	}
	if len(d.known) == 0 {
		return nil, fmt.Errorf("%s: no recordings: `trtnas measure --record %s` makes them: %w", folder, folder, fs.ErrNotExist)
	}
	return d, nil
}

func (d *Driver) add(path string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	r, err := read(data)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if len(d.known) > 0 && !sameDevice(r.Device, d.device) {
		return fmt.Errorf("%s: recorded on %s with %s %s, others in the folder on %s with %s %s: keep each device's in a folder of its own",
			path, r.Device.Name, r.Device.Library, r.Device.Version, d.device.Name, d.device.Library, d.device.Version)
	}
	name, err := r.name()
	if err != nil {
		return err
	}
	d.device, d.known[name] = r.Device, r
	return nil
}

// read reads a recording's file.
func read(data []byte) (Recording, error) {
	var r Recording
	if err := json.Unmarshal(data, &r); err != nil {
		return r, fmt.Errorf("not a recording: %w", err)
	}
	if r.Schema != Schema {
		return r, fmt.Errorf("schema %q: this version reads %s", r.Schema, Schema)
	}
	if (r.Measurement == nil) == (r.Failure == nil) {
		return r, errors.New("a recording has a measurement or a failure")
	}
	if m := r.Measurement; m != nil {
		if err := m.Validate(); err != nil {
			return r, fmt.Errorf("not a recording: %w", err)
		}
	}
	r.Device.Others = nil
	return r, nil
}

// sameDevice is for latencies that are comparable.
func sameDevice(a, b trt.Device) bool {
	return a.Name == b.Name && a.Driver == b.Driver && a.Library == b.Library && a.Version == b.Version && a.Access == b.Access
}

// Device is what was recorded on.
func (d *Driver) Device() trt.Device { return d.device }

// Close implements trt.Driver.
func (d *Driver) Close() error { return nil }

// Measure returns what was recorded for the network under the conditions.
func (d *Driver) Measure(_ context.Context, m trt.Model, s trt.Spec) (trt.Measurement, error) {
	name, err := Recording{Spec: s, ID: m.ID}.name()
	if err != nil {
		return trt.Measurement{}, err
	}
	r, ok := d.known[name]
	if !ok {
		return trt.Measurement{}, trt.Failf(trt.NotRecorded, "%s under these conditions is not in %s", m.ID, d.folder)
	}
	if r.Failure != nil {
		return trt.Measurement{}, r.Failure
	}
	return *r.Measurement, nil
}

var _ trt.Driver = (*Driver)(nil)
