package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/trtnas/trtnas/predictor/accuracy"
)

var under = conditions{"fractals:32x16x32", "abc", 64, 16, "deit-short/1", "timm 1, torch 2, threads 1"}

func TestRows(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "scores.csv")
	if rows, _, err := load(path); err != nil || len(rows) > 0 {
		t.Fatalf("no file yet: %v, %v", rows, err)
	}
	want := []row{
		{job: job{"a", 0}, Top1: 12.5, Loss: 2.25, ZiCo: 586.8, MeCo: 117.75, CPUSeconds: 90},
		{job: job{"b", 1}, Failure: `ValueError: "odd", in two parts`},
	}
	for _, r := range want {
		if err := add(path, r, under); err != nil {
			t.Fatal(err)
		}
	}
	rows, c, err := load(path)
	if err != nil || !slices.Equal(rows, want) || c != under {
		t.Fatalf("%+v under %+v, %v; want %+v under %+v", rows, c, err, want, under)
	}
	other := under
	other.Epochs = 17
	if err := add(path, want[0], other); err != nil {
		t.Fatal(err)
	}
	if _, _, err := load(path); err == nil || !strings.Contains(err.Error(), "row 3") {
		t.Errorf("rows of other epochs: error %v, want one that names row 3", err)
	}
}

func TestRowsThatAreNone(t *testing.T) {
	good := strings.Join(header, ",") + "\n"
	for name, text := range map[string]string{
		"nothing":       "",
		"other columns": "network,seed\na,0\n",
		"no number":     good + "a,0,x,1,1,1,1,,i,f,64,16,r,v\n",
		"no seed":       good + "a,,1,1,1,1,1,,i,f,64,16,r,v\n",
		"too few":       good + "a,0\n",
	} {
		if _, _, err := readRows(strings.NewReader(text)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// The chosen networks are all that their comment says, each once.
func TestChosen(t *testing.T) {
	var want []string
	for _, r := range accuracy.TrainedAlike(accuracy.Rows()) {
		if r.MACs > 0.5e9 && r.MACs < 2.2e9 && r.Family != "tiny_vit" && r.Family != "crossvit" {
			want = append(want, r.Name)
		}
	}
	got := slices.Sorted(slices.Values(chosen))
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("chosen are\n%v, in the table are\n%v", got, want)
	}
}

func TestSelection(t *testing.T) {
	for text, want := range map[string]int{"chosen": len(chosen), "all": len(accuracy.TrainedAlike(accuracy.Rows())), "pvt_v2_b0.in1k,resnet18.a2_in1k": 2, "resnet18": 0} {
		names, err := selection(text)
		if len(names) != want || (err != nil) != (want == 0) {
			t.Errorf("%s: %d networks, %v; want %d", text, len(names), err, want)
		}
	}
}

func TestJobs(t *testing.T) {
	tests := []struct {
		repeats int
		again   []string
	}{{0, nil}, {1, []string{"a"}}, {2, []string{"a", "c"}}, {9, []string{"a", "b", "c", "d", "e"}}}
	for _, test := range tests {
		all := jobs([]string{"a", "b", "c", "d", "e"}, test.repeats)
		var again []string
		for _, j := range all[5:] {
			if j.Seed != 1 {
				t.Errorf("%d repeats: %+v after the first seeds", test.repeats, j)
			}
			again = append(again, j.Network)
		}
		if !slices.Equal(again, test.again) {
			t.Errorf("%d repeats: again %v, want %v", test.repeats, again, test.again)
		}
	}
}

// fake answers as train.py does, but for pit_ti, which fails.
const fake = `#!/bin/sh
echo "start $*" >> "$(dirname "$0")/log"
echo '{"event":"described","recipe":"r","fingerprint":"f","threads":1,"versions":{"torch":"2","python":"3"}}'
while read -r request; do
	echo "$request" >> "$(dirname "$0")/log"
	case "$request" in
	*pit_ti*) echo '{"event":"failed","message":"it does not fit"}' ;;
	*) echo '{"event":"trained","top1":50,"loss":1.5,"zico":2,"meco":3,"cpu_seconds":4}' ;;
	esac
done
`

// A study that is given again trains what is left, fails under other conditions,
// and writes its page.
func TestRun(t *testing.T) {
	folder := t.TempDir()
	python := filepath.Join(folder, "python")
	if err := os.WriteFile(python, []byte(fake), 0o755); err != nil {
		t.Fatal(err)
	}
	o := options{
		python: python, folder: folder, data: filepath.Join(folder, "scores.csv"), images: "fractals", resolution: 64, epochs: 2, threads: 1,
		networks: "resnet18.a2_in1k,pvt_v2_b1.in1k,pit_ti_224.in1k", repeats: 1,
	}
	if err := run(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	asked := read(t, filepath.Join(folder, "log"))
	if n := strings.Count(asked, `"network"`); n != 4 {
		t.Errorf("%d trainings, want 4:\n%s", n, asked)
	}
	if err := run(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	if again := read(t, filepath.Join(folder, "log")); again != asked {
		t.Errorf("all was there, and it asked again:\n%s", again)
	}
	text := read(t, filepath.Join(folder, "README.md"))
	for _, want := range []string{"pit_ti_224.in1k`, seed 0, has no result: it does not fit", "| resnet18.a2_in1k |", "python 3, torch 2, threads 1"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %q:\n%s", want, text)
		}
	}
	o.networks, o.epochs = "starnet_s3.in1k", 3
	if err := run(t.Context(), o); err == nil || !strings.Contains(err.Error(), "another -data") {
		t.Errorf("other epochs in the same file: %v", err)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
