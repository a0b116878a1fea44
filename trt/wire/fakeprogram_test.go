package wire

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/trtnas/trtnas/trt"
)

// The environment of the test binary as a program that is started.
const (
	fakeFlaw = "TRTNAS_FAKE_FLAW" // "op flaw", such as "time crash"; "none" is a program without flaws
	fakeOnce = "TRTNAS_FAKE_ONCE" // a file that, once it is there, stands for a flaw that is over
	fakeKid  = "TRTNAS_FAKE_KID"  // a file for the process ID of a child that the program starts
)

func TestMain(m *testing.M) {
	flaw := os.Getenv(fakeFlaw)
	if flaw == "" {
		os.Exit(m.Run())
	}
	if err := runFake(flaw); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func runFake(flaw string) error {
	f := &fake{}
	if once := os.Getenv(fakeOnce); once != "" {
		if _, err := os.Stat(once); err == nil {
			flaw = "none"
		} else if err := os.WriteFile(once, nil, 0o600); err != nil {
			return err
		}
	}
	f.op, f.flaw, _ = strings.Cut(flaw, " ")
	if path := os.Getenv(fakeKid); path != "" {
		kid := exec.Command("sleep", "1000")
		kid.Stdout, kid.Stderr = os.Stdout, os.Stderr
		if err := kid.Start(); err != nil {
			return err
		}
		if err := os.WriteFile(path, fmt.Append(nil, kid.Process.Pid), 0o600); err != nil {
			return err
		}
	}
	return Serve(context.Background(), os.Stdin, os.Stdout, f)
}

// fake builds plans that are the model's path, and times engines as long as
// its own process ID.
type fake struct {
	op, flaw string
	plans    []string
}

// wrong does what is planted for op.
func (f *fake) wrong(op Op) error {
	if f.op != string(op) {
		return nil
	}
	fmt.Fprintln(os.Stderr, "[E] last words")
	switch f.flaw {
	case "exit":
		os.Exit(3)
	case "crash":
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	case "hang":
		time.Sleep(time.Hour)
	case "deaf": // answers nothing any more and stays
		_ = os.Stdout.Close()
		time.Sleep(time.Hour)
	case "half line":
		fmt.Print(`{"id":`)
		os.Exit(0)
	case "garbage":
		fmt.Println("a library says hello")
	case "wrong id":
		fmt.Println(`{"id":4711}`)
	case "other answer":
		fmt.Println(`{"id":1,"built":{}}` + "\n" + `{"id":2,"hello":{}}` + "\n" + `{"id":3}`)
	case "huge line":
		fmt.Println(strings.Repeat("x", maxResponse+1))
	case "later":
		time.AfterFunc(20*time.Millisecond, func() { os.Exit(4) })
	case "class":
		return &trt.Failure{Class: trt.StaleEngine, Message: "it is old", Output: "[E] old"}
	case "lost":
		return &trt.Failure{Class: trt.DeviceLost, Message: "an illegal memory access was encountered"}
	case "text":
		return errors.New("Error Code 1: Cuda Runtime (out of memory)")
	case "unknown text":
		return errors.New("it does not feel like it")
	}
	return nil
}

func (f *fake) Hello(context.Context) (HelloResponse, error) {
	h := HelloResponse{Version: Version, Device: trt.Device{
		Name: "Fake GPU", UUID: "GPU-1", Library: trt.TensorRT, Version: "10.6.0", Access: trt.AccessProgram, Typings: []trt.Typing{trt.Weak},
	}}
	if f.op == string(Hello) {
		switch f.flaw {
		case "version":
			h.Version++
		case "no device":
			h.Device, h.NoDevice = trt.Device{Version: "10.6.0"}, "no CUDA-capable device is detected"
		case "driver":
			h.Device, h.NoDevice = trt.Device{}, "CUDA error 803: system has unsupported display driver / cuda driver combination"
		case "other device":
			h.Device.UUID = "GPU-2"
		}
	}
	return h, f.wrong(Hello)
}

func (f *fake) Build(_ context.Context, r BuildRequest) (trt.EngineInfo, error) {
	if err := f.wrong(Build); err != nil {
		return trt.EngineInfo{}, err
	}
	asked := fmt.Sprintf("%s %s %d %d %q", r.Precision, r.Typing, r.Level, r.WorkspaceMiB, r.Target)
	if r.TimingCache != "" {
		if err := os.WriteFile(r.TimingCache, nil, 0o600); err != nil {
			return trt.EngineInfo{}, err
		}
	}
	return trt.EngineInfo{Bytes: 5, Warnings: []string{asked}}, os.WriteFile(r.Plan, []byte(r.Model), 0o600)
}

func (f *fake) Load(_ context.Context, r LoadRequest) (LoadResponse, error) {
	if err := f.wrong(Load); err != nil {
		return LoadResponse{}, err
	}
	plan, err := os.ReadFile(r.Plan)
	f.plans = append(f.plans, string(plan))
	return LoadResponse{Engine: len(f.plans), MemoryBytes: 4096}, err
}

func (f *fake) Time(_ context.Context, r TimeRequest) (TimeResponse, error) {
	if err := f.wrong(Time); err != nil {
		return TimeResponse{}, err
	}
	samples := make([]int64, r.Samples)
	for i := range samples {
		samples[i] = int64(os.Getpid())
	}
	return TimeResponse{SamplesNS: samples, Health: []trt.Health{{SMClockMHz: 1980}}, Warnings: []string{f.plans[r.Engine-1]}}, nil
}

// Outputs is twice the input.
func (f *fake) Outputs(_ context.Context, r OutputsRequest) ([]Tensor, error) {
	if err := f.wrong(Outputs); err != nil {
		return nil, err
	}
	data, err := os.ReadFile(r.Input)
	if err != nil {
		return nil, err
	}
	values := make([]float32, len(data)/4)
	if _, err := binary.Decode(data, binary.NativeEndian, values); err != nil {
		return nil, err
	}
	for i := range values {
		values[i] *= 2
	}
	shape := []int{1, len(values)}
	if f.op == string(Outputs) && f.flaw == "short" {
		shape[1]++
	}
	file := filepath.Join(r.Folder, "out")
	return []Tensor{{Name: "logits", Shape: shape, File: file}}, WriteTensor(file, values)
}

func (f *fake) Profile(_ context.Context, r ProfileRequest) ([]trt.Layer, error) {
	return []trt.Layer{{Name: "s1.b1", Time: time.Duration(r.Runs)}}, f.wrong(Profile)
}

func (f *fake) Unload(context.Context, UnloadRequest) error { return f.wrong(Unload) }
