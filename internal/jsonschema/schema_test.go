package jsonschema_test

import (
	"encoding/json"
	"math/big"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/trtnas/trtnas/internal/jsonschema"
	"github.com/trtnas/trtnas/internal/jsonschema/schematest"
)

type inner struct {
	Name   string `json:"name"`
	Hidden int    `json:"kind"` // by outer's
	Deep   bool
}

type list struct {
	Next *list `json:"next,omitempty"`
}

// hex writes itself as another type.
type hex int

func (h hex) MarshalJSON() ([]byte, error) { return json.Marshal(h.JSONForm()) }
func (hex) JSONForm() any                  { return []string{} }

type outer struct {
	Schema string `json:"schema"`
	inner
	Kind     string         `json:"kind"`
	Maybe    *float64       `json:"maybe"`
	Optional *inner         `json:"optional,omitempty"`
	Pair     [2]int         `json:"pair"`
	Counts   map[string]int `json:"counts"`
	Size     uint8          `json:"size"`
	Big      *big.Int       `json:"big"`
	At       time.Time      `json:"at"`
	Took     time.Duration  `json:"took"`
	List     list           `json:"list"`
	Hex      hex            `json:"hex"`
	Secret   string         `json:"-"`
	unseen   int
}

func whole() outer {
	return outer{Schema: "trtnas.outer/1", Counts: map[string]int{"a": 1}, Big: big.NewInt(7), List: list{&list{}}, unseen: 1}
}

// schemas has the schema of outer.
func schemas(t *testing.T) schematest.Schemas {
	t.Helper()
	text, err := jsonschema.Write("trtnas.outer/1", outer{}, &jsonschema.Docs{})
	if err != nil {
		t.Fatal(err)
	}
	s := schematest.Schemas{Folder: t.TempDir()}
	if err := os.WriteFile(s.File("trtnas.outer/1"), text, 0o600); err != nil {
		t.Fatal(err)
	}
	return s
}

// What encoding/json writes of a value is valid, and what it can't write is not.
func TestSchema(t *testing.T) {
	s := schemas(t)
	tests := []struct {
		name   string
		change func(map[string]any)
		wrong  string // what the error names; empty is none
	}{
		{"as written", func(map[string]any) {}, ""},
		{"an optional one", func(d map[string]any) { d["optional"] = map[string]any{"name": "", "kind": 1, "Deep": true} }, ""},
		{"a figure in place of null", func(d map[string]any) { d["maybe"] = 1.5 }, ""},
		{"a missing one", func(d map[string]any) { delete(d, "name") }, "name"},
		{"an unknown one", func(d map[string]any) { d["Secret"] = "" }, "Secret"},
		{"an unexported one", func(d map[string]any) { d["unseen"] = 1 }, "unseen"},
		{"the hidden one", func(d map[string]any) { d["kind"] = 1 }, "kind"},
		{"null for an optional one", func(d map[string]any) { d["optional"] = nil }, "optional"},
		{"null for a map", func(d map[string]any) { d["counts"] = nil }, "counts"},
		{"a map's value", func(d map[string]any) { d["counts"] = map[string]any{"a": "b"} }, "counts"},
		{"three of a pair", func(d map[string]any) { d["pair"] = []any{1, 2, 3} }, "pair"},
		{"a negative size", func(d map[string]any) { d["size"] = -1 }, "size"},
		{"half a nanosecond", func(d map[string]any) { d["took"] = 0.5 }, "took"},
		{"no time", func(d map[string]any) { d["at"] = "noon" }, "at"},
		{"a fault below", func(d map[string]any) { d["list"] = map[string]any{"next": map[string]any{"next": 1}} }, "next"},
		{"not the form", func(d map[string]any) { d["hex"] = 1 }, "hex"},
		{"another schema", func(d map[string]any) { d["schema"] = "trtnas.outer/2" }, "schema"},
	}
	for _, test := range tests {
		text, err := json.Marshal(whole())
		if err != nil {
			t.Fatal(err)
		}
		var document map[string]any
		if err := json.Unmarshal(text, &document); err != nil {
			t.Fatal(err)
		}
		test.change(document)
		if text, err = json.Marshal(document); err != nil {
			t.Fatal(err)
		}
		switch err := s.Check("trtnas.outer/1", text); {
		case test.wrong == "" && err != nil:
			t.Errorf("%s: %v", test.name, err)
		case test.wrong != "" && (err == nil || !strings.Contains(err.Error(), test.wrong)):
			t.Errorf("%s: %v, want an error about %s", test.name, err, test.wrong)
		}
	}
}

// opaque writes itself, and doesn't say how.
type opaque struct{}

func (opaque) MarshalJSON() ([]byte, error) { return []byte("1"), nil }

func TestNoSchema(t *testing.T) {
	for _, test := range []struct {
		value any
		want  string
	}{
		{struct{ A opaque }{}, "JSONForm"},
		{struct{ A func() }{}, "can't be described"},
	} {
		if _, err := jsonschema.Write("x/1", test.value, &jsonschema.Docs{}); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%T: %v, want %q", test.value, err, test.want)
		}
	}
}

func TestDescriptions(t *testing.T) {
	docs := jsonschema.Docs{Root: "../..", Module: "github.com/trtnas/trtnas"}
	text, err := jsonschema.Write("x/1", jsonschema.Docs{}, &docs)
	if err != nil {
		t.Fatal(err)
	}
	for _, says := range []string{"Docs are the doc comments of a module's types, read from its sources as they are asked for.", `"description": "its path"`} {
		if !strings.Contains(string(text), says) {
			t.Errorf("no %q in\n%s", says, text)
		}
	}
}
