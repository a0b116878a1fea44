"""Put the weights of an ONNX file into a PyTorch network that names them otherwise.

Modules with weights are taken in the order in which a forward pass runs them, ours in the order of the
file, and each takes the first tensors left whose kind and shape are its own. Where two of one kind and
shape run in another order than ours, the outputs differ and the comparison fails: it can't pass by
accident.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

LEARNED = ("weight", "bias", "running_mean", "running_var")


def load(model: nn.Module, tensors: list[tuple[str, np.ndarray]], size: list[int]) -> None:
    groups, lone = group(tensors)
    for module in executed(model, size):
        own = {name: value for name, value in module.state_dict(keep_vars=True).items() if name in LEARNED}
        place = next((i for i, g in enumerate(groups) if fits(g, own)), None)
        if place is None:
            shapes = {name: tuple(value.shape) for name, value in own.items()}
            raise SystemExit(f"no weights are left for a {type(module).__name__} with {shapes}")
        assign(own, groups.pop(place))
    fill_lone(model, lone)
    if groups or lone:
        raise SystemExit(f"weights without a place: {[g[0] for g in groups] + [n for n, _ in lone]}")


def group(tensors: list[tuple[str, np.ndarray]]):
    """Tensors of one layer together; those that are no layer's weight apart."""
    groups: list[tuple[str, dict[str, np.ndarray]]] = []
    lone: list[tuple[str, np.ndarray]] = []
    for name, value in tensors:
        layer, _, kind = name.rpartition(".")
        if kind not in LEARNED:
            lone.append((name, value))
        elif groups and groups[-1][0] == layer:
            groups[-1][1][kind] = value
        else:
            groups.append((layer, {kind: value}))
    return groups, lone


def executed(model: nn.Module, size: list[int]) -> list[nn.Module]:
    """Modules with weights of their own, in the order in which they run."""
    order: list[nn.Module] = []
    hooks = [
        m.register_forward_pre_hook(lambda m, _: order.append(m))
        for m in model.modules()
        if any(n in LEARNED for n, _ in m.named_parameters(recurse=False))
    ]
    with torch.no_grad():
        model.eval()(torch.zeros(1, 3, *size))
    for hook in hooks:
        hook.remove()
    return order


def fits(g, own: dict[str, torch.Tensor]) -> bool:
    _, values = g
    return values.keys() == own.keys() and all(
        values[k].size == own[k].numel() and squeezed(values[k].shape) == squeezed(own[k].shape) for k in own
    )


def squeezed(shape) -> tuple[int, ...]:
    """A linear layer and a 1x1 convolution are one."""
    return tuple(d for d in shape if d != 1)


def assign(own: dict[str, torch.Tensor], g) -> None:
    with torch.no_grad():
        for kind, value in g[1].items():
            own[kind].copy_(torch.from_numpy(value.copy()).reshape(own[kind].shape))


def fill_lone(model: nn.Module, lone: list[tuple[str, np.ndarray]]) -> None:
    """Parameters that are no layer's weight: tokens, embeddings, scales of layers."""
    with torch.no_grad():
        for module in model.modules():
            for name, value in module.named_parameters(recurse=False):
                if name in LEARNED:
                    continue
                place = next((i for i, (_, v) in enumerate(lone) if squeezed(v.shape) == squeezed(value.shape)), None)
                if place is None:
                    raise SystemExit(f"no weights are left for the parameter {name} {tuple(value.shape)}")
                value.copy_(torch.from_numpy(lone.pop(place)[1].copy()).reshape(value.shape))
