package accuracy

// SizeRanks are the sums of the ranks of parameters and activations, the best
// of the simple figures.
func SizeRanks(rows []Row) []float64 {
	params, activations := make([]float64, len(rows)), make([]float64, len(rows))
	for i, r := range rows {
		params[i], activations[i] = r.Params, r.Activations
	}
	sum := ranks(params)
	for i, rank := range ranks(activations) {
		sum[i] += rank
	}
	return sum
}

// Unseen is the top-1 in per cent that the model predicts of each network of the
// recipe r300, by name, when its line of families was left out and the scales
// were tuned without it.
func Unseen() (map[string]float64, error) {
	l, err := leaveOut(Rows(), superOut)
	if err != nil {
		return nil, err
	}
	return l.unseen(), nil
}

func (l *leftOut) unseen() map[string]float64 {
	predicted := make(map[string]float64, len(l.tested))
	for i, r := range l.tested {
		predicted[r.Name] = l.model[i].Top1
	}
	return predicted
}
