"""TensorRT's bindings as far as the driver uses them, for tests; FAKE_TENSORRT is the release, such as 10.6.0.

A model is a JSON file that says what happens to it:
  {"parse": [[op, node, text], ...], "build": [errors], "load": [errors], "half": false, "count": 6, "ms": 1}
Lists that are not empty make their step fail. The output is twice the input. What the builder was asked for is logged as a
warning.
"""

import ctypes
import enum
import json
import os
import struct

cuda = ctypes.CDLL("libcuda.so.1")
cuda.fake_work.argtypes = (ctypes.c_void_p, ctypes.c_int64)


def strict(cls):
    """Lets no attribute be set that the class does not have, as the bindings do."""

    def set_known(self, name, value):
        if not hasattr(cls, name):
            raise AttributeError("%s has no attribute %s" % (cls.__name__, name))
        object.__setattr__(self, name, value)

    cls.__setattr__ = set_known
    return cls


def make(namespace, version, rtx):
    major = int(version.split(".")[0])
    typed = {"STRONGLY_TYPED": 1} if rtx or major >= 9 else {}
    batch = {} if rtx or major >= 11 else {"EXPLICIT_BATCH": 0}
    NetworkDefinitionCreationFlag = enum.IntEnum("NetworkDefinitionCreationFlag", {**batch, **typed})
    BuilderFlag = enum.IntEnum("BuilderFlag", {"TF32": 7} if rtx or major >= 11 else {"FP16": 0, "TF32": 7})
    MemoryPoolType = enum.IntEnum("MemoryPoolType", {"WORKSPACE": 0})
    ProfilingVerbosity = enum.IntEnum("ProfilingVerbosity", {"DETAILED": 2})
    DataType = enum.Enum("DataType", {"FLOAT": 0, "HALF": 1, "INT32": 3})
    TensorIOMode = enum.Enum("TensorIOMode", {"INPUT": 1, "OUTPUT": 2})

    class ILogger:
        INTERNAL_ERROR, ERROR, WARNING, INFO = range(4)

    class IProfiler:
        pass

    class Host(bytes):
        nbytes = property(len)

    class Cache:
        def __init__(self, known):
            self.known = known

        def serialize(self):
            return Host(self.known + b"+")

    @strict
    class Config:
        profiling_verbosity = builder_optimization_level = num_compute_capabilities = None
        flags, workspace, cache, capability = (), 0, None, None

        def set_flag(self, flag):
            self.flags += (flag,)

        def set_memory_pool_limit(self, pool, size):
            self.workspace = size

        def create_timing_cache(self, known):
            return Cache(bytes(known))

        def set_timing_cache(self, cache, ignore_mismatch):
            if cache.known.startswith(b"damaged"):
                return False
            self.cache = cache
            return True

        def get_timing_cache(self):
            return self.cache

        def set_compute_capability(self, capability, index):
            self.capability = capability

    class Network:
        def __init__(self, flags):
            self.flags, self.model = flags, None

    class ParserError:
        def __init__(self, op, node, text):
            self.op, self.name, self.text = op, node, text
            if rtx or major >= 10:
                self.node_operator, self.node_name = (lambda: op), (lambda: node)

        def code(self):
            return "ErrorCode.INVALID_NODE"

        def desc(self):
            return self.text

        def node(self):
            return 3

    class OnnxParser:
        def __init__(self, network, log):
            self.network, self.errors = network, []

        def parse_from_file(self, path):
            if not rtx and major < 10 and not self.network.flags & 1:
                raise RuntimeError("the network needs an explicit batch")
            with open(path) as file:
                self.network.model = json.load(file)
            self.errors = [ParserError(*e) for e in self.network.model.get("parse", ())]
            return not self.errors

        num_errors = property(lambda self: len(self.errors))

        def get_error(self, i):
            return self.errors[i]

    class Builder:
        def __init__(self, log):
            if os.environ.get("FAKE_BUILDER"):
                log.log(ILogger.ERROR, os.environ["FAKE_BUILDER"])
                raise TypeError("pybind11::init(): factory function returned nullptr")
            if os.environ.get("FAKE_CUDA") in ("none", "mismatch") and not rtx:
                os.abort()  # as TensorRT 10.6 does
            self.log = log

        def create_network(self, flags):
            return Network(flags)

        def create_builder_config(self):
            return Config()

        def build_serialized_network(self, network, config):
            self.log.log(ILogger.WARNING, "flags %d %s, level %s, workspace %s, target %s" % (
                network.flags, [f.name for f in config.flags], config.builder_optimization_level, config.workspace, config.capability and config.capability.name))
            if os.environ.get("FAKE_CRASH"):
                os.abort()
            for error in network.model.get("build", ()):
                self.log.log(ILogger.ERROR, error)
            return None if network.model.get("build") else Host(json.dumps(network.model).encode())

    class Runtime:
        def __init__(self, log):
            self.log = log

        def deserialize_cuda_engine(self, plan):
            model = json.loads(plan)
            for error in model.get("load", ()):
                self.log.log(ILogger.ERROR, error)
            return None if model.get("load") else Engine(model)

    class Engine:
        num_io_tensors = 2

        def __init__(self, model):
            self.model = model
            if rtx or major >= 10:
                self.device_memory_size_v2 = 4096
            else:
                self.device_memory_size = 4096

        def get_tensor_name(self, i):
            return ("input", "output")[i]

        def get_tensor_mode(self, name):
            return TensorIOMode.INPUT if name == "input" else TensorIOMode.OUTPUT

        def get_tensor_dtype(self, name):
            return DataType[self.model.get("type", "FLOAT")]

        def get_tensor_shape(self, name):
            return (1, self.model.get("count", 6))

        def create_execution_context(self):
            return Context(self.model)

    @strict
    class Context:
        profiler, model, addresses = None, None, None

        def __init__(self, model):
            self.model, self.addresses = model, {}

        def set_tensor_address(self, name, address):
            self.addresses[name] = address
            return True

        def execute_async_v3(self, stream):
            n, half = self.model.get("count", 6), self.model.get("type") == "HALF"
            form, size = ("=%de" % n, 2 * n) if half else ("=%df" % n, 4 * n)
            values = struct.unpack(form, ctypes.string_at(self.addresses["input"], size))
            doubled = struct.pack(form, *(2 * v for v in values))
            ctypes.memmove(self.addresses["output"], doubled, size)
            ms = self.model.get("ms", 1)
            cuda.fake_work(stream, int(ms * 1e6))
            if self.profiler:
                for layer, share in (("s1.b1.conv1", 0.75), ("s1.b2.conv1", 0.25)):
                    self.profiler.report_layer_time(layer, share * ms)
            return True

    namespace.update({k: v for k, v in locals().items() if k[0].isupper()}, __version__=version)
    if rtx:
        namespace["ComputeCapability"] = enum.IntEnum("ComputeCapability", {"CURRENT": 1, "SM80": 80})
