package trtexec

import (
	"bytes"
	"cmp"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/trtnas/trtnas/trt"
	"github.com/trtnas/trtnas/trt/process"
)

// transcript is what trtexec said in a run.
type transcript struct {
	passed   bool
	messages []message
	end      time.Time // of the timing; zero without one
}

// message is a line of the log.
type message struct {
	severity string // V, I, W, E or F
	text     string
}

// The texts that are looked for. TensorRT's own come with its name before.
var (
	line        = regexp.MustCompile(`^\[[^\]]*\] \[([VIWEF])\] (?:\[TRT\] )?(.*)$`)
	selectedGPU = regexp.MustCompile(`^Selected Device UUID: (GPU-\S+)`) // from release 10 on
	buildTime   = regexp.MustCompile(`^Engine built in ([0-9.e+-]+) sec`)
	generation  = regexp.MustCompile(`^Engine generation completed in ([0-9.e+-]+) sec`)
	activation  = regexp.MustCompile(`^Total Activation Memory: (\d+)`)                             // bytes
	dropped     = regexp.MustCompile(`.*(?:timing cache will not be used|invalid timing cache).*`)  // with the reason before it
	serialized  = regexp.MustCompile(`.*Serialization assertion.*`)                                 // the reason
	coldCache   = regexp.MustCompile(`^Could not read timing cache`)                                // there was no file
	warmCache   = regexp.MustCompile(`^Loaded \d+ bytes of timing cache`)                           // there was one
	trace       = regexp.MustCompile(`^Timing trace has (\d+) queries over ([0-9.e+-]+) s`)         // without the warm-up
	medianGPU   = regexp.MustCompile(`^GPU Compute Time: .*\bmedian = (\S+) ms`)                    // of the trace
	output      = regexp.MustCompile(`^Output binding for (.+) with dimensions `)                   // in the model's order
	doubtful    = regexp.MustCompile(`(?i)^(?:\* )?(.*(?:cuda ?graph|unstable|may be bound by).*)`) // warnings about timings
)

// traceLine marks the end of timing in the output.
const traceLine = "Timing trace has "

func parse(r process.Result, end time.Time) transcript {
	t := transcript{end: end}
	for _, text := range strings.Split(r.Out+"\n"+r.Err, "\n") {
		text = strings.TrimSpace(text)
		if m := line.FindStringSubmatch(text); m != nil {
			t.messages = append(t.messages, message{m[1], m[2]})
		}
		t.passed = t.passed || strings.HasPrefix(text, "&&&& PASSED ")
	}
	return t
}

// find are the groups of the last message that matches, since the builder says
// some things twice, the first time as an estimate; nil if there is none.
func (t transcript) find(what *regexp.Regexp) []string {
	for _, m := range slices.Backward(t.messages) {
		if groups := what.FindStringSubmatch(m.text); groups != nil {
			return groups
		}
	}
	return nil
}

// number is the group of the last message that matches as a positive number;
// 0 if there is none.
func (t transcript) number(what *regexp.Regexp, group int) float64 {
	groups := t.find(what)
	if groups == nil {
		return 0
	}
	n, err := strconv.ParseFloat(groups[group], 64)
	if err != nil || !(n > 0 && n < 1e15) {
		return 0
	}
	return n
}

// built is what a build gave. Without a word about how long it took this is
// the time of the process.
func (t transcript) built(plan string, took time.Duration) (trt.EngineInfo, error) {
	file, err := os.Stat(plan)
	if err != nil || file.Size() == 0 {
		return trt.EngineInfo{}, trt.Failf(trt.Degraded, "trtexec built an engine, but saved none")
	}
	info := trt.EngineInfo{Bytes: file.Size(), BuildTime: took, MemoryBytes: int64(t.number(activation, 1)), Cache: trt.CacheCold}
	if s := cmp.Or(t.number(buildTime, 1), t.number(generation, 1)); s > 0 {
		info.BuildTime = seconds(s)
	}
	if reason := t.find(dropped); reason != nil {
		info.Cache = trt.CacheDropped
		info.Warnings = append(t.find(serialized), reason...)
	} else if t.find(warmCache) != nil && t.find(coldCache) == nil {
		info.Cache = trt.CacheWarm
	}
	return info, nil
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// warnings are those that make a timing doubtful, without the indented advice
// below them.
func (t transcript) warnings() []string {
	var all []string
	for _, m := range t.messages {
		if groups := doubtful.FindStringSubmatch(m.text); groups != nil && m.severity == "W" && !strings.HasPrefix(m.text, " ") {
			all = append(all, groups[1])
		}
	}
	return all
}

// mark notes when a text is first written to it.
type mark struct {
	text []byte
	rest []byte // of what was written, in which the text may begin
	at   time.Time
}

func (m *mark) Write(p []byte) (int, error) {
	if m.at.IsZero() {
		m.rest = append(m.rest, p...)
		if bytes.Contains(m.rest, m.text) {
			m.at = time.Now() // nvidia-smi's clock is the machine's, too
		}
		m.rest = m.rest[max(0, len(m.rest)-len(m.text)):]
	}
	return len(p), nil
}
