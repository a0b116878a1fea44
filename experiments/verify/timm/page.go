package main

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"text/template"

	_ "embed"

	"github.com/trtnas/trtnas/predictor/latency"
)

// Page is the whole result.
type Page struct {
	Date, Versions string
	Profile        *latency.Profile
	Rows           []Row
}

// Family has the networks of a family whose kernels differ, and why.
type Family struct {
	Family, Reason string
	Rows           []Row
}

//go:embed page.md.tmpl
var pageText string

var pageTemplate = template.Must(template.New("page").Funcs(template.FuncMap{
	"percent":            func(v float64) float64 { return 100 * v },
	"convolutionalBound": func() float64 { return convolutionalBound },
	"otherBound":         func() float64 { return otherBound },
	"less": func(a, b int64) string {
		if a == b {
			return "0"
		}
		return fmt.Sprintf("%+d", a-b)
	},
}).Parse(pageText))

func (p Page) write(folder string) error {
	var text bytes.Buffer
	if err := pageTemplate.Execute(&text, p); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, "README.md"), text.Bytes(), 0o644)
}

// Equal counts the networks without a kernel that differs.
func (p Page) Equal() int {
	n := 0
	for _, r := range p.Rows {
		if r.Error == "" && len(r.Surplus) == 0 {
			n++
		}
	}
	return n
}

// Worst is the network with the greatest difference in latency.
func (p Page) Worst() Row {
	var worst Row
	for _, r := range p.Rows {
		if r.Error == "" && (worst.Name == "" || math.Abs(r.Difference()) > math.Abs(worst.Difference())) {
			worst = r
		}
	}
	return worst
}

// Families are those with kernels that differ.
func (p Page) Families() []Family {
	var all []Family
	for _, r := range p.Rows {
		if len(r.Surplus) == 0 {
			continue
		}
		if len(all) == 0 || all[len(all)-1].Family != r.Family {
			all = append(all, Family{Family: r.Family, Reason: r.Reason})
		}
		last := &all[len(all)-1]
		last.Rows = append(last.Rows, r)
	}
	return all
}

const askVersions = `import platform, torch, timm
print(f"Python {platform.python_version()}, PyTorch {torch.__version__}, timm {timm.__version__}")`

func versions(ctx context.Context, python string) (string, error) {
	out, err := exec.CommandContext(ctx, python, "-c", askVersions).Output()
	if err != nil {
		return "", fmt.Errorf("%s lacks what requirements.txt lists (%w): use `make verify-timm`, which installs it", python, err)
	}
	return strings.TrimSpace(string(out)) + ", " + runtime.Version(), nil
}
