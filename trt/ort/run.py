"""Outputs of an ONNX model by ONNX Runtime on the CPU, for package trt/ort.

usage: run.py version
       run.py MODEL INPUT FOLDER DIM...

INPUT is a file of fp32 in the machine's byte order, of shape DIM... The outputs go to such files in FOLDER; a JSON list on
standard output says their names, shapes and files (wire.Tensor).
"""

import json
import os
import sys

import numpy
import onnxruntime

TYPES = {"tensor(float)": numpy.float32, "tensor(float16)": numpy.float16}


def main(model, path, folder, *shape):
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    wanted = session.get_inputs()[0]
    value = numpy.fromfile(path, dtype=numpy.float32).reshape([int(d) for d in shape]).astype(TYPES[wanted.type])
    names = [o.name for o in session.get_outputs()]
    tensors = []
    for i, (name, output) in enumerate(zip(names, session.run(names, {wanted.name: value}))):
        file = os.path.join(folder, "output-%d" % i)
        output.astype(numpy.float32).tofile(file)
        tensors.append({"name": name, "shape": list(output.shape), "file": file})
    print(json.dumps(tensors))


if sys.argv[1:] == ["version"]:
    print(onnxruntime.__version__)
else:
    main(*sys.argv[1:])
