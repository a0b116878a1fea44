"""The recipe: that of DeiT (Touvron et al. 2020, appendix B) with what regularises scaled to the epochs.

RECIPE names it in every label. Whatever changes what a network learns is another recipe: count it up.
"""

from __future__ import annotations

import copy
import math

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

RECIPE = "deit-short/1"

SMOOTHING = 0.1  # of labels
WEIGHT_DECAY = 0.05
CLIP = 5.0  # norm of the gradient
FULL = 100  # epochs from which on everything that regularises has its full strength
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of ImageNet's pixels, as in torchvision


class Plan:
    """What the recipe makes of the number of epochs and of images."""

    def __init__(self, epochs: int, images: int):
        self.epochs = epochs
        self.batch = max(8, min(128, images // 32))  # 32 steps an epoch at least
        self.steps = max(1, images // self.batch)  # of an epoch
        self.total = epochs * self.steps
        self.warm_up = min(max(1, self.total // 10), 5 * self.steps)
        # The square root of the batch, since Adam's steps don't grow with it (Malladi et al. 2022).
        self.rate = 2e-3 * math.sqrt(self.batch / 1024)
        self.strength = min(1.0, epochs / FULL)
        self.smallest_crop = 0.6 - 0.35 * self.strength
        # The average spans the last twentieth of the training.
        self.decay = math.exp(-1 / max(1.0, self.total / 20))

    def learning_rate(self, step: int) -> float:
        """Linear warm-up, then half a cosine to a hundredth."""
        if step < self.warm_up:
            return self.rate * (step + 1) / self.warm_up
        done = (step - self.warm_up) / max(1, self.total - self.warm_up)
        return self.rate * (0.01 + 0.99 * (1 + math.cos(math.pi * done)) / 2)


def optimizer(network: nn.Module, plan: Plan) -> torch.optim.Optimizer:
    """AdamW; biases and norms don't decay."""
    decays = [p for p in network.parameters() if p.ndim > 1]
    others = [p for p in network.parameters() if p.ndim <= 1]
    return torch.optim.AdamW([{"params": decays, "weight_decay": WEIGHT_DECAY}, {"params": others, "weight_decay": 0.0}], lr=plan.rate)


def mix(images: Tensor, labels: Tensor, classes: int, plan: Plan, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Mixup (alpha 0.8) or cutmix (alpha 1) of the batch with itself in reverse, with probability `strength`."""
    targets = F.one_hot(labels, classes).float() * (1 - SMOOTHING) + SMOOTHING / classes
    if rng.random() >= plan.strength:
        return images, targets
    if rng.random() < 0.5:
        share = float(rng.beta(0.8, 0.8))
        images = share * images + (1 - share) * images.flip(0)
    else:
        height, width = images.shape[2:]
        side = math.sqrt(1 - float(rng.beta(1.0, 1.0)))
        h, w = round(height * side), round(width * side)
        top, left = int(rng.integers(0, height - h + 1)), int(rng.integers(0, width - w + 1))
        other = images.flip(0)
        images = images.clone()
        images[:, :, top : top + h, left : left + w] = other[:, :, top : top + h, left : left + w]
        share = 1 - h * w / (height * width)
    return images, share * targets + (1 - share) * targets.flip(0)


class Average:
    """Exponential moving average of weights and of the normalisations' statistics."""

    def __init__(self, network: nn.Module, decay: float):
        self.network = copy.deepcopy(network).eval().requires_grad_(False)
        self.decay, self.updates = decay, 0

    @torch.no_grad()
    def update(self, network: nn.Module) -> None:
        self.updates += 1
        # The first weights are random: they count for less than a later share of the average would.
        decay = min(self.decay, self.updates / (self.updates + 9))
        for mine, theirs in zip(self.network.state_dict().values(), network.state_dict().values(), strict=True):
            if mine.dtype.is_floating_point:
                mine.lerp_(theirs, 1 - decay)
            else:
                mine.copy_(theirs)
