package accuracy

import (
	"bytes"
	_ "embed" // the published results
	"encoding/csv"
	"fmt"
	"math"
	"strconv"

	"github.com/trtnas/trtnas/space/graph"
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

	// Error is the standard deviation of Top1 beyond what training varies
	// by, in per cent; 0 for published results.
	Error float64

	Params, MACs, Activations float64
	// Throughput on an RTX 4090 without TensorRT, in images a second; 0 where
	// none is published for this resolution.
	Throughput float64

	features Features
}

// Recipes. Rows of r300 are the reference: some 300 epochs with the
// augmentation of DeiT or its like. Own is a user's, whatever it is.
const (
	r300 = "r300"
	Own  = "own"
)

// Candidates is the family of what a search proposes, and of the user's own
// networks: the effect that it has on accuracy is not known beforehand.
const Candidates = "candidates"

// NewRow makes a row of a network that the user trained: its graph for one
// image of 224x224, the recipe ("" for Own; results of different recipes or
// numbers of epochs need different names), the top-1 accuracy that it reached
// and the standard deviation of that beyond what training varies by (0 if it
// is exact), both in per cent.
func NewRow(name, recipe string, g *graph.Graph, top1, sd float64) (Row, error) {
	if !(top1 > 0 && top1 < 100) || !(sd >= 0) {
		return Row{}, fmt.Errorf("%s: top-1 %v ± %v %%: it must lie between 0 and 100, its error not below 0", name, top1, sd)
	}
	f := Measure(g).Features()
	for i, v := range f.x {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return Row{}, fmt.Errorf("%s: the model's feature %s is %v: it describes networks of several stages with a classifier", name, featureNames[i], v)
		}
	}
	if recipe == "" {
		recipe = Own
	}
	return Row{
		Name: name, Family: Candidates, Super: Candidates, Kin: Candidates, Recipe: recipe, Top1: top1, Error: sd,
		MACs: math.Exp(f.x[lF]), features: f,
	}, nil
}

// TrainedAlike are the rows of the recipe r300.
func TrainedAlike(rows []Row) []Row {
	var alike []Row
	for _, r := range rows {
		if r.Recipe == r300 {
			alike = append(alike, r)
		}
	}
	return alike
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
		numbers := []*float64{&r.Top1, &r.Params, &r.MACs, &r.Activations, &r.Throughput, &r.features.bottleNeck}
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
