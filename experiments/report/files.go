package report

import (
	"fmt"
	"io"
)

// FilesSchema names the JSON format of Files.
const FilesSchema = "trtnas.files/1"

// Files are those, or the folders, that a command wrote.
type Files struct {
	Schema string   `json:"schema"`
	Files  []string `json:"files"`
}

// NewFiles lists what was written.
func NewFiles(names ...string) Files { return Files{FilesSchema, append([]string{}, names...)} }

// WriteText writes a name a line.
func (f Files) WriteText(w io.Writer) error {
	for _, name := range f.Files {
		if _, err := fmt.Fprintln(w, name); err != nil {
			return err
		}
	}
	return nil
}
