package report

import (
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"
)

var csvHeader = []string{
	"id", "latency_ms", "latency_low_ms", "latency_high_ms", "latency_level", "latency_source", "latency_extrapolated",
	"top1", "top1_low", "top1_high", "top1_level", "top1_source", "top1_extrapolated", "top1_bound",
	"params", "macs", "engine_bytes", "memory_bytes", "energy_j", "build_spread", "stages",
}

// WriteCSV writes the front's networks as a table with a header, the slowest
// first: latencies in ms, accuracies in per cent. build_spread is empty where a
// network was built once, and what an engine takes where it was not measured. The latencies under further budgets come last.
func (f Front) WriteCSV(w io.Writer) error {
	c := csv.NewWriter(w)
	header := slices.Clone(csvHeader)
	for i := range f.Targets {
		for _, name := range csvHeader[1:7] { // of the latency
			header = append(header, fmt.Sprintf("%s_%d", name, i+2))
		}
	}
	if err := c.Write(header); err != nil {
		return err
	}
	for _, p := range f.Points {
		spread := ""
		if p.Rebuilt != nil {
			spread = number(p.Rebuilt.Spread)
		}
		record := append([]string{p.ID}, p.Latency.fields()...)
		record = append(record, p.Top1.fields()...)
		record = append(record, number(p.Objective.Accuracy), strconv.FormatInt(p.Params, 10), strconv.FormatInt(p.MACs, 10))
		record = append(record, p.Engine.fields()...)
		record = append(record, spread, Rows(p.Stages))
		for _, l := range p.Beside {
			record = append(record, l.fields()...)
		}
		if err := c.Write(record); err != nil {
			return err
		}
	}
	c.Flush()
	return c.Error()
}

func (e *Estimate) fields() []string {
	return []string{number(e.Value), number(e.Low), number(e.High), number(e.Level), e.Source, strconv.FormatBool(e.Extrapolated)}
}

func number(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }
