package wire

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/trtnas/trtnas/trt"
)

// echo answers with what it was asked, so that a test sees what arrived.
type echo struct{ err error }

func (e echo) Hello(context.Context) (HelloResponse, error) {
	return HelloResponse{Version: Version, NoDevice: "none here"}, e.err
}

func (e echo) Build(_ context.Context, r BuildRequest) (trt.EngineInfo, error) {
	return trt.EngineInfo{Bytes: int64(r.Level), Warnings: []string{r.Model, r.Plan, r.Target}}, e.err
}

func (e echo) Load(_ context.Context, r LoadRequest) (LoadResponse, error) {
	return LoadResponse{Engine: len(r.Plan)}, e.err
}

func (e echo) Time(_ context.Context, r TimeRequest) (TimeResponse, error) {
	if r.Samples < 0 {
		return TimeResponse{Health: []trt.Health{{PowerW: math.NaN()}}}, nil
	}
	return TimeResponse{SamplesNS: []int64{int64(r.Engine), int64(r.Samples), r.WarmUpNS}}, e.err
}

func (e echo) Outputs(_ context.Context, r OutputsRequest) ([]Tensor, error) {
	return []Tensor{{Name: r.Input, File: r.Folder, Shape: []int{r.Engine}}}, e.err
}

func (e echo) Profile(_ context.Context, r ProfileRequest) ([]trt.Layer, error) {
	return make([]trt.Layer, r.Runs&7), e.err
}

func (e echo) Unload(context.Context, UnloadRequest) error { return e.err }

func serve(t *testing.T, h Handler, in string) []string {
	t.Helper()
	var out bytes.Buffer
	if err := Serve(t.Context(), strings.NewReader(in), &out, h); err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
}

func TestServe(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"hello", `{"id":1,"op":"hello"}`, `{"id":1,"hello":{"version":1,"device":{"name":"","library":"","version":"","access":""},"no_device":"none here"}}`},
		{"build", `{"id":2,"op":"build","build":{"model":"m","plan":"p","level":3,"target":"8.0","precision":"fp16","typing":"strong"}}`,
			`{"id":2,"built":{"bytes":3,"build_ns":0,"warnings":["m","p","8.0"]}}`},
		{"load", `{"id":3,"op":"load","load":{"plan":"four"}}`, `{"id":3,"engine":{"engine":4,"memory_bytes":0}}`},
		{"time", `{"id":4,"op":"time","time":{"engine":1,"samples":2,"warm_up_ns":3}}`, `{"id":4,"timed":{"samples_ns":[1,2,3]}}`},
		{"outputs", `{"id":5,"op":"outputs","outputs":{"engine":1,"input":"i","folder":"f"}}`, `{"id":5,"tensors":[{"name":"i","shape":[1],"file":"f"}]}`},
		{"profile", `{"id":6,"op":"profile","profile":{"engine":1,"runs":1}}`, `{"id":6,"layers":[{"name":"","time_ns":0,"place":""}]}`},
		{"unload", `{"id":7,"op":"unload","unload":{"engine":1}}`, `{"id":7}`},
		{"quit", `{"id":8,"op":"quit"}`, `{"id":8}`},
		{"what JSON can't hold", `{"id":9,"op":"time","time":{"samples":-1}}`, `{"id":9,"error":{"message":"json: unsupported value: NaN"}}`},
		{"unknown op", `{"id":10,"op":"sing"}`, `{"id":10,"error":{"message":"unknown op \"sing\""}}`},
		{"no op", `{"id":11}`, `{"id":11,"error":{"message":"unknown op \"\""}}`},
		{"no field", `{"id":12,"op":"load"}`, `{"id":12,"error":{"message":"the field that belongs to the op is missing"}}`},
		{"two requests", `{"id":13,"op":"quit"} {}`, `{"id":13,"error":{"message":"the line has more than one request"}}`},
		{"unknown field", `{"id":14,"op":"quit","color":1}`, `{"id":14,"error":{"message":"no request of protocol version 1: json: unknown field \"color\""}}`},
		{"no JSON", `sing`, `{"id":0,"error":{"message":"no request of protocol version 1: invalid character 's' looking for beginning of value"}}`},
		{"empty line", "\n", `{"id":0,"error":{"message":"no request of protocol version 1: EOF"}}`},
		{"too long", strings.Repeat("x", maxRequest+1), `{"id":0,"error":{"message":"the request is longer than 1048576 bytes"}}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := serve(t, echo{}, test.in)
			if !jsonEqual(t, got[0], test.want) || len(got) != 1 {
				t.Errorf("got  %s\nwant %s", strings.Join(got, "\n"), test.want)
			}
		})
	}
}

func jsonEqual(t *testing.T, a, b string) bool {
	t.Helper()
	var x, y any
	if err := errors.Join(json.Unmarshal([]byte(a), &x), json.Unmarshal([]byte(b), &y)); err != nil {
		t.Fatalf("%v: %s", err, a)
	}
	return reflect.DeepEqual(x, y)
}

// After what is no request the next one is answered all the same.
func TestServeGoesOn(t *testing.T) {
	long := `{"op":"` + strings.Repeat("x", 2*maxRequest) + `"}`
	got := serve(t, echo{}, long+"\nsing\n"+`{"id":1,"op":"quit"}`+"\n"+`{"id":2,"op":"hello"}`+"\n")
	if len(got) != 3 || got[2] != `{"id":1}` {
		t.Errorf("got %d responses, want three, the last of which answers quit: %s", len(got), strings.Join(got, "\n"))
	}
}

func TestServeErrors(t *testing.T) {
	load := `{"id":1,"op":"load","load":{"plan":"p"}}`
	tests := []struct {
		name string
		err  error
		want string
	}{
		{"of a class", &trt.Failure{Class: trt.StaleEngine, Message: "old", Output: "[E] old"}, `{"id":1,"error":{"class":"stale engine","message":"old","log":"[E] old"}}`},
		{"of none", errors.New("what?"), `{"id":1,"error":{"message":"what?"}}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := serve(t, echo{test.err}, load); got[0] != test.want {
				t.Errorf("got %s, want %s", got[0], test.want)
			}
		})
	}
}

