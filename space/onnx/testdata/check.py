#!/usr/bin/env python3
"""Check exported models against ONNX and onnxruntime: check.py MODEL.onnx...

For each model: the checker with full checks, shape inference in strict mode
with data propagation, the same output shapes as declared, and finite outputs
from onnxruntime on the CPU, at batches 1 and 2 where the batch is open. Prints
one line of figures a model; exits with 1 if any fails.

Needs onnx, onnxruntime, numpy. Each model takes a process of its own, so that
memory is given back and a crash is reported like any other failure.
"""
import resource
import subprocess
import sys
import time

INPUT_SEED = 1


def declared(value):
    return [d.dim_param or d.dim_value for d in value.type.tensor_type.shape.dim]


def check_structure(path):
    """Returns the model without its weights' values."""
    import onnx

    onnx.checker.check_model(path, full_check=True)
    model = onnx.load(path, load_external_data=False)
    assert model.ir_version == 8 and model.opset_import[0].version == 17, "versions"
    inferred = onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True)
    produced = {v.name: v for v in inferred.graph.value_info}
    produced |= {v.name: v for v in inferred.graph.output}
    for node in inferred.graph.node:
        for name in node.output:
            assert name in produced, f"no shape inferred for {name}"
    names = [node.name for node in model.graph.node]
    assert len(set(names)) == len(names), "names of nodes repeat"
    assert "Attention" not in {node.op_type for node in model.graph.node}
    return model


def run(session, shape, kind):
    import numpy

    image = numpy.random.default_rng(INPUT_SEED).standard_normal(shape).astype(kind)
    return session.run(None, {session.get_inputs()[0].name: image})


def check_numbers(path, model):
    """Runs the model; returns the largest magnitude of an output."""
    import numpy
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    kind = {1: numpy.float32, 10: numpy.float16}[model.graph.input[0].type.tensor_type.elem_type]
    shape = declared(model.graph.input[0])
    largest = 0.0
    for batch in [1, 2] if shape[0] == "batch" else [shape[0]]:
        outputs = run(session, [batch, *shape[1:]], kind)
        for value, output in zip(outputs, model.graph.output, strict=True):
            want = [batch, *declared(output)[1:]]
            assert value.dtype == kind and list(value.shape) == want, f"{output.name}: {value.shape}, declared {want}"
            assert numpy.isfinite(value).all(), f"{output.name}: not finite"
            assert value.std() > 0, f"{output.name}: constant"
            largest = max(largest, float(abs(value).max()))
    return kind.__name__, shape, largest


def check(path):
    start = time.monotonic()
    model = check_structure(path)
    structure = time.monotonic() - start
    kind, shape, largest = check_numbers(path, model)
    seconds = time.monotonic() - start - structure
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    print(f"ok {path} {kind} {'x'.join(map(str, shape))} nodes {len(model.graph.node)} "
          f"max {largest:.3g} structure {structure:.1f} s run {seconds:.1f} s peak {peak} MiB")


def main():
    if sys.argv[1:2] == ["-one"]:
        check(sys.argv[2])
        return
    failed = 0
    for path in sys.argv[1:]:
        done = subprocess.run([sys.executable, __file__, "-one", path], stderr=subprocess.PIPE, text=True)
        if done.returncode != 0:
            failed += 1
            print(f"FAILED {path} ({done.returncode}): {done.stderr.strip()[-600:]}")
    if failed or len(sys.argv) < 2:
        sys.exit(f"{failed} of {len(sys.argv) - 1} models failed")


if __name__ == "__main__":
    main()
