"""Build a TensorRT-RTX engine of an ONNX model, on a machine with no GPU; prints a JSON object.

usage: build_rtx.py MODEL.onnx

The builder may crash; it runs in a process of its own. Exit code 2: the parser refused the model,
3: no engine came of it. The reasons are on standard error.
"""

from __future__ import annotations

import json
import sys
import time

import tensorrt_rtx_bindings as trt


class Log(trt.ILogger):
    def __init__(self):
        trt.ILogger.__init__(self)

    def log(self, severity, message):
        if severity in (trt.ILogger.ERROR, trt.ILogger.INTERNAL_ERROR):
            print(message, file=sys.stderr)


def main() -> int:
    log = Log()
    builder = trt.Builder(log)
    network = builder.create_network(1 << int(trt.NetworkDefinitionCreationFlag.STRONGLY_TYPED))
    parser = trt.OnnxParser(network, log)
    if not parser.parse_from_file(sys.argv[1]):
        for i in range(parser.num_errors):
            e = parser.get_error(i)
            print(f"{e.node_operator()} {e.node_name()}: {e.desc()}", file=sys.stderr)
        return 2
    config = builder.create_builder_config()
    config.num_compute_capabilities = 1
    config.set_compute_capability(trt.ComputeCapability.SM80, 0)
    begun = time.monotonic()
    engine = builder.build_serialized_network(network, config)
    if engine is None:
        return 3
    print(json.dumps({"rtx": trt.__version__, "seconds": round(time.monotonic() - begun, 1), "bytes": engine.nbytes}))
    return 0


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    sys.exit(code)
