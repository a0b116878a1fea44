"""Zero-cost proxies of networks, for package evaluator/zerocost.

A request is a line of JSON on standard input, its answer a line on standard output: {"id", "versions"}, {"id", "scores": {proxy: value}}
with null for what is not finite, or {"id", "error"}. Needed are ONNX Runtime and NumPy, and PyTorch for the gradient pass alone. Everything runs on one thread of the
CPU, so that the same request has the same answer to the last digit. The formulas are those of the papers that zerocost.go names.
"""

import os

for library in ("OMP", "OPENBLAS", "MKL"):
    os.environ[library + "_NUM_THREADS"] = "1"

import importlib.metadata
import importlib.util
import json
import sys

import numpy as np
import onnxruntime as ort

CHUNK = 8  # images that go through the network at once, which bounds the memory
UNITS = 1 << 20  # whose signs are compared at once; sums of ones stay exact in fp32
NOISE = 0.01  # Zen-NAS, algorithm 1


def hello():
    """Versions of what computes; PyTorch is imported only where it is needed, since that takes seconds."""
    torch = importlib.metadata.version("torch") if importlib.util.find_spec("torch") else ""
    return {"versions": {"onnxruntime": ort.__version__, "numpy": np.__version__, "torch": torch}}


def forward(request):
    """MeCo, SWAP, NASWOT and the expressivity of AZ-NAS."""
    model, images = Model(request["model"]), read(request["images"], request["shape"])
    layers, activations, blocks = (request[taps] or [] for taps in ("layers", "activations", "blocks"))
    scores = {}
    if layers:
        scores["meco"] = sum(least_correlation(tap, value[0]) for tap, value in zip(layers, model.run(layers, images[:1])))
    codes, spreads = [0] * len(activations), [Spread(len(images)) for _ in blocks]
    for start in range(0, len(images), CHUNK):
        values = model.run(activations + blocks, images[start : start + CHUNK])
        for i, value in enumerate(values[: len(activations)]):
            codes[i] = codes[i] | pack(value > 0, start)
        for spread, tap, value in zip(spreads, blocks, values[len(activations) :]):
            spread.add(np.moveaxis(value, tap["axis"], -1))
    if blocks:
        scores["az-expressivity"] = sum(s.entropy() for s in spreads)
    if activations:
        codes = np.concatenate(codes)
        scores |= {"swap": len(np.unique(codes)), "naswot": np.linalg.slogdet(agreements(codes, len(images)))[1]}
    return scores


class Model:
    """An ONNX model, of which outputs are computed by name."""

    def __init__(self, path):
        options = ort.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self.session = ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        self.input = self.session.get_inputs()[0].name

    def run(self, taps, images):
        return self.session.run([tap["output"] for tap in taps], {self.input: images}) if taps else []


def read(path, shape):
    return np.fromfile(path, dtype="<f4").reshape(shape)


def least_correlation(tap, value):
    """Smallest eigenvalue of the drawn channels' Pearson correlations, weighted by the width; a constant channel has none."""
    channels = np.moveaxis(value, tap["axis"] - 1, 0).reshape(tap["width"], -1)[tap["channels"]].astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        correlations = np.nan_to_num(np.corrcoef(channels), nan=0, posinf=0, neginf=0)
    return tap["width"] / len(channels) * np.linalg.eigvalsh(correlations)[0]


def pack(signs, start):
    """A bit for each image [b, ...], as one number for each unit; the first image is bit start."""
    signs = signs.reshape(len(signs), -1)
    code = np.zeros(signs.shape[1], np.uint64)
    for i, sign in enumerate(signs, start):
        code |= sign.astype(np.uint64) << np.uint64(i)
    return code


def agreements(codes, images):
    """For each pair of images, the number of units in which their signs agree."""
    kernel = np.zeros((images, images))
    for start in range(0, len(codes), UNITS):
        part = codes[start : start + UNITS]
        signs = np.stack([(part >> np.uint64(i)) & np.uint64(1) for i in range(images)]).astype(np.float32)
        kernel += signs @ signs.T + (1 - signs) @ (1 - signs).T
    return kernel


