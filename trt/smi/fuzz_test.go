package smi

import (
	"math"
	"testing"
	"time"
)

// Whatever nvidia-smi writes, and in whatever pieces, a reading is one that a
// GPU can have, and little is kept.
func FuzzReadings(f *testing.F) {
	for _, seed := range []string{
		"2026/11/24 12:00:00.100, 1590, 5000, 65, 68.20, 0x0000000000000004\n",
		"2026/11/24 12:00:00.100, [N/A], 5000, [Unknown Error], -1, x\n2026/11/24 12:00:00.200, 1590, 5000, 65, NaN\n",
		"Unable to determine the device handle\n\n, , , , \n",
	} {
		f.Add(seed, 7)
	}
	f.Fuzz(func(t *testing.T, text string, piece int) {
		var r readings
		for piece = max(1, piece); len(text) > 0; {
			n := min(piece, len(text))
			if _, err := r.Write([]byte(text[:n])); err != nil {
				t.Fatal(err)
			}
			text = text[n:]
		}
		if len(r.rest) > longest {
			t.Errorf("%d bytes of a line are kept", len(r.rest))
		}
		for _, h := range r.between(time.Time{}, time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)) {
			if h.SMClockMHz < 0 || h.MemClockMHz < 0 || h.TemperatureC < 0 || !(h.PowerW >= 0) || math.IsInf(h.PowerW, 0) {
				t.Errorf("%+v", h)
			}
		}
	})
}
