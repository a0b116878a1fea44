"""Check one exported folder with programs that are not ours; prints a JSON object.

usage: check.py FOLDER LEARNED [--timm NAME]

LEARNED is a file with the names of the tensors that the network learns, a line each.

onnx.checker reads both models, ONNX Runtime runs them, and PyTorch computes the same: the exported
module with the exported weights, or timm's network with the ONNX file's weights put into it.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import torch
from onnx import numpy_helper
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

import borrow


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("learned", type=Path)
    parser.add_argument("--timm")
    args = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)

    report = {}
    for name in ("model.onnx", "model.fp16.onnx"):
        onnx.checker.check_model(str(args.folder / name), full_check=True)
    fp32 = session(args.folder / "model.onnx")
    shape = fp32.get_inputs()[0].shape
    image = np.random.default_rng(0).standard_normal(shape, dtype=np.float32)
    ours = run(fp32, image)
    half = run(session(args.folder / "model.fp16.onnx"), image.astype(np.float16))
    report["fp16_error"] = error(half, ours)

    module, peer = None, None
    if (args.folder / "model.py").exists():
        module, peer = own_module(args.folder, pyramid=len(ours) > 1), "module"
    elif args.timm:
        learned = set(args.learned.read_text().splitlines())
        module, peer = timm_module(args.timm, args.folder / "model.onnx", learned, shape[2:]), "timm"
    if module is not None:
        report["peer"] = peer
        report |= compare(module, torch.from_numpy(image), ours)
    if args.timm:
        report |= {"timm_" + k: v for k, v in counts(create(args.timm, shape[2:]), image).items()}
    print(json.dumps(report))


def session(path: Path) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    return ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def run(s: ort.InferenceSession, image: np.ndarray) -> list[np.ndarray]:
    outputs = s.run(None, {s.get_inputs()[0].name: image})
    for value in outputs:
        if not np.isfinite(value).all():
            raise SystemExit("ONNX Runtime's output is not finite")
        if value.std() == 0:
            raise SystemExit("ONNX Runtime's output is constant")
    return [value.astype(np.float32) for value in outputs]


def error(a: list[np.ndarray], b: list[np.ndarray]) -> float:
    """Largest absolute difference over the largest absolute output."""
    return float(max(np.abs(x - y).max() / np.abs(y).max() for x, y in zip(a, b, strict=True)))


def load_module(folder: Path):
    """The exported model.py as a Python module."""
    spec = importlib.util.spec_from_file_location("model", folder / "model.py")
    model = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(model)
    return model


def own_module(folder: Path, pyramid: bool) -> nn.Module:
    return load_module(folder).create_model(str(folder / "weights.safetensors"), features_only=pyramid)


def create(name: str, size: list[int]) -> nn.Module:
    import timm
    from timm.layers import set_fused_attn

    set_fused_attn(False)
    return timm.create_model(name, pretrained=False)


def timm_module(name: str, path: Path, learned: set[str], size: list[int]) -> nn.Module:
    tensors = [(t.name, numpy_helper.to_array(t)) for t in onnx.load(path).graph.initializer if t.name in learned]
    model = create(name, size)
    borrow.load(model, tensors, size)
    return model


def compare(module: nn.Module, image: torch.Tensor, ours: list[np.ndarray]) -> dict:
    module.eval()
    with torch.no_grad():
        theirs = module(image)
    theirs = [y.numpy() for y in (theirs if isinstance(theirs, list) else [theirs])]
    return counts(module, image.numpy()) | {"fp32_error": error(ours, theirs)}


def counts(module: nn.Module, image: np.ndarray) -> dict:
    """Parameters, and multiply-accumulates of convolutions, linear layers and products."""
    module.eval()
    with torch.no_grad(), sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
        module(torch.from_numpy(image[:1]))
    return {"params": sum(p.numel() for p in module.parameters()), "macs": counter.get_total_flops() // 2}


if __name__ == "__main__":
    main()
