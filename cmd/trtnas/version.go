package main

import (
	"cmp"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/trtnas/trtnas/experiments/report"
)

// version is the module's version, or the commit that the program was built from,
// and Go's.
func version() report.Version {
	v := report.Version{Schema: report.VersionSchema, Version: "unknown", Go: runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return v
	}
	v.Version = cmp.Or(info.Main.Version, "(devel)")
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			v.Commit = s.Value
		}
	}
	return v
}

func newVersion() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use: "version", Short: "Say which version this is", Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error { return write(c, asJSON, version()) },
	}
	jsonFlag(c, &asJSON)
	return c
}
