// Package accuracy predicts the ImageNet-1k top-1 accuracy that a network
// would reach after 300 epochs of training at 224x224, from its graph alone: a
// Gaussian process on eleven features, fitted on published results.
// CrossValidate says how far to trust it, Compare how much two networks differ,
// and RefitWith joins a user's own results.
//
// What it can't see: the order of blocks inside a MixBlock (B against C), a
// premium of attention at equal size, R between 0.25 and 0.65, K. docs/accuracy.md
// has what it resolves.
package accuracy
