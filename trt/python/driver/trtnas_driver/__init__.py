"""TensorRT behind JSON lines: CUDA and NVML by ctypes, TensorRT by its own bindings."""