class Spread:
    """Covariance of features [n, c], which come in pieces; where n < c, its smaller twin with the same eigenvalues."""

    def __init__(self, images):
        self.images, self.kept = images, []
        self.count, self.sum, self.square = 0, 0, 0

    def add(self, value):
        """Take the features of some images [b, ..., c]."""
        features = value.reshape(-1, value.shape[-1]).astype(np.float64)
        self.count += len(features)
        if len(features) // len(value) * self.images < features.shape[1]:
            self.kept.append(features)
        else:
            self.sum, self.square = self.sum + features.sum(0), self.square + features.T @ features

    def entropy(self):
        """Of the eigenvalues over their sum, in nats."""
        if self.kept:
            features = np.concatenate(self.kept)
            features -= features.mean(0)
            matrix = features @ features.T / self.count
        else:
            mean = self.sum / self.count
            matrix = self.square / self.count - np.outer(mean, mean)
        values = np.linalg.eigvalsh(matrix).clip(min=0)
        shares = values[values > 0] / values.sum()
        return -(shares * np.log(shares)).sum()


def plain(request):
    """The Zen score, of a model without residual links."""
    model = Model(request["model"])
    images, noise = read(request["images"], request["shape"]), read(request["noise"], request["shape"])
    norms, features = request["norms"] or [], [request["features"]]
    changes, variances = [], np.zeros(len(norms))
    for start in range(0, len(images), CHUNK):
        part = slice(start, start + CHUNK)
        before, *inputs = model.run(features + norms, images[part])
        (after,) = model.run(features, images[part] + np.float32(NOISE) * noise[part])
        difference = (after.astype(np.float64) - before).reshape(len(before), -1)
        changes.extend(np.sqrt((difference**2).sum(1)))
        for i, (tap, value) in enumerate(zip(norms, inputs)):
            groups = (len(value), tap["groups"], -1) if tap.get("groups") else value.shape
            variances[i] += value.astype(np.float64).reshape(groups).var(-1).mean() * len(value) / len(images)
    return {"zen": np.log(np.mean(changes)) + request["scale"] + np.log(variances).sum() / 2}


def gradient(request):
    """ZiCo and the norm of the gradient, of the exported module in training mode."""
    import torch
    from torch import nn

    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    model = load(request["module"]).create_model(request["weights"]).train()
    layers = [m for m in model.modules() if isinstance(m, (nn.Conv2d, nn.Linear))]
    images, labels = torch.from_numpy(read(request["images"], request["shape"])), torch.tensor(request["labels"])
    batches = []
    for part in range(2):
        half = slice(part * len(images) // 2, (part + 1) * len(images) // 2)
        model.zero_grad()
        nn.functional.cross_entropy(model(images[half]), labels[half]).backward()
        batches.append([layer.weight.grad.double().numpy() for layer in layers])
    return {"zico": zico(batches), "gradnorm": sum(np.sqrt((g**2).sum()) for g in batches[0])}


def zico(batches):
    score = 0.0
    for gradients in zip(*batches):
        sizes = np.abs(np.stack(gradients))
        mean, deviation = sizes.mean(0), sizes.std(0)
        moves = deviation > 0
        if moves.any():
            score += np.log((mean[moves] / deviation[moves]).sum())
    return score


def load(path):
    """The module in a file."""
    spec = importlib.util.spec_from_file_location("model", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def answer(line):
    request = json.loads(line)
    try:
        if request["op"] == "hello":
            return {"id": request["id"]} | hello()
        with np.errstate(divide="ignore", invalid="ignore"):
            scores = PASSES[request["op"]](request)
        finite = {proxy: float(value) if np.isfinite(value) else None for proxy, value in scores.items()}
        return {"id": request["id"], "scores": finite}
    except Exception as e:  # whatever one network does, the next one can be asked about
        return {"id": request["id"], "error": f"{type(e).__name__}: {e}"}


PASSES = {"forward": forward, "plain": plain, "gradient": gradient}


def main():
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print is no answer
    sys.dont_write_bytecode = True
    for line in sys.stdin:
        print(json.dumps(answer(line)), file=answers, flush=True)


if __name__ == "__main__":
    main()
