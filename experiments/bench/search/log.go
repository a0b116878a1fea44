package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"slices"
	"sync"

	"github.com/trtnas/trtnas/search"
)

// corner is where hypervolumes end: at the budget, and at an accuracy that is
// below all networks of interest but not so far below that the first networks
// have nearly everything.
var corner = []float64{budget, -78}

// budget of a batch's latency, in ms.
const budget = 15.0

// record is a run as it is kept: how its hypervolume grew, and what its front
// adds to those of the runs before it on the same device.
type record struct {
	job
	Evaluated int          `json:"evaluated"` // different networks
	At        []int        `json:"at"`        // evaluations at which the hypervolume had grown
	Volume    []float64    `json:"volume"`    // to this
	Added     [][2]float64 `json:"added"`     // latency in ms and accuracy
	Seconds   float64      `json:"seconds"`
	Own       float64      `json:"own_seconds,omitempty"` // of the optimiser alone
	By        string       `json:"by"`
}

// at is the hypervolume after n evaluations.
func (r record) at(n int) float64 {
	i, found := slices.BinarySearch(r.At, n)
	if found {
		i++
	}
	if i == 0 {
		return 0
	}
	return r.Volume[i-1]
}

// reach is the number of evaluations to a hypervolume; infinite if it was not
// reached.
func (r record) reach(volume float64) float64 {
	i, _ := slices.BinarySearch(r.Volume, volume)
	if i == len(r.Volume) {
		return math.Inf(1)
	}
	return float64(r.At[i])
}

// log holds the records of all finished runs, in memory and in a file to which
// each is appended. Several jobs may use it at a time.
type log struct {
	path    string
	mu      sync.Mutex
	records []record
}

func openLog(path string) (*log, error) {
	l := &log{path: path}
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var r record
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			return nil, fmt.Errorf("%s, line %d: %w; delete the line if a run was interrupted there", path, len(l.records)+1, err)
		}
		l.records = append(l.records, r)
	}
	return l, lines.Err()
}

func (l *log) has(j job) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.ContainsFunc(l.records, func(r record) bool { return r.job == j })
}

// formerly is the method of records that were dropped. Their networks still
// belong to the reference.
const formerly method = "formerly"

// drop forgets the runs of a method, so that they are done anew.
func (l *log) drop(m string) error {
	if m == "" {
		return nil
	}
	if _, known := setups[method(m)]; !known {
		return fmt.Errorf("-again %s: there is no such method in plan.go", m)
	}
	var text bytes.Buffer
	for i, r := range l.records {
		if r.Method == method(m) {
			r.Method, r.At, r.Volume = formerly, nil, nil
			l.records[i] = r
		}
		if err := json.NewEncoder(&text).Encode(r); err != nil {
			return err
		}
	}
	return os.WriteFile(l.path, text.Bytes(), 0o644)
}

// add keeps a run.
func (l *log) add(j job, f found) (record, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	r := record{job: j, Evaluated: len(f.points), Seconds: round(f.seconds, 1), Own: round(f.own, 4), By: f.by}
	steps, front := growth(f.points)
	if !j.Method.compared() {
		steps = nil
	}
	for _, s := range thin(steps) {
		r.At, r.Volume = append(r.At, s.at), append(r.Volume, round(s.volume, 3))
	}
	known := reference(l.records, j)
	for _, p := range front {
		if !slices.ContainsFunc(known, func(k []float64) bool { return search.Dominates(k, p) || slices.Equal(k, p) }) {
			r.Added = append(r.Added, [2]float64{round(p[0], 3), round(-p[1], 3)})
		}
	}
	l.records = append(l.records, r)
	if l.path == "" {
		return r, nil
	}
	line, err := json.Marshal(r)
	if err != nil {
		return r, err
	}
	file, err := os.OpenFile(l.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return r, err
	}
	_, err = file.Write(append(line, '\n'))
	return r, errors.Join(err, file.Close())
}

func round(v float64, digits int) float64 {
	scale := math.Pow10(digits)
	return math.Round(v*scale) / scale
}

// reference are the objectives of the best that all runs on the job's device
// found.
func reference(records []record, j job) [][]float64 {
	var points [][]float64
	for _, r := range records {
		if r.Space == j.Space && r.truth == j.truth && r.Seed == j.Seed {
			for _, p := range r.Added {
				points = append(points, []float64{p[0], -p[1]})
			}
		}
	}
	return points
}

// step is a hypervolume that was reached.
type step struct {
	at     int // evaluations
	volume float64
}

// growth follows a run's front: the hypervolume after each evaluation at which
// it grew, and the front in the end.
func growth(points []point) (steps []step, front [][]float64) {
	for i, p := range points {
		o := []float64{p.Latency, -p.Accuracy}
		if p == (point{}) || o[0] >= corner[0] || o[1] >= corner[1] ||
			slices.ContainsFunc(front, func(f []float64) bool { return search.Dominates(f, o) || slices.Equal(f, o) }) {
			continue
		}
		front = slices.DeleteFunc(front, func(f []float64) bool { return search.Dominates(o, f) })
		front = append(front, o)
		steps = append(steps, step{i + 1, search.Hypervolume(front, corner)})
	}
	return steps, front
}

// The share by which a hypervolume must have grown for another step to be kept,
// up to lateFrom of a run's last one, and beyond, where the page looks closely.
const (
	earlyGrowth = 0.01
	lateGrowth  = 0.001
	lateFrom    = 0.94
)

// thin keeps few steps. A hypervolume is then found reached a little late,
// never early.
func thin(steps []step) []step {
	var kept []step
	for i, s := range steps {
		last := 0.0
		if len(kept) > 0 {
			last = kept[len(kept)-1].volume
		}
		least := last * (1 + earlyGrowth)
		if s.volume >= lateFrom*steps[len(steps)-1].volume {
			least = last * (1 + lateGrowth)
		}
		if s.volume >= least || i == len(steps)-1 {
			kept = append(kept, s)
		}
	}
	return kept
}
