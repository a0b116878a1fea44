package jsonschema

import (
	"bytes"
	"cmp"
	"encoding"
	"encoding/json"
	"fmt"
	"math/big"
	"path"
	"reflect"
	"slices"
	"strings"
	"time"
)

// formed is a type with a MarshalJSON of its own that says what it writes: JSONForm
// returns a value of the type that is marshalled in its place.
type formed interface{ JSONForm() any }

var (
	timeType      = reflect.TypeFor[time.Time]()
	durationType  = reflect.TypeFor[time.Duration]()
	bigType       = reflect.TypeFor[big.Int]()
	formedType    = reflect.TypeFor[formed]()
	marshalerType = reflect.TypeFor[json.Marshaler]()
	textType      = reflect.TypeFor[encoding.TextMarshaler]()
)

// nameProperty is the one whose value is the schema's name.
const nameProperty = "schema"

// Write returns the schema of that name of v's type, which may be that of v's own
// name property. Lists and maps are taken never to be null.
func Write(name string, v any, docs *Docs) ([]byte, error) {
	w := writer{docs: docs, names: map[reflect.Type]string{}}
	t := reflect.TypeOf(v)
	root, err := w.object(t)
	if err != nil {
		return nil, fmt.Errorf("schema %s: %w", name, err)
	}
	for _, p := range root.Properties {
		if p.name == nameProperty {
			p.value.Const = name
		}
	}
	root.Dialect, root.Title, root.Defs = dialect, name, w.defs
	slices.SortFunc(root.Defs, func(a, b member) int { return cmp.Compare(a.name, b.name) })
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err = e.Encode(root)
	return b.Bytes(), err
}

type writer struct {
	docs  *Docs
	names map[reflect.Type]string // of definitions
	defs  members
}

// of is the schema of a type's values.
func (w *writer) of(t reflect.Type) (*node, error) {
	switch {
	case t == timeType:
		return &node{Type: "string", Format: "date-time"}, nil
	case t == durationType:
		return &node{Type: "integer", Description: "nanoseconds"}, nil
	case t == bigType || t == reflect.PointerTo(bigType):
		return &node{Type: "integer"}, nil
	case t.Implements(formedType):
		return w.of(reflect.TypeOf(reflect.Zero(t).Interface().(formed).JSONForm()))
	case t.Kind() != reflect.Pointer && implements(t, marshalerType):
		return nil, fmt.Errorf("%v marshals itself: give it a method JSONForm that returns a value of what it writes", t)
	case t.Kind() != reflect.Pointer && implements(t, textType):
		return &node{Type: "string"}, nil
	}
	switch t.Kind() {
	case reflect.Pointer:
		return w.of(t.Elem())
	case reflect.Struct:
		return w.ref(t)
	case reflect.Slice, reflect.Array:
		return w.list(t)
	case reflect.Map:
		value, err := w.of(t.Elem())
		return &node{Type: "object", Additional: value}, err
	}
	return scalar(t)
}

func implements(t, i reflect.Type) bool { return t.Implements(i) || reflect.PointerTo(t).Implements(i) }

func scalar(t reflect.Type) (*node, error) {
	switch t.Kind() {
	case reflect.Bool:
		return &node{Type: "boolean"}, nil
	case reflect.String:
		return &node{Type: "string"}, nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return &node{Type: "integer"}, nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return &node{Type: "integer", Minimum: new(int)}, nil
	case reflect.Float32, reflect.Float64:
		return &node{Type: "number"}, nil
	}
	return nil, fmt.Errorf("%v can't be described", t)
}

func (w *writer) list(t reflect.Type) (*node, error) {
	items, err := w.of(t.Elem())
	if err != nil {
		return nil, err
	}
	n := &node{Type: "array", Items: items}
	if t.Kind() == reflect.Array {
		length := t.Len()
		n.MinItems, n.MaxItems = &length, &length
	}
	return n, nil
}

// ref refers to the definition of a struct, which is made at its first use.
func (w *writer) ref(t reflect.Type) (*node, error) {
	if t.Name() == "" {
		return w.object(t)
	}
	name, known := w.names[t]
	if !known {
		name = w.free(t)
		w.names[t] = name
		n, err := w.object(t)
		if err != nil {
			return nil, err
		}
		w.defs = append(w.defs, member{name, n})
	}
	return &node{Ref: "#/$defs/" + name}, nil
}

// free is the type's name, behind its package's where another type has it.
func (w *writer) free(t reflect.Type) string {
	for _, other := range w.names {
		if other == t.Name() {
			return path.Base(t.PkgPath()) + "." + t.Name()
		}
	}
	return t.Name()
}

// object is the schema of a struct.
func (w *writer) object(t reflect.Type) (*node, error) {
	n := &node{Type: "object", Description: w.docs.typeDoc(t), Additional: false}
	for _, f := range fields(t) {
		value, err := w.of(f.field.Type)
		if err != nil {
			return nil, fmt.Errorf("%v.%s: %w", t, f.field.Name, err)
		}
		if !f.optional && f.field.Type.Kind() == reflect.Pointer && f.field.Type.Elem() != bigType {
			value = &node{AnyOf: []*node{value, {Type: "null"}}}
		}
		value.Description = join(w.docs.fieldDoc(f.owner, f.field.Name), value.Description)
		n.Properties = append(n.Properties, member{f.name, value})
		if !f.optional {
			n.Required = append(n.Required, f.name)
		}
	}
	return n, nil
}

func join(texts ...string) string {
	return strings.Join(slices.DeleteFunc(texts, func(s string) bool { return s == "" }), "; ")
}

// property is a struct's field as encoding/json writes it.
type property struct {
	name     string
	field    reflect.StructField
	owner    reflect.Type // that declares it
	depth    int          // of embedding
	optional bool
}

// fields are those of the struct and of the structs embedded in it. Of two of one
// name the outer one is written, as encoding/json does.
func fields(t reflect.Type) (written []property) {
	all := nested(t, 0)
	for _, p := range all {
		hidden := slices.ContainsFunc(all, func(o property) bool { return o.name == p.name && o.depth < p.depth })
		if !hidden {
			written = append(written, p)
		}
	}
	return written
}

func nested(t reflect.Type, depth int) (all []property) {
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous && name == "":
			all = append(all, nested(elem(f.Type), depth+1)...)
		case f.IsExported() && name != "-":
			optional := strings.Contains(options, "omitempty") || strings.Contains(options, "omitzero")
			all = append(all, property{cmp.Or(name, f.Name), f, t, depth, optional})
		}
	}
	return all
}

func elem(t reflect.Type) reflect.Type {
	if t.Kind() == reflect.Pointer {
		return t.Elem()
	}
	return t
}
