package train

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/trtnas/trtnas/trt"
)

var settings = Settings{Images: "made up", Epochs: 9, Resolution: 64, Seed: 1}

func request() Request {
	return Request{Contract: Contract, Do: Train, Settings: settings, Network: "ab", Until: 3}
}

// Whatever a program does is told apart.
func TestFailures(t *testing.T) {
	tests := []struct {
		mode    string
		class   trt.Class
		message string
	}{
		{"text", BadOutput, `"Downloading weights..." is no event`},
		{"array", BadOutput, "is no event"},
		{"kind", BadOutput, `event "finished": unknown kind`},
		{"percent", BadOutput, "top-1 100.1 of 50 images"},
		{"no images", BadOutput, "top-1 50 of 0 images"},
		{"too early", BadOutput, "epoch 0, asked until epoch 3"},
		{"class", BadOutput, `unknown class "bored"`},
		{"question", BadOutput, "not an answer to train"},
		{"two ends", BadOutput, `"progress" after "done"`},
		{"half", BadOutput, "is no event"},
		{"flood", BadOutput, "a line of more than 65536 bytes"},
		{"talkative", BadOutput, "more than 67108864 bytes"},
		{"nothing", BadOutput, "it ended without a result"},
		{"invalid", trt.InvalidNetwork, "no attention"},
		{"memory", trt.OutOfMemory, "it does not say why"},
		{"diverged", Diverged, "nan"},
		{"crash", trt.Crash, "exit code 3; it said last: cannot reach the cluster"},
		{"signal", trt.Crash, "killed"},
		{"done, then fails", trt.Crash, "exit code 1"},
		{"good", "", ""},
		{"no newline", "", ""},
	}
	for _, test := range tests {
		t.Run(test.mode, func(t *testing.T) {
			t.Parallel()
			event, failure, err := fake(test.mode).ask(context.Background(), request(), nil)
			switch {
			case err != nil:
				t.Fatal(err)
			case test.class == "" && (failure != nil || event.Event != Done || event.Epoch != 3):
				t.Errorf("%+v, failure %+v", event, failure)
			case test.class != "" && (failure == nil || failure.Class != test.class || !strings.Contains(failure.Message, test.message)):
				t.Errorf("failure %+v, want %s: ...%s...", failure, test.class, test.message)
			}
		})
	}
}

// What hangs is ended, and so is what it started.
func TestLimits(t *testing.T) {
	tests := []struct {
		mode          string
		time, silence time.Duration
		class         trt.Class
		message       string
	}{
		{"silent", 0, 200 * time.Millisecond, Silent, "no event for 200ms"},
		{"slow", 300 * time.Millisecond, time.Minute, trt.Timeout, "no end within 300ms"},
		{"child", 0, time.Second, Silent, "no event for 1s"},
	}
	for _, test := range tests {
		t.Run(test.mode, func(t *testing.T) {
			t.Parallel()
			pid := filepath.Join(t.TempDir(), "pid")
			p := fake(test.mode, pid)
			p.Time, p.Silence = test.time, test.silence
			_, failure, err := p.ask(context.Background(), request(), nil)
			if err != nil || failure == nil || failure.Class != test.class || !strings.Contains(failure.Message, test.message) {
				t.Fatalf("failure %+v, error %v, want %s: %s", failure, err, test.class, test.message)
			}
			if test.mode == "child" {
				gone(t, pid)
			}
		})
	}
}

func gone(t *testing.T, file string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(string(text))
	if err != nil {
		t.Fatal(err)
	}
	for range 100 {
		if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) || zombie(pid) {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Errorf("process %d, which the program started, is still there", pid)
}

// zombie: nobody may be there to reap what lost its parent.
func zombie(pid int) bool {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	return err != nil || strings.Contains(string(stat), ") Z ")
}

func TestStop(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	_, failure, err := fake("slow").ask(ctx, request(), func(Event) { cancel() })
	if !errors.Is(err, context.Canceled) || failure != nil {
		t.Errorf("error %v, failure %+v: a stop is no failure of the network", err, failure)
	}
}

// Nothing of arguments or of variables that are called like secrets gets into
// a message.
func TestSecrets(t *testing.T) {
	p := fake("crash", "--password=open sesame")
	p.Env = append(p.Env, "CLUSTER_TOKEN=hunter2hunter2")
	_, failure, err := p.ask(context.Background(), request(), nil)
	if err != nil || failure == nil {
		t.Fatalf("failure %+v, error %v", failure, err)
	}
	if want := "exit code 3; it said last: cannot reach the cluster with *** and ***"; failure.Message != want {
		t.Errorf("%q, want %q", failure.Message, want)
	}
}

// Without a description there is nothing to train under.
func TestDescribe(t *testing.T) {
	training, err := fake("good").Describe(context.Background(), settings)
	if err != nil {
		t.Fatal(err)
	}
	if training.Data != "made up" || training.Program != "fake" || training.Epochs != 9 || training.Seed != 1 || training.Validation != 50 || training.Versions["fake"] != "1" {
		t.Errorf("%+v", training)
	}
	missing := fake("good")
	missing.Path = "/nonexistent/trainer"
	tests := []struct {
		program Program
		message string
	}{
		{fake("describe text"), "could not say what it trains on: bad output"},
		{fake("describe setup"), "no images"},
		{fake("describe two ends"), "not an answer to describe"},
		{missing, "check that the program is there"},
	}
	for _, test := range tests {
		_, err := test.program.Describe(context.Background(), settings)
		var setup SetupError
		if !errors.As(err, &setup) || !strings.Contains(err.Error(), test.message) {
			t.Errorf("error %v, want a SetupError with %q", err, test.message)
		}
	}
	if _, _, err := fake("setup").ask(context.Background(), request(), nil); !errors.As(err, new(SetupError)) {
		t.Errorf("a setup failure in training: %v", err)
	}
}

// Descriptions are bounded.
func TestDescriptionIsChecked(t *testing.T) {
	good := Event{Event: Described, Data: "d", Fingerprint: "f", Recipe: "r", Classes: 2, Validation: 1}
	ask := Request{Do: Describe}
	if err := good.check(ask); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*Event){
		"no data":       func(e *Event) { e.Data = "" },
		"a long recipe": func(e *Event) { e.Recipe = strings.Repeat("x", mostText+1) },
		"one class":     func(e *Event) { e.Classes = 1 },
		"no validation": func(e *Event) { e.Validation = 0 },
		"long versions": func(e *Event) { e.Versions = map[string]string{"v": strings.Repeat("x", mostText+1)} },
		"many versions": func(e *Event) {
			e.Versions = map[string]string{}
			for i := range mostVersions + 1 {
				e.Versions[strconv.Itoa(i)] = "1"
			}
		},
	} {
		bad := good
		change(&bad)
		if bad.check(ask) == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}