type broken struct{ io.Reader }

func (broken) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }
func (broken) Read([]byte) (int, error)  { return 0, io.ErrNoProgress }

func TestServeReturnsErrorsOfThePipes(t *testing.T) {
	if err := Serve(t.Context(), broken{}, io.Discard, echo{}); !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("reading: got %v", err)
	}
	if err := Serve(t.Context(), strings.NewReader("{}"), broken{}, echo{}); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("writing: got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := Serve(ctx, strings.NewReader("{}"), io.Discard, echo{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: got %v", err)
	}
}

// Whatever comes in, each line gets one response that can be read, until quit.
func FuzzServe(f *testing.F) {
	for _, seed := range []string{
		"", "\n\n", `{"id":1,"op":"hello"}`, `{"id":2,"op":"time","time":{"engine":1,"samples":-1}}`, `{"op":"build"}` + "\nnull\n[]",
		`{"id":1,"op":"quit"}` + "\n" + `{"id":2,"op":"hello"}`, `{"id":1e99}`, `{"op":"profile","profile":{"runs":9}}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		var out bytes.Buffer
		if err := Serve(t.Context(), strings.NewReader(in), &out, echo{}); err != nil {
			t.Fatal(err)
		}
		responses, lines := 0, bufio.NewReader(&out)
		for {
			line, err := lines.ReadBytes('\n')
			if errors.Is(err, io.EOF) && len(line) == 0 {
				break
			}
			var r Response
			if err := json.Unmarshal(line, &r); err != nil {
				t.Fatalf("response %q: %v", line, err)
			}
			responses++
		}
		if sent := requests(in); responses != sent {
			t.Errorf("%d responses to %d lines", responses, sent)
		}
	})
}

// requests are the lines up to the one that asks to quit.
func requests(in string) int {
	n := 0
	for line := range strings.Lines(in) {
		n++
		if r, err := decode([]byte(strings.TrimSuffix(line, "\n"))); err == nil && r.Op == Quit {
			break
		}
	}
	return n
}
