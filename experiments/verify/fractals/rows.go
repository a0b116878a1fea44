package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
)

// conditions are what all rows of one file have in common.
type conditions struct {
	Images      string // the shipped script's name of the data: fractals:CLASSESxTRAINxVALIDATION
	Fingerprint string // of the data
	Resolution  int
	Epochs      int
	Recipe      string
	Versions    string // of what computed, the device and its threads
}

// row is what a training reached.
type row struct {
	job
	Failure string // why there is no result

	Top1       float64 // per cent of the fractals that validate
	Loss       float64 // mean cross-entropy on these, nats
	ZiCo, MeCo float64 // of the untrained network at the same resolution
	CPUSeconds float64
}

var header = []string{
	"network", "seed", "top1", "loss", "zico", "meco", "cpu_seconds", "failure",
	"images", "fingerprint", "resolution", "epochs", "recipe", "versions",
}

func (r row) record(c conditions) []string {
	number := func(v float64) string { return strconv.FormatFloat(v, 'g', 7, 64) }
	return []string{
		r.Network, strconv.Itoa(r.Seed), number(r.Top1), number(r.Loss), number(r.ZiCo), number(r.MeCo), strconv.FormatFloat(r.CPUSeconds, 'f', 0, 64), r.Failure,
		c.Images, c.Fingerprint, strconv.Itoa(c.Resolution), strconv.Itoa(c.Epochs), c.Recipe, c.Versions,
	}
}

func parse(record []string) (r row, c conditions, err error) {
	number := func(text string) (v float64) {
		v, e := strconv.ParseFloat(text, 64)
		err = errors.Join(err, e)
		return v
	}
	whole := func(text string) int {
		v, e := strconv.Atoi(text)
		err = errors.Join(err, e)
		return v
	}
	r = row{
		job: job{record[0], whole(record[1])}, Top1: number(record[2]), Loss: number(record[3]),
		ZiCo: number(record[4]), MeCo: number(record[5]), CPUSeconds: number(record[6]), Failure: record[7],
	}
	c = conditions{Images: record[8], Fingerprint: record[9], Resolution: whole(record[10]), Epochs: whole(record[11]), Recipe: record[12], Versions: record[13]}
	return r, c, err
}

// readRows reads a file of results, all of which have the same conditions.
func readRows(from io.Reader) (rows []row, c conditions, err error) {
	records, err := csv.NewReader(from).ReadAll()
	if err != nil {
		return nil, c, err
	}
	if len(records) == 0 || !slices.Equal(records[0], header) {
		return nil, c, fmt.Errorf("its columns are not %v", header)
	}
	for i, record := range records[1:] {
		r, under, err := parse(record)
		if err != nil {
			return nil, c, fmt.Errorf("row %d: %w", i+1, err)
		}
		if i > 0 && under != c {
			return nil, c, fmt.Errorf("row %d was computed under %+v, those before under %+v: keep them in files of their own", i+1, under, c)
		}
		rows, c = append(rows, r), under
	}
	return rows, c, nil
}

// load reads the file, which need not be there yet.
func load(path string) ([]row, conditions, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, conditions{}, nil
	}
	if err != nil {
		return nil, conditions{}, err
	}
	defer f.Close()
	rows, c, err := readRows(f)
	if err != nil {
		err = fmt.Errorf("%s: %w", path, err)
	}
	return rows, c, err
}

// add appends a row to the file, and makes the file if there is none.
func add(path string, r row, c conditions) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	records := [][]string{r.record(c)}
	if at, err := f.Seek(0, io.SeekEnd); err == nil && at == 0 {
		records = [][]string{header, records[0]}
	}
	return errors.Join(csv.NewWriter(f).WriteAll(records), f.Close())
}
