"""Train an exported module for some steps and use it as a backbone; prints a JSON object.

usage: train.py FOLDER

The images are noise around ten fixed patterns, so that a network that learns at all learns them. The
loss has to halve, the backbone to give four maps with the strides that it states, and what was trained
to give the same outputs after torch.onnx.export.
"""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import numpy as np
import onnxruntime as ort
import torch
import torch.nn.functional as F
from torch import nn

from check import error, load_module

SIDE, CLASSES, BATCH, STEPS, WARMUP = 64, 10, 16, 40, 10


def main() -> None:
    torch.manual_seed(0)
    torch.set_num_threads(1)
    model = load_module(Path(sys.argv[1]))
    network, losses = train(model)
    print(json.dumps({"loss": losses, "maps": maps(model), "export_error": export(network)}))


def train(model) -> tuple[nn.Module, tuple[float, float]]:
    """The trained network, and the first loss and the mean of the last three."""
    network = model.create_model(num_classes=CLASSES, in_chans=1).train()
    patterns = torch.randn(CLASSES, 1, SIDE, SIDE)
    optimizer = torch.optim.AdamW(network.parameters(), lr=5e-4)
    warmup = torch.optim.lr_scheduler.LinearLR(optimizer, 1 / WARMUP, total_iters=WARMUP)
    losses = []
    for _ in range(STEPS):
        labels = torch.randint(CLASSES, (BATCH,))
        loss = F.cross_entropy(network(patterns[labels] + 0.2 * torch.randn(BATCH, 1, SIDE, SIDE)), labels)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        warmup.step()
        losses.append(loss.item())
    last = float(np.mean(losses[-3:]))
    if not last < losses[0] / 2:
        raise SystemExit(f"the loss does not fall: from {losses[0]:.3f} to {last:.3f} in {STEPS} steps")
    return network, (losses[0], last)


def maps(model) -> list[list[int]]:
    backbone = model.create_model(features_only=True).eval()
    with torch.no_grad():
        shapes = [list(y.shape) for y in backbone(torch.zeros(1, 3, 2 * SIDE, SIDE))]
    want = [[1, c, 2 * SIDE // s, SIDE // s] for c, s in zip(backbone.channels, (4, 8, 16, 32), strict=True)]
    if shapes != want:
        raise SystemExit(f"the backbone's maps are {shapes}, not {want}")
    return shapes


def export(network: nn.Module) -> float:
    """Largest difference of PyTorch's own export, over the largest output."""
    network.eval()
    image = torch.randn(2, 1, SIDE, SIDE)
    file = io.BytesIO()
    torch.onnx.export(network, (image,), file, opset_version=17)
    session = ort.InferenceSession(file.getvalue(), providers=["CPUExecutionProvider"])
    theirs = session.run(None, {session.get_inputs()[0].name: image.numpy()})
    with torch.no_grad():
        difference = error([network(image).numpy()], theirs)
    if difference > 1e-4:
        raise SystemExit(f"PyTorch's export differs by {difference:.1e}")
    return difference


if __name__ == "__main__":
    main()
