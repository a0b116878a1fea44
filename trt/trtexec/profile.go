package trtexec

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/trtnas/trtnas/trt"
)

// layer is a line of a profile. Names are those of the model, without escapes:
// the file is JSON only by chance. The percentage may be no number.
var layer = regexp.MustCompile(`^[, ]*\{ *"name" : "(.*)", "timeMs" : \S+, "averageMs" : \S+, "medianMs" : (\S+), "percentage" : \S+ \}$`)

// parseProfile reads the layers' median times that --exportProfile wrote. The
// error is a *trt.Failure.
func parseProfile(text string) ([]trt.Layer, error) {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	if len(lines) < 3 || lines[0] != "[" || lines[len(lines)-1] != "]" {
		return nil, trt.Failf(trt.Degraded, "profile: the file is not complete")
	}
	var layers []trt.Layer
	ran := false
	for _, l := range lines[2 : len(lines)-1] { // behind the number of runs
		groups := layer.FindStringSubmatch(strings.TrimSpace(l))
		if groups == nil {
			return nil, trt.Failf(trt.Degraded, "profile: no layer: %.200q", l)
		}
		one := trt.Layer{Name: groups[1]}
		if ms, err := strconv.ParseFloat(groups[2], 64); err == nil {
			one.Time = milliseconds(ms) // 0 for a layer that did not run
		}
		ran = ran || one.Time > 0
		layers = append(layers, one)
	}
	if !ran {
		return nil, trt.Failf(trt.Degraded, "profile: none of %d layers took any time", len(layers))
	}
	return layers, nil
}
