"""Write timm's own ONNX exports of the models whose names come in, a line each.

usage: export.py FOLDER BATCH SIDE

For each name it writes FOLDER/ordinary.onnx, as timm.utils.onnx writes a model that was made with
exportable=True: by the TorchScript exporter, which folds batch normalisations into convolutions, and
tables of biases into the matrices that are looked up in them; and FOLDER/whole.onnx, where nothing
is folded. Then it prints a JSON object with the model's own count of parameters, or with an error,
and waits for the next name. Weights are random.
"""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path

import timm
import torch
from torch.onnx import TrainingMode

FILES = {
    "ordinary.onnx": {"training": TrainingMode.EVAL, "do_constant_folding": True},
    # The model is in evaluation mode already; being told so again is what makes the exporter fold.
    "whole.onnx": {"training": TrainingMode.PRESERVE, "do_constant_folding": False},
}


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
    for file, options in FILES.items():
        torch.onnx.export(model, images, str(folder / file), opset_version=17, dynamo=False, **options)
    return sum(p.numel() for p in model.parameters())


if __name__ == "__main__":
    main()
