package space

import (
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Schema names the format of a space's file.
const Schema = "trtnas.space/1"

// maxFile keeps a wrong path from filling memory; a space is some 30 lines.
const maxFile = 1 << 20

// Load returns a built-in space by name, or reads a YAML file. What ends in
// .yaml or .yml or has a path separator is a file.
func Load(nameOrPath string) (*Space, error) {
	if !strings.ContainsAny(nameOrPath, `/\`) && !strings.HasSuffix(nameOrPath, ".yaml") && !strings.HasSuffix(nameOrPath, ".yml") {
		return Named(nameOrPath)
	}
	f, err := os.Open(nameOrPath)
	if err != nil {
		return nil, fmt.Errorf("space file: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("space file: %w", err)
	}
	if len(data) > maxFile {
		return nil, fmt.Errorf("%s: larger than %d bytes, so it is no space file", nameOrPath, maxFile)
	}
	s, err := Parse(data)
	if err != nil {
		var at *lineError
		if errors.As(err, &at) {
			return nil, fmt.Errorf("%s:%d: %s", nameOrPath, at.line, at.text)
		}
		return nil, fmt.Errorf("%s: %w", nameOrPath, err)
	}
	return s, nil
}

// lineError is an error at a line of the file.
type lineError struct {
	line int
	text string
}

func (e *lineError) Error() string { return fmt.Sprintf("line %d: %s", e.line, e.text) }

func at(n *yaml.Node, format string, args ...any) error {
	return &lineError{n.Line, fmt.Sprintf(format, args...)}
}

// Parse reads a space from YAML. Errors name the line.
func Parse(data []byte) (*Space, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		return nil, syntaxError(err)
	}
	if len(doc.Content) == 0 {
		return nil, errors.New("the file is empty")
	}
	root := doc.Content[0]
	s, schema := &Space{}, ""
	var width, stages *yaml.Node
	err := fields(root, map[string]func(*yaml.Node) error{
		"schema":    into(&schema, str),
		"name":      into(&s.Name, str),
		"stem":      into(&s.Stem, word[Stem]),
		"reduction": into(&s.Reduction, word[Reduction]),
		"width":     func(n *yaml.Node) error { width = n; return into(&s.Widths, list(integers))(n) },
		"stages":    func(n *yaml.Node) error { stages = n; return nil },
	})
	switch {
	case err != nil:
		return nil, err
	case schema != Schema:
		return nil, at(root, "schema is %q, need %q", schema, Schema)
	case s.Name == "":
		return nil, at(root, "name is missing")
	case width == nil:
		return nil, at(root, "width is missing")
	case stages == nil || stages.Kind != yaml.SequenceNode || len(stages.Content) != len(s.Stages):
		return nil, at(root, "stages must be a list of %d stages", len(s.Stages))
	}
	for i, n := range stages.Content {
		if s.Stages[i], err = parseStage(i, n); err != nil {
			return nil, err
		}
	}
	if err := s.Validate(); err != nil {
		return nil, at(width, "%v", err) // the stages' own lists were checked one by one
	}
	return s, nil
}

// parseStage reads a stage; what it leaves out has one choice.
func parseStage(i int, n *yaml.Node) (Choices, error) {
	c := Choices{Scale: one, Block: []Block{BottleNeck}, R: []float64{0.5}, S: []int{1}, K: []int{3}}
	nodes := map[string]*yaml.Node{}
	keep := func(name string, f func(*yaml.Node) error) func(*yaml.Node) error {
		return func(n *yaml.Node) error { nodes[name] = n; return f(n) }
	}
	err := fields(n, map[string]func(*yaml.Node) error{
		"depth": keep("depth", into(&c.Depth, list(integers))),
		"scale": keep("scale", into(&c.Scale, list(number))),
		"block": keep("block", into(&c.Block, list(block))),
		"mixed": keep("mixed", into(&c.Mixed, list(integers))),
		"r":     keep("r", into(&c.R, list(number))),
		"s":     keep("s", into(&c.S, list(integers))),
		"k":     keep("k", into(&c.K, list(integers))),
	})
	if err != nil {
		return c, err
	}
	if c.Mixed == nil {
		c.Mixed = []int{0}
		if nodes["block"] != nil {
			c.Mixed = []int{All}
		}
	}
	if len(c.Depth) == 0 {
		return c, at(n, "stage %d: depth is missing", i+2)
	}
	for gene, check := range c.checks(i) {
		if err := check(); err != nil {
			return c, at(nodes[geneNames[gene]], "stage %d: %s: %v", i+2, geneNames[gene], err)
		}
	}
	return c, nil
}

// fields hands each value of a mapping to its reader.
func fields(n *yaml.Node, readers map[string]func(*yaml.Node) error) error {
	if n.Kind != yaml.MappingNode {
		return at(n, "need a mapping of keys to values")
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		read := readers[key.Value]
		switch {
		case read == nil:
			return at(key, "unknown key %q", key.Value)
		case seen[key.Value]:
			return at(key, "%s is there twice", key.Value)
		}
		seen[key.Value] = true
		if err := read(value); err != nil {
			return err
		}
	}
	return nil
}

func into[T any](to *T, read func(*yaml.Node) (T, error)) func(*yaml.Node) error {
	return func(n *yaml.Node) (err error) { *to, err = read(n); return err }
}

// list reads a YAML sequence or a single entry; an entry may stand for
// several values.
func list[T any](entry func(*yaml.Node) ([]T, error)) func(*yaml.Node) ([]T, error) {
	return func(n *yaml.Node) ([]T, error) {
		nodes := []*yaml.Node{n}
		if n.Kind == yaml.SequenceNode {
			nodes = n.Content
		}
		var values []T
		for _, node := range nodes {
			v, err := entry(node)
			if err != nil {
				return nil, err
			}
			if values = append(values, v...); len(values) > maxChoices {
				return nil, at(n, "more than %d choices", maxChoices)
			}
		}
		if len(values) == 0 {
			return nil, at(n, "an empty list: need at least one choice")
		}
		return values, nil
	}
}

func str(n *yaml.Node) (string, error) {
	if n.Kind != yaml.ScalarNode {
		return "", at(n, "need a word")
	}
	return n.Value, nil
}

// word reads the name of a kind of stem or reduction.
func word[T any, P interface {
	*T
	UnmarshalText([]byte) error
}](n *yaml.Node) (v T, err error) {
	text, err := str(n)
	if err != nil {
		return v, err
	}
	if err := P(&v).UnmarshalText([]byte(text)); err != nil {
		return v, at(n, "%v", err)
	}
	return v, nil
}

func block(n *yaml.Node) ([]Block, error) {
	b, err := word[Block](n)
	return []Block{b}, err
}

func number(n *yaml.Node) ([]float64, error) {
	f, err := strconv.ParseFloat(n.Value, 64)
	if n.Kind != yaml.ScalarNode || err != nil {
		return nil, at(n, "%q is not a number", n.Value)
	}
	return []float64{f}, nil
}

// integers reads a whole number, a range such as 1..6, or for counts of mixed
// blocks the word all.
func integers(n *yaml.Node) ([]int, error) {
	if n.Kind == yaml.ScalarNode && n.Value == "all" {
		return []int{All}, nil
	}
	low, high, isRange := strings.Cut(n.Value, "..")
	a, err := strconv.Atoi(low)
	if n.Kind != yaml.ScalarNode || err != nil {
		return nil, at(n, "%q is not a whole number or a range such as 1..6", n.Value)
	}
	if !isRange {
		return []int{a}, nil
	}
	b, err := strconv.Atoi(high)
	if err != nil || b < a || b-a >= maxChoices {
		return nil, at(n, "%q is not a range such as 1..6", n.Value)
	}
	return span(a, b), nil
}

var syntaxLine = regexp.MustCompile(`^yaml: line (\d+): (.*)`)

// syntaxError takes the line out of the parser's message.
func syntaxError(err error) error {
	m := syntaxLine.FindStringSubmatch(err.Error())
	if m == nil {
		return err
	}
	line, convErr := strconv.Atoi(m[1])
	if convErr != nil {
		return err
	}
	return &lineError{line, m[2]}
}
