"""Building engines."""

import os
import time

from .protocol import INVALID_NETWORK, NO_DEVICE, OUT_OF_MEMORY, Failure

MOST_WARNINGS = 10


def build(library, model, plan, precision, typing, level, workspace_mib=0, timing_cache="", target=""):
    """Builds the ONNX file into a plan file, and says what came of it (trt.EngineInfo)."""
    trt = library.trt
    library.log.clear()
    if target and not library.rtx:
        raise Failure("TensorRT builds for the GPU at hand alone; for compute capability %s install TensorRT-RTX" % target, NO_DEVICE)
    builder = library.attempt("create a builder", lambda: trt.Builder(library.log))
    network = library.attempt("create a network", lambda: builder.create_network(library.network_flags(typing)))
    parse(library, network, model)
    config = library.attempt("configure the builder", builder.create_builder_config)
    notes = configure(library, config, precision, typing, level, workspace_mib, target)
    state, cache = read_cache(library, config, timing_cache)
    begun = time.monotonic_ns()
    engine = library.attempt("build an engine", lambda: builder.build_serialized_network(network, config))
    took = time.monotonic_ns() - begun
    with open(plan, "wb") as file:
        file.write(engine)
    if cache is not None and timing_cache:
        with open(timing_cache, "wb") as file:
            file.write(config.get_timing_cache().serialize())
    warnings = list(dict.fromkeys(notes + library.log.warnings))
    return {"bytes": engine.nbytes, "build_ns": took, "timing_cache": state, "warnings": warnings[:MOST_WARNINGS]}


def parse(library, network, model):
    parser = library.attempt("create a parser", lambda: library.trt.OnnxParser(network, library.log))
    if parser.parse_from_file(model):
        return
    errors = [parser.get_error(i) for i in range(parser.num_errors)]
    reasons = "; ".join(map(describe, errors)) or library.log.reason() or "the parser does not say why"
    full = any("MEM_ALLOC" in str(e.code()) for e in errors)
    raise library.failure("%s can't be parsed: %s" % (os.path.basename(model), reasons), OUT_OF_MEMORY if full else INVALID_NETWORK)


def describe(error):
    """One of the parser's errors. The names of the node are told from TensorRT 10 on."""
    if hasattr(error, "node_name"):
        where = "%s %s" % (error.node_operator(), error.node_name())
    else:
        where = "node %d" % error.node()
    return "%s: %s" % (where.strip(), error.desc().strip().replace("\n", " "))


def configure(library, config, precision, typing, level, workspace_mib, target):
    """Sets what is asked for, and returns what could not be set."""
    trt, notes = library.trt, []
    config.profiling_verbosity = trt.ProfilingVerbosity.DETAILED
    if hasattr(config, "builder_optimization_level"):  # from 8.6 on
        config.builder_optimization_level = level
    else:
        notes.append("TensorRT %s has no optimization levels" % library.version)
    if workspace_mib:
        config.set_memory_pool_limit(trt.MemoryPoolType.WORKSPACE, workspace_mib << 20)
    if typing == "weak" and not library.weak or typing == "strong" and not library.strong:
        raise Failure("TensorRT %s has no %sly typed networks" % (library.version, typing), INVALID_NETWORK)
    if typing == "weak" and precision == "fp16":
        config.set_flag(trt.BuilderFlag.FP16)
    if library.rtx:
        aim(library, config, target)
    return notes


def aim(library, config, target):
    """Says which compute capability to build for; TensorRT-RTX builds for any otherwise."""
    name = "SM" + target.replace(".", "") if target else "CURRENT"
    capability = getattr(library.trt.ComputeCapability, name, None)
    if capability is None:
        raise Failure("TensorRT-RTX %s does not build for compute capability %s" % (library.version, target), NO_DEVICE)
    config.num_compute_capabilities = 1
    config.set_compute_capability(capability, 0)


def read_cache(library, config, path):
    """Gives the timing cache to the builder; returns its state and itself, which must live until the engine is built."""
    if library.rtx:  # it has none
        return "none", None
    old = b""
    if path and os.path.exists(path):
        with open(path, "rb") as file:
            old = file.read()
    for known, state in ((old, "warm" if old else "cold"), (b"", "dropped")):
        cache = config.create_timing_cache(known)
        if cache is not None and config.set_timing_cache(cache, False):
            return state, cache
    return "none", None
