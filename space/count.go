package space

import "math/big"

// Genotypes is the number of genotypes.
func (s *Space) Genotypes() *big.Int {
	total := big.NewInt(1)
	for _, n := range s.choices() {
		total.Mul(total, big.NewInt(int64(n)))
	}
	return total
}

// Networks is the number of different networks among them.
//
// For one width the networks are the product of the stages' sets. Scaled
// widths make the products of several widths overlap, so they are united by
// inclusion and exclusion; an intersection of products is the product of
// intersections, and most are empty.
func (s *Space) Networks() *big.Int {
	products := make([][4]stageSet, len(s.Widths))
	for w, width := range s.Widths {
		for i := range s.Stages {
			products[w][i] = s.stageSet(i, width)
		}
	}
	total := new(big.Int)
	for w := range products {
		unite(total, products[w+1:], products[w], 1)
	}
	return total
}

type stageSet map[Stage]struct{}

func (s *Space) stageSet(i, width int) stageSet {
	n := s.choices()
	set := stageSet{}
	genes := make([]uint8, genesPerStage)
	var walk func(gene int)
	walk = func(gene int) {
		if gene == genesPerStage {
			set[s.stage(i, width, genes).canonical()] = struct{}{}
			return
		}
		for v := range n[1+i*genesPerStage+gene] {
			genes[gene] = uint8(v)
			walk(gene + 1)
		}
	}
	walk(0)
	return set
}

// unite adds the signed sizes of all intersections of product with any of
// rest, and of product itself.
func unite(total *big.Int, rest [][4]stageSet, product [4]stageSet, sign int64) {
	size := big.NewInt(sign)
	for _, set := range product {
		size.Mul(size, big.NewInt(int64(len(set))))
	}
	if size.Sign() == 0 {
		return
	}
	total.Add(total, size)
	for w := range rest {
		var both [4]stageSet
		for i := range both {
			both[i] = intersect(product[i], rest[w][i])
		}
		unite(total, rest[w+1:], both, -sign)
	}
}

func intersect(a, b stageSet) stageSet {
	if len(b) < len(a) {
		a, b = b, a
	}
	both := stageSet{}
	for s := range a {
		if _, ok := b[s]; ok {
			both[s] = struct{}{}
		}
	}
	return both
}
