"""Run two ONNX files on the same image; prints their outputs' relative difference as a JSON object.

usage: compare.py ONNX ONNX
"""

from __future__ import annotations

import json
import sys

import numpy as np
import onnxruntime as ort

TOLERANCE = 1e-4


def main() -> None:
    ours, theirs = (run(path) for path in sys.argv[1:])
    difference = float(np.abs(ours - theirs).max() / np.abs(theirs).max())
    if not difference <= TOLERANCE:
        raise SystemExit(f"the two files' outputs differ by {difference:.1e}, at most {TOLERANCE:.0e}: they are not the same network")
    print(json.dumps({"difference": difference, "versions": f"ONNX Runtime {ort.__version__}"}))


def run(path: str) -> np.ndarray:
    session = ort.InferenceSession(path, providers=["CPUExecutionProvider"])
    image = session.get_inputs()[0]
    values = np.random.default_rng(0).standard_normal(image.shape, dtype=np.float32)
    return session.run(None, {image.name: values})[0]


if __name__ == "__main__":
    main()
