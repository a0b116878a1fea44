package trtexec

import (
	"fmt"
	"os"
	"strings"
	"time"
)

// time leaves out the batch between warm-up and timing, as trtexec does.
func (f *fake) time() {
	if f.release != "11.1.0" && !f.has("useCudaGraph") {
		panic("a timing without CUDA graph")
	}
	f.say("I", "Starting inference")
	n := f.number("iterations")
	if f.number("warmUp") > 0 {
		n--
	}
	const ms = 0.484512
	text := "[\n"
	for i := range n {
		compute := fmt.Sprintf("%.6g", ms+0.0001*float64(i%2))
		switch {
		case f.flaw == "nan" && i == 1:
			compute = "-nan"
		case f.flaw == "zero" && i == 1:
			compute = "0"
		}
		separator := ", "
		if i == 0 {
			separator = "  "
		}
		text += separator + `{ "startEnqMs" : 4.19666, "endEnqMs" : 4.28702, "startH2dMs" : 4.17414, "endH2dMs" : 4.17414, "startComputeMs" : 4.17414, "endComputeMs" : 4.65866, "startD2hMs" : 4.65866, "endD2hMs" : 4.65866, "h2dMs" : 0, "computeMs" : ` + compute + ", \"d2hMs\" : 0, \"latencyMs\" : 0.484512 }\n"
	}
	text += "]\n"
	if f.flaw == "half" {
		text = text[:len(text)/2]
	}
	begun := time.Now()
	switch f.flaw {
	case "watched":
		time.Sleep(300 * time.Millisecond)
	case "visited":
		write(os.Getenv(fakeOthers), "77, python\n")
	case "left":
		write(os.Getenv(fakeOthers), "")
	}
	f.say("I", "Warmup completed 1 queries over %d ms", f.number("warmUp"))
	if f.flaw == "fewer" {
		text, n = text[:strings.Index(text, "\n, ")]+"\n]\n", 1
	}
	f.say("I", "Timing trace has %d queries over %.6g s", n, time.Since(begun).Seconds())
	for range min(n, 400) {
		f.say("I", "Average on 1 runs - GPU latency: 0.484512 ms - Host latency: 0.484512 ms (enqueue 0.003 ms)")
	}
	f.summary(ms, n)
	if f.flaw != "no file" {
		write(f.flags["exportTimes"], text)
	}
}

func (f *fake) summary(ms float64, n int) {
	median := ms
	if n%2 == 0 {
		median += 0.00005
	}
	if f.flaw == "median" {
		median *= 1.01
	}
	f.say("I", "=== Performance summary ===")
	f.say("I", "Throughput: 130.298 qps")
	f.say("I", "Latency: min = 5.38672 ms, max = 13.3664 ms, mean = 7.60628 ms, median = 7.16092 ms, percentile(90%%) = 10.2996 ms")
	f.say("I", "GPU Compute Time: min = 0.484512 ms, max = 0.484612 ms, mean = 0.484562 ms, median = %.6g ms, percentile(90%%) = 0.484612 ms", median)
	if f.flaw != "warnings" {
		return
	}
	f.say("W", "[TRT] TensorRT was linked against a library of another version")
	if f.release == "11.1.0" {
		f.say("W", "CUDA graph capture failed. The inference will be launched without using CUDA graph.")
	} else {
		f.say("W", "The specified --useCudaGraph flag has been ignored. The inference will be launched without using CUDA graph launch.")
	}
	f.say("W", "* GPU compute time is unstable, with coefficient of variance = 5.55763%%.")
	f.say("W", "  If not already in use, locking GPU clock frequency may improve the stability.")
	f.say("W", "* Throughput may be bound by Enqueue Time rather than GPU Compute and the GPU may be under-utilized.")
	f.say("W", "  If not already in use, --useCudaGraph (utilize CUDA graphs where possible) may increase the throughput.")
}

func (f *fake) profile() {
	if f.has("useCudaGraph") || f.release == "11.1.0" != f.has("noCudaGraph") || f.release == "11.1.0" == f.has("separateProfileRun") {
		panic("a profile with the wrong flags")
	}
	median, percentage := "0.004544", "1.00949"
	if f.flaw == "nan" {
		median, percentage = "inf", "-nan"
	}
	text := fmt.Sprintf("[\n  { \"count\" : 50 }\n"+
		", { \"name\" : \"/s1.b1/conv + act \"fused\", \\ [x]\", \"timeMs\" : 31.3879, \"averageMs\" : 0.00474854, \"medianMs\" : %s, \"percentage\" : %s }\n"+
		", { \"name\" : \"copy\", \"timeMs\" : 0, \"averageMs\" : 0, \"medianMs\" : 0, \"percentage\" : -nan }\n]\n", median, percentage)
	if f.flaw == "half" {
		text = text[:len(text)/2]
	}
	write(f.flags["exportProfile"], text)
}

// fakeSMI is nvidia-smi.
func fakeSMI(arguments []string) int {
	values := map[string]string{
		"name": "NVIDIA H100 80GB HBM3", "uuid": gpuUUID, "compute_cap": "9.0", "memory.total": "81559", "driver_version": "580.82.07",
		"clocks.sm": "1980", "clocks.mem": "2619", "temperature.gpu": "41", "power.draw": "312.57", "clocks_event_reasons.active": "0x0000000000000000",
	}
	if os.Getenv(fakeFlaw) == "other GPU" {
		values["uuid"] = "GPU-0"
	}
	looped := false
	var fields []string
	for _, a := range arguments {
		if q, ok := strings.CutPrefix(a, "--query-gpu="); ok {
			fields = strings.Split(q, ",")
		}
		looped = looped || strings.HasPrefix(a, "--loop-ms=")
	}
	if len(fields) == 0 {
		if others := os.Getenv(fakeOthers); others != "" {
			text, _ := os.ReadFile(others) // there are none before it is there
			fmt.Print(string(text))
		}
		return 0
	}
	for {
		var line []string
		for _, field := range fields {
			value := values[field]
			if field == "timestamp" {
				value = time.Now().UTC().Format("2006/01/02 15:04:05.000")
			}
			line = append(line, value)
		}
		fmt.Println(strings.Join(line, ", "))
		if !looped {
			return 0
		}
		time.Sleep(10 * time.Millisecond)
	}
}
