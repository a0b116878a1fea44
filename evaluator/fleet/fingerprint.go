package fleet

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/trtnas/trtnas/evaluator"
	"github.com/trtnas/trtnas/trt"
)

// Fingerprint is what has to be equal for latencies to be comparable, besides
// what a run chooses: precision, batch, resolution and output.
type Fingerprint struct {
	Device   string       `json:"device"`
	Driver   string       `json:"driver,omitempty"` // of the GPU
	TensorRT string       `json:"tensorrt"`         // version
	Access   trt.Access   `json:"access"`           // the way to the library
	Builder  trt.Builder  `json:"builder"`
	Protocol trt.Protocol `json:"protocol"`
}

// FingerprintOf is that of a device whose scores hold under the conditions.
func FingerprintOf(c evaluator.Conditions) Fingerprint {
	return Fingerprint{
		Device: c.Device, Driver: c.Driver, TensorRT: c.TensorRT, Access: trt.Access(c.Latency),
		Builder: c.Builder, Protocol: c.Protocol,
	}
}

// Conditions are s on a device with the fingerprint.
func (f Fingerprint) Conditions(s trt.Spec) trt.Spec {
	s.Device, s.Driver, s.TensorRT = f.Device, f.Driver, f.TensorRT
	s.Builder, s.Protocol = f.Builder, f.Protocol
	return s
}

// Key names the fingerprint by its content: 16 hexadecimal digits.
func (f Fingerprint) Key() string { return contentKey(f) }

func (f Fingerprint) String() string {
	return fmt.Sprintf("%s, driver %s, TensorRT %s through %s (%s)", f.Device, f.Driver, f.TensorRT, f.Access, f.Key()[:8])
}

// contentKey is the beginning of a hash of v as JSON.
func contentKey(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic("fleet: " + err.Error()) // it has nothing that JSON can't write
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}
