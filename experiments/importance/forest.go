package importance

import (
	"cmp"
	"math/rand"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat"
)

// table is what a forest is fitted on: column j has each row's choice of
// decision j.
type table struct {
	columns [][]uint8
	choices []int  // of each decision
	ordered []bool // else its choices are kinds
	values  []float64
}

// forest is what became of the trees, which are not kept.
type forest struct {
	// shares has for each tree and decision the share of the tree's variance that
	// the decision alone explains, where all choices are equally likely.
	shares [][]float64
	joint  []float64 // for each tree the rest, of several decisions together
	// marginals has for each decision and choice the mean of all networks with that
	// choice, by all trees.
	marginals [][]float64
	// explained is the share of the values' variance that the trees explain of rows
	// that they were not fitted on (Breiman 2001, out of bag).
	explained float64
}

const (
	// fewestInLeaf keeps a tree from following single networks.
	fewestInLeaf = 2
	// negligible is a share of the variance that rounding may make up.
	negligible = 1e-12
)

// grow fits regression trees, each on rows drawn with replacement (Breiman
// 2001, with all decisions at each split), and takes each tree's variance over
// the space apart by decisions: functional ANOVA in closed form (Hutter, Hoos
// and Leyton-Brown 2014, "An Efficient Approach for Assessing Hyperparameter
// Importance", section 4), for choices that are finite.
func grow(t table, trees int, rng *rand.Rand) forest {
	f := forest{marginals: zeros(t.choices)}
	mean := stat.Mean(t.values, nil)
	t.values = slices.Clone(t.values)
	floats.AddConst(-mean, t.values) // so that squares lose no digits
	spread := floats.Dot(t.values, t.values)
	rows := len(t.values)
	sums, votes := make([]float64, rows), make([]float64, rows)
	for range trees {
		in, drawn := make([]int32, rows), make([]bool, rows)
		for i := range in {
			r := rng.Intn(rows)
			in[i], drawn[r] = int32(r), true
		}
		var out []int32
		for r, yes := range drawn {
			if !yes {
				out = append(out, int32(r))
			}
		}
		tr := tree{table: t, least: spread * negligible, sums: sums, votes: votes, marginals: zeros(t.choices)}
		tr.split(in, out, whole(t.choices))
		f.add(tr, trees)
	}
	for _, marginal := range f.marginals {
		floats.AddConst(mean, marginal)
	}
	f.explained = explained(t.values, sums, votes)
	return f
}

func zeros(sizes []int) [][]float64 {
	all := make([][]float64, len(sizes))
	for i, n := range sizes {
		all[i] = make([]float64, n)
	}
	return all
}

// whole is the region of all choices.
func whole(sizes []int) [][]uint8 {
	region := make([][]uint8, len(sizes))
	for j, n := range sizes {
		for v := range n {
			region[j] = append(region[j], uint8(v))
		}
	}
	return region
}

// add takes in a tree's decomposition.
func (f *forest) add(t tree, trees int) {
	total := t.square - t.mean*t.mean
	shares, joint := make([]float64, len(t.marginals)), 1.0
	for j, marginal := range t.marginals {
		alone := 0.0
		for v, m := range marginal {
			alone += (m - t.mean) * (m - t.mean) / float64(len(marginal))
			f.marginals[j][v] += m / float64(trees)
		}
		if total > 0 {
			shares[j] = alone / total
		}
		joint -= shares[j]
	}
	f.shares, f.joint = append(f.shares, shares), append(f.joint, max(0, joint))
}

// explained compares the mean vote of the trees that had not seen a row with its
// value, which are centred.
func explained(values, sums, votes []float64) float64 {
	left, all := 0.0, 0.0
	for i, v := range values {
		if votes[i] > 0 {
			e := v - sums[i]/votes[i]
			left, all = left+e*e, all+v*v
		}
	}
	if all == 0 {
		return 0
	}
	return 1 - left/all
}

// tree is a regression tree while it is grown: only what its leaves add up to is
// kept.
type tree struct {
	table
	least        float64   // gain of a cut that is worth it
	sums, votes  []float64 // predictions of rows that the tree was not fitted on
	mean, square float64   // of the tree's value over the space
	marginals    [][]float64
}

