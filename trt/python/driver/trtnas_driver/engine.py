"""Running engines."""

import array
import os
import random
import statistics
import struct
import time

from .protocol import INVALID_NETWORK, Failure

HEALTH_PERIOD_NS = 100_000_000
CHUNK = 1 << 16  # values that are converted at once


class Tensor:
    """An input or output, and its buffer on the device."""

    def __init__(self, library, engine, cuda, name):
        trt = library.trt
        kinds = {trt.DataType.FLOAT: ("f", 4), trt.DataType.HALF: ("e", 2)}
        dtype = engine.get_tensor_dtype(name)
        if dtype not in kinds:
            raise Failure("tensor %s is %s: inputs and outputs in fp32 and fp16 are supported" % (name, dtype), INVALID_NETWORK)
        self.name = name
        self.shape = [int(d) for d in engine.get_tensor_shape(name)]
        if min(self.shape, default=1) < 0:
            raise Failure("tensor %s has the open shape %s: export the network for one batch size" % (name, self.shape), INVALID_NETWORK)
        self.format, self.width = kinds[dtype]
        self.is_input = engine.get_tensor_mode(name) == trt.TensorIOMode.INPUT
        self.count = 1
        for d in self.shape:
            self.count *= d
        self.cuda = cuda
        self.address = cuda.allocate(self.count * self.width)

    def upload(self, values):
        """Takes fp32 in any sequence."""
        if len(values) != self.count:
            raise Failure("input %s takes %d values, not %d" % (self.name, self.count, len(values)), INVALID_NETWORK)
        data = bytearray()
        for i in range(0, self.count, CHUNK):
            part = values[i : i + CHUNK]
            data += struct.pack("=%d%s" % (len(part), self.format), *part)
        self.cuda.upload(self.address, data)

    def download(self):
        """The values as bytes of fp32."""
        data = self.cuda.download(self.address, self.count * self.width)
        if self.format == "f":
            return data
        out, step = bytearray(), CHUNK * self.width
        for i in range(0, len(data), step):
            part = data[i : i + step]
            out += array.array("f", struct.unpack("=%de" % (len(part) // 2), part)).tobytes()
        return out


class Engine:
    """A loaded engine with an execution context and buffers."""

    def __init__(self, library, cuda, nvml, plan):
        self.library, self.cuda, self.nvml = library, cuda, nvml
        self.tensors, self.graph, self.warnings, self.captured = [], None, [], False
        library.log.clear()
        with open(plan, "rb") as file:
            data = file.read()
        self.runtime = library.attempt("create a runtime", lambda: library.trt.Runtime(library.log))
        self.engine = library.attempt("load the engine", lambda: self.runtime.deserialize_cuda_engine(data))
        self.context = self.new_context()
        try:
            for i in range(self.engine.num_io_tensors):
                self.tensors.append(Tensor(library, self.engine, cuda, self.engine.get_tensor_name(i)))
            self.bind(self.context)
            for t in self.tensors:
                if t.is_input:
                    t.upload(noise(t.count))
        except Exception:
            self.close()
            raise

    def new_context(self):
        return self.library.attempt("create an execution context", self.engine.create_execution_context)

    def bind(self, context):
        for t in self.tensors:
            if not context.set_tensor_address(t.name, t.address):
                raise self.library.failure("TensorRT does not take a buffer for %s: %s" % (t.name, self.library.log.reason()))

    def memory(self):
        """Bytes on the device for activations and scratch."""
        if hasattr(self.engine, "device_memory_size_v2"):  # from 10.1 on
            return self.engine.device_memory_size_v2
        return self.engine.device_memory_size

    def close(self):
        if self.graph is not None:
            self.cuda.destroy(self.graph)
        # In this order: TensorRT's objects must go before what they were made from.
        self.context = self.engine = self.runtime = self.graph = None
        for t in self.tensors:
            self.cuda.free(t.address)
        self.tensors = []

    def enqueue(self, context=None):
        if not (context or self.context).execute_async_v3(self.cuda.stream.value):
            raise self.library.failure("TensorRT could not run the engine: %s" % (self.library.log.reason() or "it does not say why"))

    def prepare(self):
        """Captures the CUDA graph once. Without one batches are enqueued, and the warning says so."""
        if self.captured:
            return
        self.library.log.clear()
        self.enqueue()  # what TensorRT does in the first run only must not be captured
        self.cuda.synchronize()
        self.captured = True
        try:
            self.graph = self.cuda.capture(self.enqueue)
        except Failure as failure:
            self.warnings.append("no CUDA graph, so that launching kernels may take longer than running them: %s" % failure.message)
            self.cuda.synchronize()

    def launch(self):
        if self.graph is not None:
            self.cuda.launch(self.graph)
        else:
            self.enqueue()

    def time(self, samples, warm_up_ns):
        """Samples in nanoseconds on the GPU, and its health meanwhile (trt.Timing)."""
        self.prepare()
        warnings = list(self.warnings)
        if self.nvml.trouble:
            warnings.append("the GPU's clocks are unknown: %s" % self.nvml.trouble)
        cuda, times, health = self.cuda, [], []
        # Two pairs of events: while a batch runs the next one is enqueued, as trtexec does, so that the GPU never waits for
        # the host and a sample has no launch in it.
        pairs = [(cuda.event(), cuda.event()) for _ in range(2)]
        begun = time.monotonic_ns()
        while time.monotonic_ns() - begun < warm_up_ns:
            self.fire(pairs[0])
            self.wait(pairs[0])
        due = time.monotonic_ns()
        self.fire(pairs[0])
        for i in range(samples):
            if i + 1 < samples:
                self.fire(pairs[(i + 1) % 2])
            # The host asks for the GPU's health while the batch runs, in the place of waiting for it: the GPU is busy
            # then, and the events are the GPU's, so that the sample isn't touched.
            if not self.nvml.trouble and time.monotonic_ns() >= due:
                health.append(self.nvml.health())
                due = time.monotonic_ns() + HEALTH_PERIOD_NS
            self.wait(pairs[i % 2])
            times.append(cuda.elapsed_ns(*pairs[i % 2]))
        for start, end in pairs:
            cuda.drop(start)
            cuda.drop(end)
        return {"samples_ns": times, "health": health, "warnings": warnings}

    def fire(self, pair):
        """Enqueues a batch between two events."""
        self.cuda.record(pair[0])
        self.launch()
        self.cuda.record(pair[1])

    def wait(self, pair):
        """Spins until the batch is done: sleeping would let the GPU's clock fall."""
        while not self.cuda.done(pair[1]):
            pass

    def outputs(self, path, folder):
        """Computes the outputs for an input in a file, and writes them to files (wire.Tensor)."""
        values = array.array("f")
        with open(path, "rb") as file:
            values.frombytes(file.read())
        for t in self.tensors:
            if t.is_input:
                t.upload(values)
        self.library.log.clear()
        self.enqueue()
        self.cuda.synchronize()
        tensors = []
        for i, t in enumerate(t for t in self.tensors if not t.is_input):
            name = os.path.join(folder, "output-%d" % i)
            with open(name, "wb") as file:
                file.write(t.download())
            tensors.append({"name": t.name, "shape": t.shape, "file": name})
        return tensors

    def profile(self, runs):
        """Median time of each layer over some runs (trt.Layer), in a context of its own, without a graph."""
        self.library.log.clear()
        context, profiler = self.new_context(), layer_times(self.library.trt)
        self.bind(context)
        context.profiler = profiler
        for _ in range(runs):
            self.enqueue(context)
            self.cuda.synchronize()
            profiler.end_run()
        return [{"name": name, "time_ns": round(statistics.median(ms) * 1e6)} for name, ms in profiler.layers.items()]


def layer_times(trt):
    """Collects times by layer. Its class derives from one of the module's."""

    class LayerTimes(trt.IProfiler):
        def __init__(self):
            trt.IProfiler.__init__(self)
            self.layers, self.run = {}, {}

        def report_layer_time(self, layer, ms):
            self.run[layer] = self.run.get(layer, 0) + ms

        def end_run(self):
            for layer, ms in self.run.items():
                self.layers.setdefault(layer, []).append(ms)
            self.run = {}

    return LayerTimes()


def noise(count):
    """Values like those of an image: the GPU's power, and so its clock, depends on them."""
    rng = random.Random(1)
    period = [rng.gauss(0, 1) for _ in range(4096)]
    return (period * (count // len(period) + 1))[:count]
