package accuracy

import (
	"bytes"
	"crypto/sha256"
	_ "embed" // the published results
	"encoding/csv"
	"encoding/hex"
	"fmt"
	"strconv"
)

// Row is a network trained on ImageNet-1k from scratch, with its published
// result; data/README.md names the sources.
type Row struct {
	Name   string
	Family string
	Super  string  // families of one line of descent
	Kin    string  // what shares a family effect: ResNets and their kin are one
	Recipe string  // of training; r300 is the reference
	Top1   float64 // per cent

	Params, MACs, Activations float64

	features Features
}

//go:embed data/imagenet.csv
var imagenetCSV []byte

// Rows are the embedded results.
func Rows() []Row {
	rows, err := readRows(imagenetCSV)
	if err != nil {
		panic("accuracy: embedded data: " + err.Error()) // a broken build, which the tests catch
	}
	return rows
}

func readRows(data []byte) ([]Row, error) {
	records, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
	if err != nil {
		return nil, err
	}
	var rows []Row
	for _, rec := range records[1:] {
		r := Row{Name: rec[0], Family: rec[1], Super: rec[2], Kin: rec[3], Recipe: rec[4]}
		numbers := []*float64{&r.Top1, &r.Params, &r.MACs, &r.Activations, &r.features.bottleNeck}
		for i := range r.features.x {
			numbers = append(numbers, &r.features.x[i])
		}
		for i, to := range numbers {
			if *to, err = strconv.ParseFloat(rec[5+i], 64); err != nil {
				return nil, fmt.Errorf("%s: %w", r.Name, err)
			}
		}
		rows = append(rows, r)
	}
	return rows, nil
}

// dataVersion names the rows and the members by their content.
func dataVersion() string {
	h := sha256.New()
	h.Write(imagenetCSV)
	fmt.Fprintf(h, "%+v", members)
	return hex.EncodeToString(h.Sum(nil)[:4])
}
