package optuna

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"

	"github.com/trtnas/trtnas/space"
)

// Distribution is a decision as Optuna knows it: whole numbers or numbers at
// equal distances, else categories.
type Distribution struct {
	Name   string
	text   string    // JSON
	values []float64 // of numbers at equal distances; nil for categories
}

// NewDistribution turns a decision into a distribution.
func NewDistribution(d space.Decision) (*Distribution, error) {
	numbers, isInt := parse(d.Choices)
	attributes := map[string]any{}
	kind := "CategoricalDistribution"
	var values []float64
	if step, ok := even(numbers); ok && d.Ordered {
		kind, values = "FloatDistribution", numbers
		attributes["low"], attributes["high"], attributes["step"], attributes["log"] = numbers[0], numbers[len(numbers)-1], step, false
		if isInt {
			kind = "IntDistribution"
		}
	} else if len(numbers) > 0 {
		attributes["choices"] = numbers
	} else {
		attributes["choices"] = d.Choices
	}
	text, err := json.Marshal(struct {
		Name       string         `json:"name"`
		Attributes map[string]any `json:"attributes"`
	}{kind, attributes})
	if err != nil {
		return nil, fmt.Errorf("decision %s: %w", d.Name, err)
	}
	return &Distribution{Name: d.Name, text: string(text), values: values}, nil
}

// parse reads the choices as numbers, if all are.
func parse(choices []string) (numbers []float64, isInt bool) {
	isInt = true
	for _, c := range choices {
		v, err := strconv.ParseFloat(c, 64)
		if err != nil {
			return nil, false
		}
		numbers, isInt = append(numbers, v), isInt && v == math.Trunc(v)
	}
	return numbers, isInt
}

// even is the distance between numbers, if it is the same for all neighbours.
func even(numbers []float64) (step float64, ok bool) {
	if len(numbers) < 2 {
		return 0, false
	}
	step = numbers[1] - numbers[0]
	for i := 1; i < len(numbers); i++ {
		if math.Abs(numbers[i]-numbers[i-1]-step) > 1e-9 {
			return 0, false
		}
	}
	return step, true
}

// value is a choice as Optuna stores it.
func (d *Distribution) value(choice int) float64 {
	if d.values == nil {
		return float64(choice)
	}
	return d.values[choice]
}
