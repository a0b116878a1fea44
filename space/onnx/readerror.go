package onnx

import (
	"fmt"
	"strings"
)

// UnsupportedError lists every operator of a model that the graph cannot
// express.
type UnsupportedError struct{ Operators []Unsupported }

// Unsupported is an operator that the graph cannot express, for one reason.
type Unsupported struct {
	Type   string // such as "ConvTranspose"; with its domain where that is not ONNX's
	Reason string // what about it; empty if the type as such
	Count  int
	First  string // name of the first such node
}

// Error lists the operators.
func (e *UnsupportedError) Error() string {
	var b strings.Builder
	b.WriteString("not understood: ")
	for i, op := range e.Operators {
		if i > 0 {
			b.WriteString("; ")
		}
		fmt.Fprintf(&b, "%d %s", op.Count, op.Type)
		if op.Reason != "" {
			fmt.Fprintf(&b, " (%s)", op.Reason)
		}
		fmt.Fprintf(&b, ", first %q", op.First)
	}
	return b.String()
}

func (e *UnsupportedError) add(n *node, reason string) {
	for i := range e.Operators {
		if op := &e.Operators[i]; op.Type == n.op && op.Reason == reason {
			op.Count++
			return
		}
	}
	if len(e.Operators) < maxReasons {
		e.Operators = append(e.Operators, Unsupported{n.op, reason, 1, n.name})
	}
}

// maxReasons keeps a hostile file's list, and the time to search it, short.
const maxReasons = 256

// notExpressible is the error of an operator in a form that the graph has no
// operation for; the text is the reason.
type notExpressible string

func (e notExpressible) Error() string { return string(e) }

func unsupported(format string, args ...any) error {
	return notExpressible(fmt.Sprintf(format, args...))
}
