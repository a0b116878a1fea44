"""Export a module with torch.onnx.export; prints what that call took as a JSON object.

usage: torch_export.py FOLDER ONNX SIDE

FOLDER has model.py and weights.safetensors, ONNX is the file to write, and SIDE the image's height and width.
"""

from __future__ import annotations

import importlib.util
import json
import platform
import resource
import sys
import time
from pathlib import Path

import torch


def main() -> None:
    folder, target, side = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    spec = importlib.util.spec_from_file_location("model", folder / "model.py")
    model = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(model)
    network = model.create_model(str(folder / "weights.safetensors")).eval()
    image = torch.zeros(1, 3, side, side)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    torch.onnx.export(network, (image,), target, opset_version=17, dynamo=False)
    seconds = time.perf_counter() - start
    versions = f"PyTorch {torch.__version__} on Python {platform.python_version()}"
    print(json.dumps({"seconds": seconds, "before": before, "versions": versions}))


if __name__ == "__main__":
    main()
