package latency

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// FileSchema names the JSON format of a profile's file.
const FileSchema = "trtnas.profile/1"

// File is a profile with the report on its calibration, which a built-in one
// does not have.
type File struct {
	Schema  string             `json:"schema"`
	Profile Profile            `json:"profile"`
	Report  *CalibrationReport `json:"report,omitempty"`
}

// NewFile puts the profile in a file with its report, which may be nil.
func NewFile(p Profile, r *CalibrationReport) File { return File{FileSchema, p, r} }

// Write writes the file. Equal profiles and reports give equal bytes.
func (f File) Write(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(f)
}

// maxFile is far beyond any profile.
const maxFile = 1 << 20

// ReadFile reads the file at path, and names it in every error.
func ReadFile(path string) (File, error) {
	f, err := os.Open(path)
	if err != nil {
		return File{}, fmt.Errorf("latency profile: %w", err)
	}
	defer f.Close()
	file, err := readFile(io.LimitReader(f, maxFile))
	if err != nil {
		return File{}, fmt.Errorf("%s: not a latency profile: %w", path, err)
	}
	return file, nil
}

func readFile(r io.Reader) (File, error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return File{}, err
	}
	var schema struct {
		Schema string `json:"schema"`
	}
	if err := json.Unmarshal(data, &schema); err != nil {
		return File{}, err
	}
	if schema.Schema != FileSchema {
		return File{}, fmt.Errorf("its schema is %q, this version reads %s: `trtnas profile export` writes it", schema.Schema, FileSchema)
	}
	var f File
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&f); err != nil {
		return File{}, err
	}
	return f, f.Profile.Validate()
}

// simulatedPrefix begins the name of every profile that was fitted on
// simulated latencies, so that no prediction by it passes for a device's.
const simulatedPrefix = "simulated-"

// CheckName says what makes a calibrated profile's name unusable.
func (s Source) CheckName(name string) error {
	switch _, err := Open(name); {
	case err == nil:
		return fmt.Errorf("%s is a built-in profile: choose another name", name)
	case name == "" || len(name) > 100 || strings.Trim(name, nameRunes) != "":
		return fmt.Errorf("%q can't be a profile's name: use 1 to 100 small letters, digits, dots and dashes", name)
	case name == "auto" || name == "local" || strings.HasSuffix(name, ".json"):
		return fmt.Errorf("%q can't be a profile's name: --device has another meaning for it", name)
	case s == Simulated && !strings.HasPrefix(name, simulatedPrefix):
		return fmt.Errorf("the name of a simulated device's profile begins with %s: choose %s%s", simulatedPrefix, simulatedPrefix, name)
	case s == Measured && strings.HasPrefix(name, simulatedPrefix):
		return fmt.Errorf("%s: only the name of a simulated device's profile begins with %s", name, simulatedPrefix)
	}
	return nil
}

const nameRunes = "abcdefghijklmnopqrstuvwxyz0123456789.-_"

// NameFor is what the profile of a device is called unless it is given a name.
func (s Source) NameFor(device string, p Precision) string {
	letters := strings.Map(func(r rune) rune {
		if strings.ContainsRune(nameRunes, r) {
			return r
		}
		return '-'
	}, strings.ToLower(device))
	name := strings.Trim(letters, "-") + "-" + string(p)
	if s == Simulated {
		return simulatedPrefix + strings.TrimPrefix(name, "sim-")
	}
	return name
}

// Validate says what makes the profile unusable.
func (p *Profile) Validate() error {
	i := p.Interval
	switch {
	case p.Name == "" || p.Device == "" || p.Runtime == "":
		return errors.New("name, device or runtime is missing")
	case p.Precision != FP16 && p.Precision != FP32:
		return fmt.Errorf("precision %q: need fp16 or fp32", p.Precision)
	case p.Batch < 1 || p.Resolution[0] < 1 || p.Resolution[1] < p.Resolution[0] || i.Home < 1:
		return fmt.Errorf("batch %d, resolution %d to %d px and home %d px: need 1 or more, in this order", p.Batch, p.Resolution[0], p.Resolution[1], i.Home)
	case !(i.Level > 0 && i.Level < 1) || !(i.Spread > 0) || i.PerBatchOctave < 0 || i.PerResolutionOctave < 0:
		return fmt.Errorf("interval %+v: need a level between 0 and 1, and positive spreads", i)
	case p.Constants[0] == 0:
		return errors.New("constants are missing")
	}
	switch o := p.Origin; o.Source {
	case "", PublishedRows:
		return nil
	case Measured, Simulated:
		return o.Source.CheckName(p.Name)
	default:
		return fmt.Errorf("source %q: need measured, simulated or published", o.Source)
	}
}
