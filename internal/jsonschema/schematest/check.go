// Package schematest holds what is written as JSON to the schemas in docs/schemas,
// for tests.
package schematest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Schemas is a folder of them.
type Schemas struct{ Folder string }

// File is where a schema is kept: trtnas.front/1 in front-1.json.
func (s Schemas) File(name string) string {
	return filepath.Join(s.Folder, strings.ReplaceAll(strings.TrimPrefix(name, "trtnas."), "/", "-")+".json")
}

// Check says in what the documents, one or more behind each other, differ from the
// schema of that name.
func (s Schemas) Check(name string, documents []byte) error {
	c := jsonschema.NewCompiler()
	c.AssertFormat() // of dates
	schema, err := c.Compile(s.File(name))
	if err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(documents))
	d.UseNumber()
	for n := 0; ; n++ {
		var v any
		err := d.Decode(&v)
		if errors.Is(err, io.EOF) && n > 0 {
			return nil
		}
		if err == nil {
			err = schema.Validate(v)
		}
		if err != nil {
			return fmt.Errorf("document %d: %w", n+1, err)
		}
	}
}
