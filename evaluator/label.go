package evaluator

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"time"

	"github.com/trtnas/trtnas/space"
)

// Training is what a label depends on besides the architecture and the epoch.
// Labels are compared only between equal trainings: a top-1 accuracy on some
// images is none on others.
type Training struct {
	Source      AccuracySource `json:"source"`           // AccuracyTrained or AccuracyExternal
	Program     string         `json:"program"`          // its name, without its arguments
	Data        string         `json:"data"`             // name of the images
	Fingerprint string         `json:"data_fingerprint"` // of the images, by their content
	Classes     int            `json:"classes"`
	Images      int            `json:"images"`            // to train on
	Validation  int            `json:"validation_images"` // that the accuracy is counted on
	Recipe      string         `json:"recipe"`            // with its version
	Epochs      int            `json:"epochs"`            // of the whole schedule
	Resolution  int            `json:"resolution"`        // side of the square images
	Seed        int64          `json:"seed"`
	// Versions are those of the software, and the device, by their names.
	Versions map[string]string `json:"versions"`
}

// Key names the training by its content: 8 hexadecimal digits.
func (t Training) Key() string {
	text, err := json.Marshal(t)
	if err != nil {
		panic("evaluator: training: " + err.Error()) // it has nothing that JSON can't write
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:4])
}

// Scale is that of the training's labels at its end.
func (t Training) Scale() Scale {
	return Scale{
		Source: t.Source,
		Model:  fmt.Sprintf("%s, %d epochs at %dx%d, seed %d (%s)", t.Recipe, t.Epochs, t.Resolution, t.Resolution, t.Seed, t.Key()),
		Data:   t.DataName(),
	}
}

// DataName names the images so that equal names mean equal images.
func (t Training) DataName() string {
	short := t.Fingerprint[:min(8, len(t.Fingerprint))]
	return fmt.Sprintf("%s (%d classes, %s)", t.Data, t.Classes, short)
}

// Label is the accuracy that a network reached in training up to an epoch, or
// why it reached none.
type Label struct {
	ID      string
	Arch    space.Arch
	Epoch   int           // after which the accuracy was counted
	Top1    float64       // per cent
	Images  int           // that it was counted on
	Elapsed time.Duration // of this training, without what an earlier one had done
	Failure *Failure
	Attempt int       // from 1; the last one counts
	Created time.Time // the store says when
}

// LabelLevel is the level of a label's interval; that of the fitted models, so
// that both can stand in one column.
const LabelLevel = 0.8

// zLabel is the normal distribution's quantile for LabelLevel.
const zLabel = 1.2816

// Accuracy is the label's with Wilson's interval (Wilson 1927, equation 1) for
// the number of validation images. It tells what other images of the kind would
// have given for these weights; another seed's weights may differ by more.
func (l Label) Accuracy(source AccuracySource) Accuracy {
	low, high := wilson(l.Top1/100, l.Images, zLabel)
	bound, _ := wilson(l.Top1/100, l.Images, 1)
	return Accuracy{
		Value: l.Top1, Low: 100 * low, High: 100 * high, Level: LabelLevel, Bound: 100 * bound, Source: source,
	}
}

// wilson is the score interval for a share p of n trials, z standard deviations
// to both sides.
func wilson(p float64, n int, z float64) (low, high float64) {
	of := z * z / float64(n)
	centre := (p + of/2) / (1 + of)
	half := z / (1 + of) * math.Sqrt(p*(1-p)/float64(n)+of/(4*float64(n)))
	return max(0, centre-half), min(1, centre+half)
}
