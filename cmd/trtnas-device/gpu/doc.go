// Package gpu is one GPU as programs time on it: memory, a stream, CUDA graphs
// and events through gorgonia.org/cu, and clocks, temperature and processes
// through NVML. It is compiled with the tag cuda, and ends the process when it
// starts where there is no driver (see package probe).
package gpu
