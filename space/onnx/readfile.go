package onnx

import (
	"encoding/binary"
	"fmt"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// file is what the reader keeps of a model: its structure, and the contents of
// small tensors.
type file struct {
	opset   int64
	nodes   []*node
	tensors map[string]*tensor // initialisers
	inputs  []input
	outputs []string
}

// node is an operator.
type node struct {
	name, op string
	in, out  []string // "" for an operand that is left out
	attrs    map[string]attr
}

// attr is an attribute's value; which field counts is the operator's matter.
type attr struct {
	i      int64
	f      float64
	s      string
	ints   []int64
	floats []float64
	t      *tensor
}

// input of the graph. Extents are 0 where the file leaves them open.
type input struct {
	name string
	dims []int64
	elem int32 // TensorProto.DataType
}

// Field numbers are those of internal/onnx/onnx.proto.
func parse(s *source, size int64) (*file, error) {
	f := &file{tensors: map[string]*tensor{}}
	graphs := 0
	err := s.fields(section{0, size}, func(m entry) error {
		switch {
		case m.num == 7 && m.typ == protowire.BytesType:
			graphs++
			return f.graph(s, m.section)
		case m.num == 8 && m.typ == protowire.BytesType:
			return f.operatorSet(s, m.section)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if graphs != 1 {
		return nil, errTruncated
	}
	if f.opset < minOpset || f.opset > maxOpset {
		return nil, fmt.Errorf("operator set %d: the reader knows %d to %d", f.opset, minOpset, maxOpset)
	}
	return f, nil
}

// Operator sets whose semantics the reader knows.
const (
	minOpset = 11
	maxOpset = 23
)

func (f *file) operatorSet(s *source, sec section) error {
	var domain string
	var version int64
	err := s.fields(sec, func(m entry) (err error) {
		switch m.num {
		case 1:
			domain, err = s.text(m.section)
		case 2:
			version = int64(m.v)
		}
		return err
	})
	if standard(domain) {
		f.opset = version
	}
	return err
}

func standard(domain string) bool { return domain == "" || domain == "ai.onnx" }

func (f *file) graph(s *source, sec section) error {
	return s.fields(sec, func(m entry) error {
		if m.typ != protowire.BytesType {
			return nil
		}
		switch m.num {
		case 1:
			n, err := readNode(s, m.section)
			f.nodes = append(f.nodes, n)
			return err
		case 5:
			t, err := readTensor(s, m.section)
			if err != nil {
				return err
			}
			if f.tensors[t.name] != nil {
				return fmt.Errorf("two tensors are called %q", t.name)
			}
			f.tensors[t.name] = t
		case 11:
			in, err := readInput(s, m.section)
			f.inputs = append(f.inputs, in)
			return err
		case 12:
			out, err := readInput(s, m.section)
			f.outputs = append(f.outputs, out.name)
			return err
		}
		return nil
	})
}

// nodeSize and attrSize are about what a node and an attribute take in memory.
const (
	nodeSize = 256
	attrSize = 128
	nameSize = 16
)

func readNode(s *source, sec section) (*node, error) {
	n := &node{}
	domain := ""
	if err := s.take(nodeSize); err != nil {
		return nil, err
	}
	err := s.fields(sec, func(m entry) (err error) {
		if m.typ != protowire.BytesType {
			return nil
		}
		switch m.num {
		case 1:
			n.in, err = appendName(s, n.in, m.section)
		case 2:
			n.out, err = appendName(s, n.out, m.section)
		case 3:
			n.name, err = s.text(m.section)
		case 4:
			n.op, err = s.text(m.section)
		case 5:
			err = n.attribute(s, m.section)
		case 7:
			domain, err = s.text(m.section)
		}
		return err
	})
	if !standard(domain) {
		n.op = domain + "::" + n.op
	}
	if n.name == "" && len(n.out) > 0 {
		n.name = n.out[0]
	}
	return n, err
}

func appendName(s *source, names []string, sec section) ([]string, error) {
	if err := s.take(nameSize); err != nil {
		return nil, err
	}
	name, err := s.text(sec)
	return append(names, name), err
}

// attribute leaves out subgraphs: no operator that has one is understood.
func (n *node) attribute(s *source, sec section) error {
	var a attr
	name := ""
	if err := s.take(attrSize); err != nil {
		return err
	}
	err := s.fields(sec, func(m entry) (err error) {
		switch m.num {
		case 1:
			name, err = s.text(m.section)
		case 2:
			a.f, err = readFloat32(s, m)
		case 3:
			a.i = int64(m.v)
		case 4:
			a.s, err = s.text(m.section)
		case 5:
			a.t, err = readTensor(s, m.section)
		case 7:
			a.floats, err = readFloats(s, a.floats, m)
		case 8:
			a.ints, err = s.numbers(a.ints, m, maxDecoded)
		}
		return err
	})
	if n.attrs == nil {
		n.attrs = map[string]attr{}
	}
	n.attrs[name] = a
	return err
}

func readFloat32(s *source, m entry) (float64, error) {
	b, err := s.peek(m.off, 4, m.end)
	if err != nil || len(b) != 4 {
		return 0, errTruncated
	}
	return decimal(math.Float32frombits(binary.LittleEndian.Uint32(b))), nil
}

// readFloats decodes short lists and leaves out long ones.
func readFloats(s *source, dst []float64, m entry) ([]float64, error) {
	if m.size() > 4*maxFloats {
		return dst, nil
	}
	for off := m.off; off+4 <= m.end && len(dst) < maxFloats; off += 4 {
		v, err := readFloat32(s, entry{section: section{off, off + 4}})
		if err != nil {
			return nil, err
		}
		dst = append(dst, v)
	}
	return dst, s.take(8 * len(dst))
}

// readInput reads a ValueInfoProto: its name, and its extents if it is a
// tensor.
func readInput(s *source, sec section) (in input, err error) {
	if err := s.take(nodeSize); err != nil {
		return in, err
	}
	within := func(num protowire.Number, visit func(entry) error) func(entry) error {
		return func(m entry) error {
			if m.num != num || m.typ != protowire.BytesType {
				return nil
			}
			return s.fields(m.section, visit)
		}
	}
	dim := func(m entry) error {
		if m.num != 1 || len(in.dims) >= maxRank {
			return nil
		}
		d := int64(0)
		err := s.fields(m.section, func(m entry) error {
			if m.num == 1 {
				d = int64(m.v)
			}
			return nil
		})
		in.dims = append(in.dims, d)
		return err
	}
	tensor := func(m entry) error {
		if m.num == 1 {
			in.elem = int32(m.v)
		}
		return within(2, dim)(m) // Tensor.shape
	}
	shape := within(1, tensor) // TypeProto.tensor_type
	err = s.fields(sec, func(m entry) (err error) {
		switch m.num {
		case 1:
			in.name, err = s.text(m.section)
		case 2:
			err = s.fields(m.section, shape)
		}
		return err
	})
	return in, err
}
