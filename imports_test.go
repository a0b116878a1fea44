package trtnas_test

import (
	"slices"
	"strings"
	"testing"
)

const module = "github.com/trtnas/trtnas/"

// rule says what a package may import beyond the standard library. A pattern
// that ends in /... stands for a package and all below it.
type rule struct {
	ours   []string // without the module's path
	theirs []string
}

// Imports flow one way, as docs/architecture.md says.
var (
	networks   = []string{"space/..."}
	models     = []string{"predictor/..."}
	evaluation = slices.Concat(networks, models, []string{"trt", "evaluator"})
	drivers    = []string{"trt/..."}
	everything = slices.Concat(evaluation, []string{"search", "store"})
)

var rules = map[string]rule{
	// Wire types, generated.
	"internal/onnx": {theirs: []string{"google.golang.org/protobuf/..."}},

	// Schemas of what is written, and a library that checks them in tests.
	"internal/jsonschema":            {},
	"internal/jsonschema/schematest": {theirs: []string{"github.com/santhosh-tekuri/jsonschema/v6"}},

	"space/graph":     {},
	"space/layer":     {ours: []string{"space/graph"}},
	"space/weights":   {ours: []string{"space/graph"}},
	"space/onnx":      {ours: []string{"space/graph", "space/weights", "internal/onnx"}, theirs: []string{"google.golang.org/protobuf/..."}},
	"space/torch":     {ours: []string{"space", "space/graph", "space/weights"}},
	"space":           {ours: []string{"space/graph", "space/layer"}, theirs: []string{"go.yaml.in/yaml/v3"}},
	"space/reference": {ours: []string{"space", "space/graph", "space/layer"}},

	"predictor":            {theirs: []string{"gonum.org/v1/gonum/..."}},
	"predictor/latency":    {ours: []string{"predictor", "space/graph"}, theirs: []string{"gonum.org/v1/gonum/..."}},
	"predictor/correction": {theirs: []string{"gonum.org/v1/gonum/..."}},
	"predictor/accuracy":   {ours: []string{"predictor", "space/graph"}, theirs: []string{"gonum.org/v1/gonum/..."}},

	"trt":         {},
	"trt/trttest": {ours: []string{"trt"}},
	"trt/sim":     {ours: []string{"trt"}},
	"trt/replay":  {ours: []string{"trt"}},
	"trt/local":   {ours: []string{"trt", "trt/python", "trt/trtexec", "trt/wire"}},
	"trt/wire":    {ours: []string{"trt", "trt/process"}},
	"trt/python":  {ours: []string{"trt", "trt/wire"}},
	"trt/ort":     {ours: []string{"trt", "trt/process", "trt/wire"}},
	// trtexec and nvidia-smi are other programs.
	"trt/process": {ours: []string{"trt"}},
	"trt/smi":     {ours: []string{"trt", "trt/process"}},
	"trt/trtexec": {ours: []string{"trt", "trt/process", "trt/smi"}},
	"evaluator":   {ours: slices.Concat(networks, models, []string{"trt", "evaluator/zerocost"}), theirs: []string{"golang.org/x/sync/errgroup"}},
	// A training is another program, that may hang, crash or take all memory.
	"evaluator/train": {ours: slices.Concat(networks, []string{"trt", "trt/process", "evaluator"}), theirs: []string{"golang.org/x/sync/errgroup"}},
	// Workers measure and train; all that they are sent goes through here.
	"evaluator/fleet":       {ours: []string{"space", "predictor/accuracy", "trt", "evaluator"}, theirs: []string{"github.com/nats-io/nats.go/...", "golang.org/x/sync/errgroup"}},
	"evaluator/fleet/embed": {ours: []string{"evaluator/fleet"}, theirs: []string{"github.com/nats-io/nats-server/v2/server"}},
	// Proxies are computed by another program, from what is exported.
	"evaluator/zerocost": {ours: slices.Concat(networks, []string{"predictor", "trt/process"}), theirs: []string{"gonum.org/v1/gonum/..."}},
	// A search knows nothing of networks.
	"search": {theirs: []string{"github.com/MaxHalford/eaopt"}},
	"store":  {ours: []string{"space", "evaluator", "evaluator/zerocost", "trt", "store/pages"}, theirs: []string{"github.com/mattn/go-sqlite3"}},
	// Reads what SQLite no longer can.
	"store/pages": {},

	"experiments":                 {ours: slices.Concat(everything, []string{"evaluator/train", "evaluator/zerocost", "evaluator/fleet/...", "experiments/device", "experiments/report"}), theirs: []string{"golang.org/x/sync/errgroup"}},
	"experiments/device":          {ours: slices.Concat(evaluation, drivers, []string{"evaluator/fleet"})},
	"experiments/live":            {ours: []string{"experiments", "evaluator", "trt"}, theirs: []string{"golang.org/x/term"}},
	"experiments/export":          {ours: slices.Concat(everything, []string{"experiments/report"})},
	"experiments/verify":          {ours: slices.Concat(everything, []string{"experiments", "experiments/device", "experiments/export", "experiments/verify/peers"})},
	"experiments/verify/peers":    {},
	"experiments/verify/device":   {ours: []string{"space", "space/onnx", "space/reference", "trt", "trt/wire"}},
	"experiments/verify/soak":     {ours: []string{"evaluator/fleet", "evaluator/fleet/embed"}, theirs: []string{"github.com/mattn/go-sqlite3", "github.com/nats-io/nats.go"}},
	"experiments/verify/zerocost": {ours: slices.Concat(networks, models, []string{"evaluator/zerocost", "experiments/verify/peers"})},
	"experiments/verify/fractals": {ours: []string{"predictor", "predictor/accuracy"}},
	"experiments/verify/timm":     {ours: slices.Concat(networks, models, []string{"experiments/verify/peers"})},
	"experiments/gpu/blocks":      {ours: []string{"space", "space/onnx"}},
	"experiments/study":           {ours: slices.Concat(everything, []string{"experiments", "experiments/device", "experiments/report"})},
	"experiments/exploit":         {ours: slices.Concat(everything, []string{"experiments"})},
	"experiments/compare":         {ours: slices.Concat(everything, []string{"experiments", "experiments/report"}), theirs: []string{"gonum.org/v1/gonum/..."}},
	"experiments/importance":      {ours: slices.Concat(everything, []string{"experiments", "experiments/report"}), theirs: []string{"gonum.org/v1/gonum/..."}},
	"experiments/optuna":          {ours: slices.Concat(everything, []string{"experiments", "experiments/report"}), theirs: []string{"github.com/mattn/go-sqlite3"}},
	"experiments/report":          {ours: slices.Concat(everything, []string{"evaluator/zerocost"})},
	"experiments/ui":              {ours: []string{"experiments", "experiments/report", "store"}},
	"experiments/ui/page":         {ours: []string{"experiments", "experiments/report", "store"}},
	"experiments/bench/nsga2":     {ours: []string{"search"}},
	"experiments/bench/search":    {ours: []string{"search", "space", "evaluator", "store"}},
	"experiments/bench/scale":     {ours: []string{"space", "trt", "evaluator", "evaluator/fleet", "evaluator/fleet/embed", "predictor/accuracy"}, theirs: []string{"github.com/mattn/go-sqlite3"}},
	"experiments/bench/export":    {ours: []string{"space", "space/graph", "space/onnx", "space/reference", "space/torch", "space/weights"}},

	// The second program, and the only one with CUDA and TensorRT in its process.
	"cmd/trtnas-device":           {ours: []string{"trt", "trt/wire", "cmd/trtnas-device/..."}},
	"cmd/trtnas-device/artifact":  {ours: []string{"trt"}},
	"cmd/trtnas-device/cudastub":  {},
	"cmd/trtnas-device/gpu":       {ours: []string{"trt"}, theirs: []string{"C", "gorgonia.org/cu", "github.com/NVIDIA/go-nvml/pkg/nvml"}},
	"cmd/trtnas-device/gpu/probe": {theirs: []string{"C"}},
	"cmd/trtnas-device/nvinfer":   {ours: []string{"trt"}, theirs: []string{"C"}},

	"cmd/trtnas": {
		ours:   slices.Concat(everything, []string{"evaluator/train", "evaluator/zerocost", "evaluator/fleet", "experiments", "experiments/compare", "experiments/device", "experiments/export", "experiments/importance", "experiments/live", "experiments/optuna", "experiments/report", "experiments/ui", "experiments/ui/page", "experiments/study"}),
		theirs: []string{"github.com/spf13/cobra/...", "github.com/spf13/pflag"},
	},
}

