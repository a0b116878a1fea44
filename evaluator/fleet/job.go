package fleet

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/space"
	"github.com/trtnas/trtnas/trt"
)

// Job asks for the latency of one network. It carries the network itself, and
// nothing that a worker would run or open.
type Job struct {
	Schema  string     `json:"schema"`
	ID      string     `json:"id"` // of Arch
	Arch    space.Arch `json:"arch"`
	Spec    trt.Spec   `json:"conditions"`
	Access  trt.Access `json:"access"`
	Session int        `json:"session"` // from 1; each builds anew, and shares nothing with the one before
}

// Outcome is what became of a job: a measurement, or why there is none.
type Outcome struct {
	Schema      string             `json:"schema"`
	ID          string             `json:"id"`
	Conditions  string             `json:"conditions"` // Job.Conditions
	Session     int                `json:"session"`
	Worker      string             `json:"worker"`
	Measurement *trt.Measurement   `json:"measurement,omitempty"`
	Failure     *evaluator.Failure `json:"failure,omitempty"` // of the network
}

const (
	jobSchema     = "trtnas.job/1"
	outcomeSchema = "trtnas.outcome/1"
)

// Bounds of messages, so that none costs more than it is worth. A measurement of
// 5,000 samples with the health of 20 seconds has some 80 KB.
const (
	maxJob      = 16 << 10
	maxOutcome  = 1 << 20
	maxMessage  = 4 << 10 // bytes of a failure's message
	maxSessions = 1000
)

// Fingerprint is that of the devices that can do the job.
func (j Job) Fingerprint() Fingerprint {
	return FingerprintOf(evaluator.Conditions{Spec: j.Spec, Latency: string(j.Access)})
}

func (j Job) crew() string { return j.Fingerprint().Key() }

// Conditions names the job's conditions by their content: 16 hexadecimal
// digits.
func (j Job) Conditions() string {
	return contentKey(struct {
		Spec   trt.Spec
		Access trt.Access
	}{j.Spec, j.Access})
}

// key is what makes two jobs one: equal network, conditions and session.
func (j Job) key() string { return fmt.Sprintf("%s.%d.%s", j.Conditions(), j.Session, j.ID) }

func (o Outcome) key() string { return fmt.Sprintf("%s.%d.%s", o.Conditions, o.Session, o.ID) }

// parseJob reads a job and refuses all that no search sends.
func parseJob(data []byte) (Job, error) {
	var j Job
	if err := decode(data, maxJob, &j); err != nil {
		return j, fmt.Errorf("job: %w", err)
	}
	if err := j.validate(); err != nil {
		return j, fmt.Errorf("job: %w", err)
	}
	return j, nil
}

func (j Job) validate() error {
	if err := checkSchema(j.Schema, jobSchema); err != nil {
		return err
	}
	if err := checkArch(j.Arch, j.ID); err != nil {
		return err
	}
	if _, err := trt.ParsePrecision(string(j.Spec.Precision)); err != nil {
		return err
	}
	if err := trt.CheckInput(j.Spec.Batch, j.Spec.Resolution); err != nil {
		return err
	}
	switch {
	case j.Session < 1 || j.Session > maxSessions:
		return fmt.Errorf("session %d, need 1 to %d", j.Session, maxSessions)
	case j.Spec.Output != trt.Classifier && j.Spec.Output != trt.Features:
		return fmt.Errorf("unknown output %q", j.Spec.Output)
	}
	return nil
}

// parseOutcome reads an outcome of the job and refuses one that can't be its.
func parseOutcome(data []byte, j Job) (Outcome, error) {
	var o Outcome
	err := decode(data, maxOutcome, &o)
	if err == nil {
		err = o.validate(j)
	}
	if err != nil {
		return o, fmt.Errorf("outcome of network %s: %w", j.ID, err)
	}
	return o, nil
}

func (o Outcome) validate(j Job) error {
	if err := checkSchema(o.Schema, outcomeSchema); err != nil {
		return err
	}
	if o.key() != j.key() {
		return fmt.Errorf("it is that of another job (%s, not %s)", o.key(), j.key())
	}
	m := o.Measurement
	if (m == nil) == (o.Failure == nil) {
		return errors.New("it needs a measurement or a failure, and not both")
	}
	if m == nil {
		if o.Failure.Class == "" || len(o.Failure.Message) > maxMessage {
			return errors.New("a failure needs a class, and a message that is not long")
		}
		return nil
	}
	if simulated := j.Access == trt.AccessSim; m.Simulated != simulated {
		return fmt.Errorf("simulated is %v on a device that is reached through %s", m.Simulated, j.Access)
	}
	return m.Validate()
}

func checkSchema(got, known string) error {
	if got != known {
		return fmt.Errorf("schema %q, this program knows %s: use one version of trtnas on all machines", got, known)
	}
	return nil
}

// checkArch holds a job's network to its name.
func checkArch(a space.Arch, named string) error {
	if err := a.Validate(); err != nil {
		return err
	}
	if id := a.ID(); id != named {
		return fmt.Errorf("it names network %q and carries %s: use one version of trtnas on all machines", named, id)
	}
	return nil
}

// decode reads one JSON value without unknown fields.
func decode(data []byte, limit int, to any) error {
	if len(data) > limit {
		return fmt.Errorf("%d bytes, at most %d", len(data), limit)
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(to); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("more than one value")
	}
	return nil
}

// shorten keeps a failure's message within its bound.
func shorten(f *evaluator.Failure) *evaluator.Failure {
	if f == nil || len(f.Message) <= maxMessage {
		return f
	}
	return &evaluator.Failure{Class: f.Class, Message: strings.ToValidUTF8(f.Message[:maxMessage-3], "") + "..."}
}
