"""Write timm's own ONNX exports of the models whose names come in, a line each.

usage: export.py FOLDER BATCH SIDE

For each name it writes FOLDER/ordinary.onnx, which is what timm.utils.onnx_export writes of a model
made with exportable=True: the TorchScript exporter in evaluation mode, which folds batch
normalisations into convolutions; and FOLDER/kept.onnx, the same with the normalisations kept. Then
it prints a JSON object with the model's own count of parameters, or with an error, and waits for the
next name. Weights are random.
"""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path

import timm
import torch
from torch.onnx import TrainingMode

MODES = {"ordinary.onnx": TrainingMode.EVAL, "kept.onnx": TrainingMode.PRESERVE}


def main() -> None:
    folder, batch, side = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    for line in sys.stdin:
        try:
            reply = {"params": export(line.strip(), folder, torch.zeros(batch, 3, side, side))}
        except Exception as e:  # of any kind: the next model is another matter
            reply = {"error": f"{type(e).__name__}: {e}".splitlines()[0]}
        print(json.dumps(reply), flush=True)


def export(name: str, folder: Path, images: torch.Tensor) -> int:
    model = timm.create_model(name, pretrained=False, exportable=True).eval()
    for file, mode in MODES.items():
        torch.onnx.export(
            model, images, str(folder / file), training=mode, do_constant_folding=True, opset_version=17, dynamo=False
        )
    return sum(p.numel() for p in model.parameters())


if __name__ == "__main__":
    main()
