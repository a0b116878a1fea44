// Package jsonschema writes the JSON Schema (2020-12) of what encoding/json makes
// of a Go type, with its doc comments as descriptions.
package jsonschema

import (
	"bytes"
	"encoding/json"
)

const dialect = "https://json-schema.org/draft/2020-12/schema"

// node is a schema, or a part of one. Keywords are written in this order.
type node struct {
	Dialect     string  `json:"$schema,omitempty"`
	Title       string  `json:"title,omitempty"`
	Description string  `json:"description,omitempty"`
	Ref         string  `json:"$ref,omitempty"`
	Const       string  `json:"const,omitempty"`
	Type        string  `json:"type,omitempty"`
	Format      string  `json:"format,omitempty"`
	Minimum     *int    `json:"minimum,omitempty"`
	AnyOf       []*node `json:"anyOf,omitempty"`
	Items       *node   `json:"items,omitempty"`
	MinItems    *int    `json:"minItems,omitempty"`
	MaxItems    *int    `json:"maxItems,omitempty"`

	Properties members  `json:"properties,omitempty"`
	Required   []string `json:"required,omitempty"`
	// Additional is false where other properties are forbidden, and the schema of
	// their values in a map.
	Additional any     `json:"additionalProperties,omitempty"`
	Defs       members `json:"$defs,omitempty"`
}

// members are an object's, in the order in which they are written.
type members []member

type member struct {
	name  string
	value *node
}

// MarshalJSON keeps the order.
func (m members) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	for i, one := range m {
		if i > 0 {
			b.WriteByte(',')
		}
		name, err := json.Marshal(one.name)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(one.value)
		if err != nil {
			return nil, err
		}
		b.Write(name)
		b.WriteByte(':')
		b.Write(value)
	}
	return append(append([]byte{'{'}, b.Bytes()...), '}'), nil
}
