package onnx

import (
	"errors"
	"fmt"
	"io"

	"google.golang.org/protobuf/encoding/protowire"
)

// Limits on what a file may make the reader hold. Trained networks stay orders
// of magnitude below.
const (
	windowSize    = 64 << 10 // bytes of the file in memory at once
	maxStructure  = 64 << 20 // bytes that names, attributes and nodes take in memory
	maxString     = 64 << 10
	maxRank       = 16
	maxTensor     = 1 << 31 // elements of a tensor
	maxDecoded    = 64 << 10
	maxDecodedSum = 16 << 20 // elements of all constants that are computed
	maxAttribute  = 1 << 20  // kernel, stride, padding, dilation
)

var errTruncated = errors.New("the file is cut off or no ONNX model")

// section is a stretch of the file: a message, a string, a tensor's data.
type section struct{ off, end int64 }

func (s section) size() int64 { return s.end - s.off }

// source reads sections through one window, so that skipping a tensor's data
// costs nothing whatever its size.
type source struct {
	r      io.ReaderAt
	window []byte
	start  int64
	left   int // of maxStructure
}

func newSource(r io.ReaderAt) *source { return &source{r: r, left: maxStructure} }

// take accounts for n bytes that are about to be kept.
func (s *source) take(n int) error {
	if s.left -= n; s.left < 0 {
		return fmt.Errorf("names and attributes take more than %d MiB", maxStructure>>20)
	}
	return nil
}

// peek returns up to n bytes from off, fewer at the section's end. They are
// valid until the next call.
func (s *source) peek(off int64, n int, end int64) ([]byte, error) {
	n = int(min(int64(n), end-off))
	if i := off - s.start; i >= 0 && i+int64(n) <= int64(len(s.window)) {
		return s.window[i : i+int64(n)], nil
	}
	if s.window == nil {
		s.window = make([]byte, 0, windowSize)
	}
	got, err := s.r.ReadAt(s.window[:windowSize], off)
	s.window, s.start = s.window[:got], off
	if got < n {
		if err == io.EOF {
			err = errTruncated
		}
		s.window = s.window[:0]
		return nil, err
	}
	return s.window[:n], nil
}

// bytes copies a short section.
func (s *source) bytes(sec section, limit int) ([]byte, error) {
	if sec.size() > int64(limit) {
		return nil, fmt.Errorf("%d bytes where at most %d are expected", sec.size(), limit)
	}
	if err := s.take(int(sec.size())); err != nil {
		return nil, err
	}
	b := make([]byte, 0, sec.size())
	for off := sec.off; off < sec.end; {
		part, err := s.peek(off, windowSize, sec.end)
		if err != nil {
			return nil, err
		}
		b = append(b, part...)
		off += int64(len(part))
	}
	return b, nil
}

func (s *source) text(sec section) (string, error) {
	b, err := s.bytes(sec, maxString)
	return string(b), err
}

// entry is a field of a message: a number, or a section for what has a length.
type entry struct {
	num protowire.Number
	typ protowire.Type
	v   uint64
	section
}

// longestVarint is that of a 64-bit number.
const longestVarint = 10

// fields visits the fields of the message in sec.
func (s *source) fields(sec section, visit func(entry) error) error {
	for off := sec.off; off < sec.end; {
		f, next, err := s.next(off, sec.end)
		if err != nil {
			return err
		}
		if err := visit(f); err != nil {
			return err
		}
		off = next
	}
	return nil
}

func (s *source) next(off, end int64) (f entry, next int64, err error) {
	tag, n, err := s.varint(off, end)
	if err != nil {
		return f, 0, err
	}
	off += n
	f.num, f.typ = protowire.DecodeTag(tag)
	if f.num < protowire.MinValidNumber {
		return f, 0, errTruncated
	}
	switch f.typ {
	case protowire.VarintType:
		f.v, n, err = s.varint(off, end)
		return f, off + n, err
	case protowire.Fixed32Type, protowire.Fixed64Type:
		f.section = section{off, off + 4}
		if f.typ == protowire.Fixed64Type {
			f.end += 4
		}
	case protowire.BytesType:
		f.v, n, err = s.varint(off, end)
		if err != nil {
			return f, 0, err
		}
		off += n
		if f.v > uint64(end-off) {
			return f, 0, errTruncated
		}
		f.section = section{off, off + int64(f.v)}
	default:
		return f, 0, errTruncated
	}
	if f.end > end {
		return f, 0, errTruncated
	}
	return f, f.end, nil
}

func (s *source) varint(off, end int64) (v uint64, n int64, err error) {
	b, err := s.peek(off, longestVarint, end)
	if err != nil {
		return 0, 0, err
	}
	v, used := protowire.ConsumeVarint(b)
	if used < 0 {
		return 0, 0, errTruncated
	}
	return v, int64(used), nil
}

// numbers decodes a repeated field of varints, packed or not, behind those in
// dst; dst holds at most limit.
func (s *source) numbers(dst []int64, f entry, limit int) ([]int64, error) {
	add := func(v uint64) error {
		if len(dst) == limit {
			return fmt.Errorf("a list of more than %d numbers", limit)
		}
		dst = append(dst, int64(v))
		return s.take(8)
	}
	if f.typ == protowire.VarintType {
		return dst, add(f.v)
	}
	for off := f.off; off < f.end; {
		v, n, err := s.varint(off, f.end)
		if err != nil {
			return nil, err
		}
		if err := add(v); err != nil {
			return nil, err
		}
		off += n
	}
	return dst, nil
}
