package artifact

import (
	"bytes"
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/trtnas/trtnas/trt"
)

// Values of IEEE 754-2008 binary16, and the ties around them.
func TestToHalf(t *testing.T) {
	tests := []struct {
		value float64
		want  uint16
	}{
		{0, 0}, {math.Copysign(0, -1), 0x8000}, {1, 0x3c00}, {-2, 0xc000}, {65504, 0x7bff},
		{65519.99, 0x7bff}, {65520, 0x7c00}, {math.Inf(-1), 0xfc00}, {math.NaN(), 0x7e00},
		{math.Ldexp(1, -14), 0x0400}, {math.Ldexp(1, -24), 0x0001}, {math.Ldexp(1, -25), 0}, // a tie to even
		{math.Ldexp(3, -25), 0x0002}, {math.Ldexp(1023.6, -24), 0x0400},
		{1 + math.Ldexp(1, -11), 0x3c00}, {1 + math.Ldexp(3, -11), 0x3c02}, {1.9999, 0x4000},
	}
	for _, test := range tests {
		if got := toHalf(float32(test.value)); got != test.want {
			t.Errorf("%v: got %#04x, want %#04x", test.value, got, test.want)
		}
	}
}

func TestEveryHalfComesBack(t *testing.T) {
	for h := range 1 << 16 {
		half := uint16(h)
		value := fromHalf(half)
		if math.IsNaN(float64(value)) {
			if half&halfInfinity != halfInfinity || half&^(0x8000|halfInfinity) == 0 {
				t.Errorf("%#04x is no NaN", half)
			}
			continue
		}
		if got := toHalf(value); got != half {
			t.Errorf("%#04x: %v came back as %#04x", half, value, got)
		}
	}
}

func TestTensors(t *testing.T) {
	values := []float32{1, -0.5, 3}
	var data []byte
	for _, v := range values {
		data = binary.NativeEndian.AppendUint32(data, math.Float32bits(v))
	}
	for _, precision := range []trt.Precision{trt.FP32, trt.FP16} {
		path := filepath.Join(t.TempDir(), "tensor")
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		on, err := ReadTensor(path, len(values), precision)
		if err != nil || len(on) != len(values)*precision.Bytes() {
			t.Fatalf("%s: %d bytes, %v", precision, len(on), err)
		}
		back := filepath.Join(t.TempDir(), "back")
		if err := WriteTensor(back, on, precision); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(back); err != nil || !bytes.Equal(got, data) {
			t.Errorf("%s: came back as %v, %v", precision, got, err)
		}
		if _, err := ReadTensor(path, 4, precision); err == nil {
			t.Errorf("%s: a file that is too short was read", precision)
		}
	}
}

func TestWriteLeavesNothingHalf(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "plan")
	if err := os.Mkdir(path, 0o755); err != nil { // nothing can be renamed to it
		t.Fatal(err)
	}
	if err := Write(path, []byte("plan")); err == nil {
		t.Error("a folder was replaced by a file")
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) != 1 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
