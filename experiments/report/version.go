package report

import (
	"fmt"
	"io"
)

// VersionSchema names the JSON format of a Version.
const VersionSchema = "trtnas.version/1"

// Version says which program this is.
type Version struct {
	Schema  string `json:"schema"`
	Version string `json:"version"`          // of the module; (devel) for none
	Commit  string `json:"commit,omitempty"` // that it was built from
	Go      string `json:"go"`
	OS      string `json:"os"`
	Arch    string `json:"arch"`
}

// String is the version in a line.
func (v Version) String() string {
	commit := ""
	if v.Commit != "" {
		commit = ", commit " + v.Commit[:min(len(v.Commit), 12)]
	}
	return fmt.Sprintf("%s%s, %s %s/%s", v.Version, commit, v.Go, v.OS, v.Arch)
}

// WriteText writes the version as --version does.
func (v Version) WriteText(w io.Writer) error {
	_, err := fmt.Fprintln(w, "trtnas version", v)
	return err
}
