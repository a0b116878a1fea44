"""Zero-cost proxies of an exported module, from the papers' formulas in PyTorch alone; prints a JSON object.

usage: reference.py FOLDER

FOLDER is what zerocost.WriteInputs writes. Values are taken by hooks on modules and on PyTorch's functions; nothing of trtnas
but the module under test is used.
"""

import importlib.util
import json
import math
import re
import sys
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import nn
from torch.overrides import TorchFunctionMode


class Recorder(TorchFunctionMode):
    """Keeps what activations, convolutions and linear layers give."""

    def __init__(self, model):
        super().__init__()
        self.names = {id(m.weight): name for name, m in model.named_modules() if isinstance(m, (nn.Conv2d, nn.Linear))}
        self.activations, self.layers = [], {}

    def __torch_function__(self, function, types, args=(), kwargs=None):
        value = function(*args, **(kwargs or {}))
        if function in (F.relu, F.gelu, torch.relu):
            self.activations.append(value)
        elif function in (torch.conv2d, F.conv2d):
            self.layers[self.names[id(args[1])]] = value.flatten(2)  # [B, C, positions]
        elif function is F.linear:
            self.layers[self.names[id(args[1])]] = value.reshape(len(value), -1, value.shape[-1]).transpose(1, 2)
        return value


def forward(model, images, channels):
    blocks = {}
    for name, module in model.named_modules():
        if re.fullmatch(r"s\d\.b\d+", name):
            module.register_forward_hook(lambda m, args, value, name=name: blocks.__setitem__(name, value))
    with torch.no_grad(), Recorder(model) as seen:
        model(images)
    return {
        "meco": sum(meco(seen.layers[name][0], drawn) for name, drawn in channels.items()),
        "az-expressivity": sum(entropy(value) for value in blocks.values()),
        "naswot": naswot(seen.activations),
        "swap": swap(seen.activations),
    }


def meco(features, drawn):
    """MeCo_opt: c/n times the smallest eigenvalue of the correlation matrix of n of c channels of one image."""
    x = features[drawn].double()
    x = x - x.mean(1, keepdim=True)
    x = x / x.norm(dim=1, keepdim=True)
    correlation = torch.nan_to_num(x @ x.T, nan=0.0)
    return len(features) / len(drawn) * torch.linalg.eigvalsh(correlation).min().item()


def entropy(features):
    """AZ-NAS: -sum p log p over the normalised spectrum of the features' covariance."""
    x = features.transpose(0, 1).flatten(1).T if features.dim() == 4 else features.flatten(0, 1)
    x = x.double() - x.double().mean(0)
    spectrum = torch.linalg.svdvals(x) ** 2
    p = spectrum / spectrum.sum()
    return -torch.special.xlogy(p, p).sum().item()


def naswot(activations):
    """log |K|, K the number of units less the Hamming distance of two images' codes."""
    codes = torch.cat([(value > 0).flatten(1) for value in activations], dim=1)
    size = len(codes)
    kernel = torch.tensor([[(codes[i] == codes[j]).sum().item() for j in range(size)] for i in range(size)], dtype=torch.float64)
    return torch.logdet(kernel).item()


def swap(activations):
    """Number of different columns, one for each unit."""
    codes = torch.cat([(value > 0).flatten(1) for value in activations], dim=1).numpy()
    columns = np.ascontiguousarray(np.packbits(codes, axis=0).T)
    return len(set(columns.view(f"V{columns.shape[1]}").ravel().tolist()))


