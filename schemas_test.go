package trtnas_test

import (
	"flag"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/trtnas/trtnas/evaluator/fleet"
	"github.com/trtnas/trtnas/evaluator/train"
	"github.com/trtnas/trtnas/experiments"
	"github.com/trtnas/trtnas/experiments/compare"
	"github.com/trtnas/trtnas/experiments/importance"
	"github.com/trtnas/trtnas/experiments/report"
	"github.com/trtnas/trtnas/experiments/study"
	"github.com/trtnas/trtnas/experiments/ui"
	"github.com/trtnas/trtnas/internal/jsonschema"
	"github.com/trtnas/trtnas/internal/jsonschema/schematest"
	"github.com/trtnas/trtnas/predictor/latency"
	"github.com/trtnas/trtnas/trt/replay"
)

var update = flag.Bool("update", false, "write the schemas in docs/schemas anew")

var kept = schematest.Schemas{Folder: "docs/schemas"}

// written are the types of all that is written as JSON, by their schemas.
var written = map[string]any{
	"trtnas.accuracy/1":         report.Accuracy{},
	"trtnas.arch/1":             report.ArchDetail{},
	"trtnas.archs/1":            report.ArchList{},
	"trtnas.candidates/1":       report.Candidates{},
	"trtnas.check/1":            report.Check{},
	"trtnas.compare/1":          compare.Comparison{},
	"trtnas.diagnosis/1":        report.Diagnosis{},
	"trtnas.error/1":            report.Error{},
	"trtnas.files/1":            report.Files{},
	"trtnas.study/1":            study.Page{},
	"trtnas.version/1":          report.Version{},
	"trtnas.export/1":           report.Export{},
	"trtnas.front/1":            report.Front{},
	"trtnas.importance/1":       importance.Report{},
	"trtnas.job/1":              fleet.Job{},
	"trtnas.measured/1":         report.Measured{},
	"trtnas.merge/1":            report.Merge{},
	"trtnas.network/1":          report.NetworkView{},
	"trtnas.outcome/1":          fleet.Outcome{},
	"trtnas.training-job/1":     fleet.TrainingJob{},
	"trtnas.training-outcome/1": fleet.TrainingOutcome{},
	"trtnas.plan/1":             report.Plan{},
	"trtnas.point/1":            report.Prediction{},
	"trtnas.profile/1":          latency.File{},
	"trtnas.profiles/1":         report.ProfileList{},
	"trtnas.recording/1":        replay.Recording{},
	"trtnas.recovery/1":         report.Recovery{},
	"trtnas.runs/1":             report.RunList{},
	"trtnas.space-count/1":      report.SpaceCount{},
	"trtnas.space/1":            report.SpaceDetail{},
	"trtnas.spaces/1":           report.SpaceList{},
	"trtnas.told_apart/1":       report.ToldApart{},
	"trtnas.refit/1":            report.Refit{},
	"trtnas.trained/1":          report.Trained{},
	"trtnas.ui-runs/1":          ui.Runs{},
	"trtnas.validation/2":       report.Validation{},
	"trtnas.view/1":             report.View{},
	"trtnas.workers/1":          report.Workers{},
	"trtnas.worth/1":            report.Worth{},
	"trtnas.zerocost/1":         report.ZeroCost{},
	"trtnas.train-request/1":    train.Request{},
	"trtnas.train-event/1":      train.Event{},
	"trtnas.jsonl-asked/1":      experiments.Asked{},
	"trtnas.jsonl-reply/1":      experiments.Answered{},
}

// unwritten are names that begin what is hashed, or that stand for two forms.
var unwritten = []string{"trtnas.onnx/1", "trtnas.reference/1", train.Contract}

// The schemas in docs/schemas are those of the types; -update writes them anew.
func TestSchemas(t *testing.T) {
	docs := jsonschema.Docs{Root: ".", Module: strings.TrimSuffix(module, "/")}
	for name, v := range written {
		want, err := jsonschema.Write(name, v, &docs)
		if err != nil {
			t.Fatal(err)
		}
		file := kept.File(name)
		if *update {
			if err := os.WriteFile(file, want, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(file)
		if err != nil || string(got) != string(want) {
			t.Errorf("%s is not the schema of %T (%v): if readers of %s still understand what is written, run `go test . -run TestSchemas -update`; else give it a new version, as docs/cli.md says", file, v, err, name)
		}
	}
	files, err := filepath.Glob(kept.Folder + "/*.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if !slices.ContainsFunc(slices.Collect(maps.Keys(written)), func(name string) bool { return kept.File(name) == file }) {
			t.Errorf("%s is the schema of nothing", file)
		}
	}
}

var schemaName = regexp.MustCompile(`"(trtnas\.[a-z_-]+/[0-9]+)[" ]`)

// Whatever names a schema has one.
func TestSchemasAreKept(t *testing.T) {
	for _, s := range sources(t) {
		if s.test {
			continue
		}
		text, err := os.ReadFile(s.path)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range schemaName.FindAllStringSubmatch(string(text), -1) {
			if written[m[1]] == nil && !slices.Contains(unwritten, m[1]) {
				t.Errorf("%s: %s has no schema: add its type to written in schemas_test.go", s.path, m[1])
			}
		}
	}
}