// Tests may look at any package, and use these.
var (
	testRoot   = "." // the tests of the repository as a whole, beside this file
	testModule = []string{"pgregory.net/rapid", "github.com/rogpeppe/go-internal/testscript", "github.com/creack/pty"}
)

func TestImports(t *testing.T) {
	for _, s := range sources(t) {
		r, listed := rules[s.folder]
		if !listed && s.folder != testRoot {
			t.Errorf("%s: package %s has no rule: decide what it may import, and add it to rules in imports_test.go and to the table in docs/architecture.md", s.path, s.folder)
			continue
		}
		if s.test {
			r = rule{ours: []string{"..."}, theirs: append(slices.Clone(r.theirs), testModule...)}
		}
		for _, spec := range s.file.Imports {
			if target := strings.Trim(spec.Path.Value, `"`); !r.allows(target) {
				t.Errorf("%s: %s may not import %s: move the code to where it belongs, or change rules in imports_test.go and the table in docs/architecture.md, with the reason",
					s.fset.Position(spec.Pos()), s.folder, target)
			}
		}
	}
}

// Rules for packages that are gone would let a new one of that name in unseen.
func TestRulesAreForPackages(t *testing.T) {
	present := map[string]bool{}
	for _, s := range sources(t) {
		present[s.folder] = true
	}
	for folder := range rules {
		if !present[folder] {
			t.Errorf("rules in imports_test.go has %s, which has no Go files: remove its row", folder)
		}
	}
}

func (r rule) allows(target string) bool {
	if own, ok := strings.CutPrefix(target, module); ok {
		return matchesAny(r.ours, own)
	}
	host, _, _ := strings.Cut(target, "/")
	standard := !strings.Contains(host, ".") && target != "C"
	return standard || matchesAny(r.theirs, target)
}

func matchesAny(patterns []string, target string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		root, below := strings.CutSuffix(pattern, "...")
		if !below {
			return pattern == target
		}
		return strings.HasPrefix(target+"/", root)
	})
}

func TestMatch(t *testing.T) {
	tests := []struct {
		pattern, target string
		want            bool
	}{
		{"space", "space", true},
		{"space", "space/graph", false},
		{"space/...", "space", true},
		{"space/...", "space/graph", true},
		{"space/...", "spaceship", false},
		{"...", "store", true},
	}
	for _, test := range tests {
		if got := matchesAny([]string{test.pattern}, test.target); got != test.want {
			t.Errorf("%q matches %q: %v, want %v", test.pattern, test.target, got, test.want)
		}
	}
}
