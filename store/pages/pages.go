// Package pages reads the rows of an SQLite file page by page, without its
// trees, so that a damaged page costs what is on it and nothing else. The
// format is that of sqlite.org/fileformat2.html.
package pages

import (
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"maps"
	"os"
	"slices"
)

// File is the pages of a database.
type File struct {
	pages  map[uint32][]byte // by number, from 1
	usable int               // bytes of a page, without the reserved ones
}

// The sizes of the file's and of a page's header.
const (
	fileHeader = 100
	leafHeader = 8
	nodeHeader = 12
)

// Kinds of pages of a tree (section 1.6). A table without row IDs is kept like
// an index.
const (
	indexNode = 0x02
	tableLeaf = 0x0d
	indexLeaf = 0x0a
)

// Read reads the database at path and its write-ahead log, if there is one.
func Read(path string) (*File, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	log, err := os.ReadFile(path + "-wal")
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	f, err := Parse(data, log)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return f, nil
}

// Parse is Read of a database's bytes and its log's, which may be empty.
func Parse(data, log []byte) (*File, error) {
	if len(data) < fileHeader {
		return nil, fmt.Errorf("%d bytes are no database", len(data))
	}
	size := int(binary.BigEndian.Uint16(data[16:]))
	if size == 1 {
		size = 1 << 16
	}
	if size < 512 || size&(size-1) != 0 {
		size = 4096 // SQLite's default; the header is damaged
	}
	f := &File{pages: map[uint32][]byte{}, usable: size - int(data[20])}
	if f.usable < 480 {
		f.usable = size
	}
	for start := 0; start+size <= len(data); start += size {
		f.pages[uint32(start/size+1)] = data[start : start+size]
	}
	for n, page := range committed(log, size) {
		f.pages[n] = page
	}
	return f, nil
}

// Row is a row of some table.
type Row struct {
	// Index tells rows of indices, and of tables without row IDs, from those of
	// other tables.
	Index  bool
	ID     int64 // of a row that has one
	Values []any // nil, int64, float64, string or []byte
}

// Rows are all rows that can be read, and for each page that has some that
// can't an error.
func (f *File) Rows() iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		for _, n := range slices.Sorted(maps.Keys(f.pages)) {
			begin := 0
			if n == 1 {
				begin = fileHeader
			}
			named := func(r Row, err error) bool {
				if err != nil {
					err = fmt.Errorf("page %d: %w", n, err)
				}
				return yield(r, err)
			}
			if !f.page(f.pages[n], begin, named) {
				return
			}
		}
	}
}

var errDamaged = errors.New("damaged")

// page yields the rows of a page; pages that are none of a tree have none.
func (f *File) page(page []byte, begin int, yield func(Row, error) bool) bool {
	kind := page[begin]
	header := leafHeader
	switch kind {
	case indexNode:
		header = nodeHeader
	case tableLeaf, indexLeaf:
	default:
		return true
	}
	cells := int(binary.BigEndian.Uint16(page[begin+3:]))
	pointers := begin + header
	if pointers+2*cells > f.usable {
		return yield(Row{}, errDamaged)
	}
	broken := false
	for i := range cells {
		at := int(binary.BigEndian.Uint16(page[pointers+2*i:]))
		r, err := f.cell(page, at, kind)
		if err != nil {
			broken = true
			continue
		}
		if !yield(r, nil) {
			return false
		}
	}
	return !broken || yield(Row{}, errDamaged)
}

// cell reads one cell (section 1.6, table of cell formats).
func (f *File) cell(page []byte, at int, kind byte) (Row, error) {
	r := Row{Index: kind != tableLeaf}
	if kind == indexNode {
		at += 4 // left child
	}
	length, at, ok := varint(page[:f.usable], at)
	if ok && kind == tableLeaf {
		r.ID, at, ok = varint(page[:f.usable], at)
	}
	if !ok || length < 1 || length > int64(len(f.pages))*int64(f.usable) {
		return r, errDamaged
	}
	payload, err := f.payload(page, at, int(length), kind)
	if err != nil {
		return r, err
	}
	r.Values, err = record(payload)
	return r, err
}

// payload gathers what spilled over to other pages (section 1.6).
func (f *File) payload(page []byte, at, length int, kind byte) ([]byte, error) {
	u := f.usable
	most, least := u-35, (u-12)*32/255-23
	if kind != tableLeaf {
		most = (u-12)*64/255 - 23
	}
	local := length
	if length > most {
		if local = least + (length-least)%(u-4); local > most {
			local = least
		}
	}
	if at+local > u {
		return nil, errDamaged
	}
	if local == length {
		return page[at : at+local], nil
	}
	if at+local+4 > u {
		return nil, errDamaged
	}
	all := append(make([]byte, 0, length), page[at:at+local]...)
	next := binary.BigEndian.Uint32(page[at+local:])
	for len(all) < length {
		over := f.pages[next]
		if next == 0 || over == nil {
			return nil, errDamaged
		}
		all = append(all, over[4:4+min(u-4, length-len(all))]...)
		next = binary.BigEndian.Uint32(over)
	}
	return all, nil
}
