package pages

import (
	"encoding/binary"
	"iter"
	"math"
	"unicode/utf8"
)

// varint reads a big-endian integer of 1 to 9 bytes (section 1.6).
func varint(b []byte, at int) (v int64, next int, ok bool) {
	var u uint64
	for i := range 9 {
		if at < 0 || at+i >= len(b) {
			return 0, at, false
		}
		c := b[at+i]
		if i == 8 {
			return int64(u<<8 | uint64(c)), at + 9, true
		}
		u = u<<7 | uint64(c&0x7f)
		if c < 0x80 {
			return int64(u), at + i + 1, true
		}
	}
	return 0, at, false
}

// record reads the values of a row (section 2.1).
func record(b []byte) ([]any, error) {
	header, at, ok := varint(b, 0)
	if !ok || header < int64(at) || header > int64(len(b)) {
		return nil, errDamaged
	}
	var values []any
	body := int(header)
	for at < int(header) {
		var kind int64
		if kind, at, ok = varint(b[:header], at); !ok {
			return nil, errDamaged
		}
		size, known := width(kind)
		if !known || size > len(b)-body {
			return nil, errDamaged
		}
		v, ok := value(kind, b[body:body+size])
		if !ok {
			return nil, errDamaged
		}
		values, body = append(values, v), body+size
	}
	if body != len(b) {
		return nil, errDamaged
	}
	return values, nil
}

// widths of the serial types 0 to 9.
var widths = []int{0, 1, 2, 3, 4, 6, 8, 8, 0, 0}

func width(kind int64) (size int, known bool) {
	switch {
	case kind >= 0 && kind < int64(len(widths)):
		return widths[kind], true
	case kind >= 12 && kind < math.MaxInt32:
		return int(kind-12) / 2, true
	}
	return 0, false
}

func value(kind int64, b []byte) (v any, ok bool) {
	switch {
	case kind == 0:
		return nil, true
	case kind == 7:
		return math.Float64frombits(binary.BigEndian.Uint64(b)), true
	case kind == 8 || kind == 9:
		return kind - 8, true
	case kind < 12:
		n := int64(int8(b[0])) // the sign
		for _, c := range b[1:] {
			n = n<<8 | int64(c)
		}
		return n, true
	case kind%2 == 0:
		return b, true
	}
	return string(b), utf8.Valid(b)
}

// Sizes in a write-ahead log (section 4.1).
const (
	logHeader   = 32
	frameHeader = 24
)

// committed are the pages of a log's transactions that were committed, in their
// order. A frame whose checksum is wrong ends the log.
func committed(log []byte, size int) iter.Seq2[uint32, []byte] {
	return func(yield func(uint32, []byte) bool) {
		if len(log) < logHeader || int(binary.BigEndian.Uint32(log[8:])) != size {
			return
		}
		order := binary.ByteOrder(binary.LittleEndian)
		if log[3]&1 == 1 {
			order = binary.BigEndian
		}
		salt := string(log[16:24])
		s0, s1 := checksum(order, log[:24], 0, 0)
		type frame struct {
			number uint32
			page   []byte
		}
		var open []frame
		for rest := log[logHeader:]; len(rest) >= frameHeader+size; rest = rest[frameHeader+size:] {
			head, page := rest[:frameHeader], rest[frameHeader:frameHeader+size]
			s0, s1 = checksum(order, head[:8], s0, s1)
			s0, s1 = checksum(order, page, s0, s1)
			if string(head[8:16]) != salt || binary.BigEndian.Uint32(head[16:]) != s0 || binary.BigEndian.Uint32(head[20:]) != s1 {
				return
			}
			open = append(open, frame{binary.BigEndian.Uint32(head), page})
			if binary.BigEndian.Uint32(head[4:]) == 0 {
				continue // not the last one of a transaction
			}
			for _, f := range open {
				if !yield(f.number, f.page) {
					return
				}
			}
			open = open[:0]
		}
	}
}

// checksum goes on with that of section 4.2.
func checksum(order binary.ByteOrder, b []byte, s0, s1 uint32) (uint32, uint32) {
	for ; len(b) >= 8; b = b[8:] {
		s0 += order.Uint32(b) + s1
		s1 += order.Uint32(b[4:]) + s0
	}
	return s0, s1
}
