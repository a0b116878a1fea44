package main

import (
	"context"
	"fmt"
	"os/exec"
	"runtime"
	"strings"

	_ "embed"

	"github.com/trtnas/trtnas/predictor/latency"
)

// Page is the whole result.
type Page struct {
	Date, Versions string
	Profile        *latency.Profile
	Rows           []Row
}

func (p Page) write(folder string) error { return nil }

const askVersions = `import platform, torch, timm
print(f"Python {platform.python_version()}, PyTorch {torch.__version__}, timm {timm.__version__}")`

func versions(ctx context.Context, python string) (string, error) {
	out, err := exec.CommandContext(ctx, python, "-c", askVersions).Output()
	if err != nil {
		return "", fmt.Errorf("%s lacks what requirements.txt lists (%w): use `make verify-timm`, which installs it", python, err)
	}
	return strings.TrimSpace(string(out)) + ", " + runtime.Version(), nil
}