// split grows the node of a region, in being the rows that it is fitted on and
// out others that fall into it.
func (t *tree) split(in, out []int32, region [][]uint8) {
	c, ok := t.best(in, region)
	if !ok {
		t.leaf(in, out, region)
		return
	}
	var left [256]bool
	for _, v := range c.left {
		left[v] = true
	}
	column := t.columns[c.decision]
	isLeft := func(row int32) bool { return left[column[row]] }
	inLeft, inRight := parted(in, isLeft)
	outLeft, outRight := parted(out, isLeft)
	side := slices.Clone(region)
	side[c.decision] = c.left
	t.split(inLeft, outLeft, side)
	side = slices.Clone(region)
	side[c.decision] = c.right
	t.split(inRight, outRight, side)
}

func parted(rows []int32, isLeft func(int32) bool) (left, right []int32) {
	for _, r := range rows {
		if isLeft(r) {
			left = append(left, r)
		} else {
			right = append(right, r)
		}
	}
	return left, right
}

// leaf adds what a region contributes: its value, weighed by its share of the
// space.
func (t *tree) leaf(in, out []int32, region [][]uint8) {
	value := 0.0
	for _, r := range in {
		value += t.values[r] / float64(len(in))
	}
	for _, r := range out {
		t.sums[r] += value
		t.votes[r]++
	}
	volume := 1.0
	for j, choices := range region {
		volume *= float64(len(choices)) / float64(t.choices[j])
	}
	t.mean += value * volume
	t.square += value * value * volume
	for j, choices := range region {
		of := value * volume * float64(t.choices[j]) / float64(len(choices))
		for _, v := range choices {
			t.marginals[j][v] += of
		}
	}
}

// cut is a decision's choices in two parts.
type cut struct {
	decision    int
	left, right []uint8
	gain        float64 // by how much it lowers the sum of squared errors
}

// best is the cut that leaves the least sum of squared errors, if any leaves
// less than none.
func (t *tree) best(in []int32, region [][]uint8) (cut, bool) {
	best := cut{gain: t.least}
	if len(in) < 2*fewestInLeaf {
		return best, false
	}
	for j, choices := range region {
		if len(choices) < 2 {
			continue
		}
		if c := t.cutOf(j, in, choices); c.gain > best.gain {
			best = c
		}
	}
	return best, best.left != nil
}

// cutOf is the best cut of a decision. Kinds are ordered by their mean, which
// holds the best of all cuts (Fisher 1958).
func (t *tree) cutOf(j int, in []int32, choices []uint8) cut {
	var counts, sums [256]float64
	total := 0.0
	column := t.columns[j]
	for _, r := range in {
		v := column[r]
		counts[v]++
		sums[v] += t.values[r]
		total += t.values[r]
	}
	n := float64(len(in))
	if !t.ordered[j] {
		mean := func(v uint8) float64 {
			if counts[v] == 0 {
				return total / n
			}
			return sums[v] / counts[v]
		}
		choices = slices.Clone(choices)
		slices.SortStableFunc(choices, func(a, b uint8) int { return cmp.Compare(mean(a), mean(b)) })
	}
	best := cut{decision: j}
	first, last := 0, 0 // cuts with the greatest gain: choices that no row has may be on either side
	var count, sum float64
	for i, v := range choices[:len(choices)-1] {
		count, sum = count+counts[v], sum+sums[v]
		if count < fewestInLeaf || n-count < fewestInLeaf {
			continue
		}
		gain := sum*sum/count + (total-sum)*(total-sum)/(n-count) - total*total/n
		switch {
		case gain > best.gain && counts[v] > 0:
			best.gain, first, last = gain, i, i
		case counts[v] == 0 && last == i-1 && best.gain > 0:
			last = i
		}
	}
	if best.gain > 0 {
		middle := (first + last + 1) / 2
		best.left, best.right = choices[:middle+1], choices[middle+1:]
	}
	return best
}
