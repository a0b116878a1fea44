// Package torch writes an architecture as a self-contained PyTorch module, and
// the weights of a graph as a safetensors file that the module loads.
//
// The module's tree follows the names of the graph's nodes, so that its state
// dict has the names of package weights: a convolution conv1 is a ConvBN whose
// child is bn, a block of stage 2 is s2.b1, and a MixBlock holds the layers of
// its two parts itself.
//
// # A new block
//
// A block is one Python class in a file of its own:
//
//  1. Write fragments/<block>.py.tmpl. The class has the name that space.Block
//     prints, is built from (in_chs, row, stride), maps [B,C,H,W] to
//     [B,row.width,H/stride,W/stride], and its children are called as the nodes
//     that package space adds for it.
//  2. Add a row to fragments in fragment.go, that says which modules need it.
//  3. Where it is described by a new number of space.Stage, add that to Row in
//     fragments/row.py.tmpl and to row.String.
//  4. Run go test -update to write the goldens anew, and testdata/check.py to
//     compare the block with the graph.
package torch
