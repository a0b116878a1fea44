package search

import (
	"cmp"
	"math"
	"math/rand"
	"slices"
)

// niche is a reference direction with those whose nearest direction it is.
type niche struct {
	members int // that are chosen
	waiting []waiting
}

// waiting is a point of the front to choose from.
type waiting struct {
	point    int
	distance float64 // from the direction
}

// pick picks n points of a front, by their indices, where the chosen points
// leave most to be wished for.
func (n3 NSGA3[G]) pick(archive, chosen, points [][]float64, front []int, n int, rng *rand.Rand) []int {
	scale := newScale(archive, considered(chosen, points, front))
	niches := make([]niche, len(n3.Directions))
	for _, p := range chosen {
		d, _ := nearest(n3.Directions, scale.apply(p))
		niches[d].members++
	}
	for _, i := range front {
		d, distance := nearest(n3.Directions, scale.apply(points[i]))
		niches[d].waiting = append(niches[d].waiting, waiting{i, distance})
	}
	picked := make([]int, n)
	for k := range picked {
		picked[k] = emptiest(niches, rng).take(rng)
	}
	return picked
}

// considered are the chosen points and those of the front.
func considered(chosen, points [][]float64, front []int) [][]float64 {
	all := slices.Clone(chosen)
	for _, i := range front {
		all = append(all, points[i])
	}
	return all
}

// emptiest is one of the niches with the fewest members among those where
// somebody is waiting, at random.
func emptiest(niches []niche, rng *rand.Rand) *niche {
	var candidates []int
	fewest := math.MaxInt
	for i := range niches {
		switch c := &niches[i]; {
		case len(c.waiting) == 0 || c.members > fewest:
		case c.members < fewest:
			candidates, fewest = append(candidates[:0], i), c.members
		default:
			candidates = append(candidates, i)
		}
	}
	return &niches[candidates[rng.Intn(len(candidates))]]
}

// take makes one that is waiting a member: the nearest to the direction if it is
// the first, else any (Deb and Jain 2014, algorithm 4).
func (n *niche) take(rng *rand.Rand) int {
	k := rng.Intn(len(n.waiting))
	if n.members == 0 {
		nearest := slices.MinFunc(n.waiting, func(a, b waiting) int { return cmp.Compare(a.distance, b.distance) })
		k = slices.Index(n.waiting, nearest)
	}
	taken := n.waiting[k].point
	n.waiting = slices.Delete(n.waiting, k, k+1)
	n.members++
	return taken
}
