"""Train timm's networks from scratch on fractals, by the script and the recipe that trtnas ships.

usage: train.py SCRIPT IMAGES RESOLUTION EPOCHS

SCRIPT is the folder of the shipped script, IMAGES its name of the data ("fractals:CLASSESxTRAINxVALIDATION"). The first line
that is written says what is trained on. Then each line that comes in, {"network", "seed"}, is answered by one with what its
training reached, or with an error. One process trains all, since drawing the fractals takes longer than training some.
OMP_NUM_THREADS is the number of threads.
"""

from __future__ import annotations

import json
import math
import sys
import time
import warnings
from pathlib import Path

HERE = Path(__file__).parent
sys.dont_write_bytecode = True
sys.path[:0] = [sys.argv[1], str(HERE.parent / "zerocost")]

import timm
import torch
import torch.nn.functional as F
import train as shipped
from data import batches, centred, open_images
from torch import nn

import reference

CHANNELS = 8  # of a layer, of which MeCo takes the correlations
PROXY_IMAGES = 32  # random ones, of which ZiCo takes the gradients in two halves


class Training(shipped.Training):
    """A training of the shipped script, of a network that timm makes; it leaves no checkpoints and is validated at the end."""

    def create(self) -> nn.Module:
        return create(self.request["network"], self.settings["resolution"], self.images.classes)

    def load(self) -> None:
        return None

    def tell(self, within: float, loss: float | None = None) -> None:
        pass

    def run(self) -> dict:
        while self.epoch < self.until:
            self.train_epoch()
            self.epoch += 1
        return self.measured()

    @torch.no_grad()
    def measured(self) -> dict:
        """Top-1 in per cent and mean cross-entropy in nats of the averaged weights, on the images that validate."""
        split, right, loss = self.images.validation, 0, 0.0
        labels = torch.tensor(split.labels)

        def one(index: int):
            return centred(split[index], self.settings["resolution"])

        for indices, images in batches(torch.arange(len(split)).numpy(), 64, one, self.threads, whole=False):
            with self.autocast():
                logits = self.average.network(self.tensor(images)).float().cpu()
            right += int((logits.argmax(1) == labels[indices]).sum())
            loss += F.cross_entropy(logits, labels[indices], reduction="sum").item()
        return {"top1": 100 * right / len(split), "loss": loss / len(split)}


def create(name: str, resolution: int, classes: int) -> nn.Module:
    """timm's network for that resolution; those that take any have no option for it."""
    try:
        return timm.create_model(name, pretrained=False, num_classes=classes, img_size=resolution)
    except TypeError:
        return timm.create_model(name, pretrained=False, num_classes=classes)


def proxies(network: nn.Module, resolution: int, classes: int) -> dict:
    """ZiCo and MeCo of the untrained network, of random images: the best zero-cost proxies at equal FLOPs."""
    images = torch.randn(PROXY_IMAGES, 3, resolution, resolution)
    least = []

    def hook(layer: nn.Module, args, value: torch.Tensor) -> None:
        features = value[0].flatten(1) if isinstance(layer, nn.Conv2d) else value[0].reshape(-1, value.shape[-1]).T
        if len(features) >= CHANNELS and features.shape[1] > 1:
            least.append(reference.meco(features, torch.randperm(len(features))[:CHANNELS]))

    layers = [m for m in network.modules() if isinstance(m, (nn.Conv2d, nn.Linear))]
    hooks = [layer.register_forward_hook(hook) for layer in layers]
    with torch.no_grad():
        network.eval()(images[:1])
    for h in hooks:
        h.remove()
    return {"meco": sum(least), "zico": zico(network.train(), layers, images, torch.randint(0, classes, (PROXY_IMAGES,)))}


def zico(network: nn.Module, layers: list[nn.Module], images: torch.Tensor, labels: torch.Tensor) -> float:
    """The reference's, but for layers that have no gradient at this resolution, such as queries of an attention to one position."""
    found = []
    for x, y in zip(images.chunk(2), labels.chunk(2)):
        network.zero_grad()
        F.cross_entropy(network(x), y).backward()
        found.append([torch.zeros_like(m.weight) if m.weight.grad is None else m.weight.grad.double() for m in layers])
    score = 0.0
    for first, second in zip(*found):
        mean, deviation = (first.abs() + second.abs()) / 2, (first.abs() - second.abs()).abs() / 2
        moves = deviation > 0
        score += math.log((mean[moves] / deviation[moves]).sum().item()) if moves.any() else 0.0
    return score


def train(request: dict, settings: dict, images) -> dict:
    settings = settings | {"seed": request["seed"]}
    torch.manual_seed(request["seed"])
    scores = proxies(create(request["network"], settings["resolution"], images.classes), settings["resolution"], images.classes)
    begun = time.process_time()
    training = Training(request | {"settings": settings, "until": settings["epochs"], "checkpoints": "none"}, images)
    return training.run() | scores | {"cpu_seconds": time.process_time() - begun}


def main() -> None:
    settings = {"images": sys.argv[2], "resolution": int(sys.argv[3]), "epochs": int(sys.argv[4])}
    warnings.simplefilter("ignore")
    images = open_images(settings["images"], round(settings["resolution"] * 8 / 7), 0)
    said = shipped.description(images)
    shipped.talk.event("described", recipe=said["recipe"], fingerprint=said["data_fingerprint"], threads=torch.get_num_threads(),
                       versions=said["versions"] | {"timm": timm.__version__})  # fmt: skip
    for line in sys.stdin:
        try:
            shipped.talk.event("trained", **train(json.loads(line), settings, images))
        except Exception as error:  # whatever one network does, the next one can be trained
            shipped.talk.event("failed", message=f"{type(error).__name__}: {error}".splitlines()[0])


if __name__ == "__main__":
    main()
