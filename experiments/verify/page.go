package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"text/template"

	_ "embed"

	"github.com/trtnas/trtnas/experiments/export"
)

// Page is the whole result.
type Page struct {
	Date     string
	Versions string
	Rows     []Row
}

//go:embed page.md.tmpl
var pageText string

var pageTemplate = template.Must(template.New("page").Funcs(template.FuncMap{
	"millions": func(n int64) string { return fmt.Sprintf("%.3f M", float64(n)/1e6) },
	"billions": func(n int64) string { return fmt.Sprintf("%.3f G", float64(n)/1e9) },
	"params": func(r Row) string {
		if r.Published == nil {
			return "–"
		}
		return against(r.Params, r.Published.Params, r.Published.ParamsWithin)
	},
	"macs": func(r Row) string {
		if r.Published == nil {
			return "–"
		}
		return against(r.MACs, r.Published.MACs, r.Published.MACsWithin)
	},
	"error": func(v float64) string { return fmt.Sprintf("%.0e", v) },
	"rtx": func(r Row) string {
		return fmt.Sprintf("%.1f / %.1f s", r.RTX[export.ONNX].Seconds, r.RTX[export.ONNXFP16].Seconds)
	},
}).Parse(pageText))

// against writes the difference from a published figure, known to within.
func against(ours, published, within int64) string {
	switch d := ours - published; {
	case published == 0:
		return "–"
	case d == 0:
		return "0"
	case max(d, -d) <= within:
		return "rounding"
	default:
		return fmt.Sprintf("%+.2f %%", 100*float64(d)/float64(published))
	}
}

func (p Page) write(o options) error {
	var page bytes.Buffer
	if err := pageTemplate.Execute(&page, p); err != nil {
		return err
	}
	results, err := json.MarshalIndent(p, "", " ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(o.results(), append(results, '\n'), 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(o.folder, "README.md"), page.Bytes(), 0o644)
}

const askVersions = `import platform, onnx, onnxruntime, torch, timm, tensorrt_rtx_bindings as t
print(f"Python {platform.python_version()}, onnx {onnx.__version__}, ONNX Runtime {onnxruntime.__version__}, " +
      f"PyTorch {torch.__version__}, timm {timm.__version__}, TensorRT-RTX {t.__version__}")`

func versions(ctx context.Context, python string) (string, error) {
	out, err := exec.CommandContext(ctx, python, "-c", askVersions).Output()
	if err != nil {
		return "", fmt.Errorf("%s lacks what requirements.txt lists (%w): use `make verify`, which installs it", python, err)
	}
	return strings.TrimSpace(string(out)) + ", " + runtime.Version(), nil
}