def zen(module, model, images, noise, alpha=0.01):
    """log E ||f(x) - f(x + alpha e)|| without residual links, plus the logs of the normalisations' scales, with weights of unit scale."""
    without_residuals(module)
    kept = [(name, m) for name, m in model.named_modules() if not re.search(r"\.shortcut(\.|$)|^head", name)]
    spreads = {}

    def keep(m, args):
        spreads.setdefault(m, args[0].double().var(-1, correction=0).mean().item())  # of the images without noise, which come first

    for _, m in kept:
        if isinstance(m, nn.LayerNorm):
            m.register_forward_pre_hook(keep)
            m.eps = 1e-20  # normalises by the variance alone, that the score accounts for
    model.head = None
    with torch.no_grad():
        change = model(images)[-1].double() - model(images + alpha * noise)[-1].double()
    score = math.log(change.flatten(1).norm(dim=1).mean().item())
    score += sum(math.log(v) for v in spreads.values()) / 2
    for name, m in kept:
        if isinstance(m, nn.BatchNorm2d):
            score += math.log(m.running_var.double().mean().item()) / 2
        if isinstance(m, nn.Conv2d):
            score -= math.log(2 / (m.out_channels // m.groups * m.kernel_size[0] ** 2)) / 2
        if isinstance(m, nn.Linear) and not name.endswith("attn.q"):
            score -= math.log(TRUNCATED * 0.02)
    return score


# Standard deviation of a standard normal that is cut at two, by its density and distribution there.
TRUNCATED = math.sqrt(1 - 4 * math.exp(-2) / math.sqrt(2 * math.pi) / math.erf(math.sqrt(2)))


def without_residuals(module):
    """Forward methods of the module's blocks without their sums."""

    def bottleneck(self, x):
        return F.relu(self.conv3(F.relu(self.conv2(F.relu(self.conv1(x))))))

    def attend(self, x, *size):
        return self.mlp(self.norm2(self.attn(self.norm1(x), *size)))

    def transform(self, x):
        x, size = module.to_tokens(x)
        return module.to_map(attend(self, x, *([size] if hasattr(self.attn, "sr") else [])), size)

    def inverted(self, x):
        return self.project(F.relu(self.depthwise(F.relu(self.expand(x)))))

    for name, method, function in [
        ("BottleNeck", "forward", bottleneck), ("MixBlock", "bottleneck", bottleneck), ("MixBlock", "transformer", transform),
        ("Transformer", "forward", attend), ("MBConv", "forward", inverted),
    ]:
        if hasattr(module, name):
            setattr(getattr(module, name), method, function)


def gradients(model, images, labels):
    """ZiCo over two batches, and the norms of the first one's gradients."""
    weights = [m.weight for m in model.modules() if isinstance(m, (nn.Conv2d, nn.Linear))]
    model.train()
    found = []
    for x, y in zip(images.chunk(2), labels.chunk(2)):
        found.append([g.double() for g in torch.autograd.grad(F.cross_entropy(model(x), y), weights)])
    zico = 0.0
    for first, second in zip(*found):
        # The deviation of two values is half of what they differ by.
        mean, deviation = (first.abs() + second.abs()) / 2, (first.abs() - second.abs()).abs() / 2
        zico += math.log((mean[deviation > 0] / deviation[deviation > 0]).sum().item())
    return {"zico": zico, "gradnorm": sum(g.norm().item() for g in found[0])}


def main(folder):
    torch.set_num_threads(1)
    spec = importlib.util.spec_from_file_location("model", folder / "model.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    inputs = json.loads((folder / "inputs.json").read_text())
    images, noise = (torch.from_numpy(np.fromfile(folder / name, "<f4").reshape(inputs["shape"])) for name in ("images", "noise"))

    def fresh():
        return module.create_model(str(folder / "weights.safetensors")).eval()

    scores = forward(fresh(), images, inputs["channels"])
    scores |= gradients(fresh(), images, torch.tensor(inputs["labels"]))
    plain = fresh()
    plain.load_state_dict(load_file(folder / "plain.safetensors"), strict=False)  # it lacks what is only in residual links
    scores["zen"] = zen(module, plain, images, noise)  # last, since it changes the module's classes
    print(json.dumps({"scores": scores, "version": f"PyTorch {torch.__version__}"}))


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    main(Path(sys.argv[1]))
