// Package probe asks the CUDA driver whether there is a GPU before
// gorgonia.org/cu does, which would end the process with a text on the standard
// output, where responses belong. Go initialises packages that depend on
// nothing in the order of their paths, and this one's comes first.
package probe
