// Package accuracy predicts the ImageNet-1k top-1 accuracy that a network
// would reach after 300 epochs of training at 224x224, from its graph alone:
// the mean of three Gaussian processes on a dozen features, fitted on
// published results. CrossValidate says how far to trust it.
//
// What it can't see: the order of blocks inside a MixBlock (B against C), a
// premium of attention at equal size, R between 0.25 and 0.65, K. Networks
// less than 0.5 points apart are ties.
package accuracy
