"""Check folders that hold an exported network.

    python check.py FOLDER...

Each folder has model.py and weights.safetensors. Optional are model.onnx, the same network with the
same weights for one image of 224x224 (or any batch), and params.txt, the number of parameters.
Needs torch; safetensors, onnx and onnxruntime are used if installed. Weights should be written
with weights.Init{Probe: true}, so that biases and running statistics count.
"""

from __future__ import annotations

import importlib.util
import sys
import tempfile
from pathlib import Path

import torch
import torch.nn.functional as F

torch.set_num_threads(1)
TOLERANCE = 1e-4  # of the largest output


def load_module(folder: Path):
    spec = importlib.util.spec_from_file_location("model", folder / "model.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["model"] = module
    spec.loader.exec_module(module)
    return module


def image(size: tuple[int, int], batch: int = 1, channels: int = 3) -> torch.Tensor:
    return torch.randn(batch, channels, *size, generator=torch.Generator().manual_seed(0))


def difference(got: torch.Tensor, want: torch.Tensor) -> float:
    """Largest difference relative to the largest output."""
    assert got.shape == want.shape, (got.shape, want.shape)
    assert want.isfinite().all() and want.std() > 0, "output is not finite, or constant"
    return ((got - want).abs().max() / want.abs().max()).item()


def check_weights(module, folder: Path):
    """The file loads strictly, by the package and without it, and has nothing besides."""
    path = folder / "weights.safetensors"
    state = module.read_safetensors(path)
    model = module.create_model(weights=path).eval()
    own = {k: v for k, v in model.state_dict().items() if not k.endswith("num_batches_tracked")}
    assert own.keys() == state.keys(), own.keys() ^ state.keys()
    assert all(torch.equal(own[name], state[name]) for name in own)
    count = sum(p.numel() for p in model.parameters())
    if (folder / "params.txt").exists():
        want = int((folder / "params.txt").read_text())
        assert count == want, f"{count} parameters, want {want}"
    return model, f"{count / 1e6:.2f} M parameters"


def check_onnxruntime(model, folder: Path) -> str:
    path = folder / "model.onnx"
    if not path.exists():
        return "no model.onnx"
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    batch = session.get_inputs()[0].shape[0]
    x = image((224, 224), batch if isinstance(batch, int) else 1)
    (want,) = session.run(None, {session.get_inputs()[0].name: x.numpy()})
    with torch.no_grad():
        got = difference(model(x), torch.from_numpy(want))
    assert got < TOLERANCE, f"differs from model.onnx by {got:.1e}"
    return f"onnx {got:.1e}"


def check_shapes(module, model, folder: Path) -> str:
    """Maps at strides 4 to 32, other sizes, classes and channels of the image."""
    path = folder / "weights.safetensors"
    backbone = module.create_model(weights=path, features_only=True).eval()
    with torch.no_grad():
        x = image((224, 224))
        maps = backbone(x)
        got = [tuple(m.shape) for m in maps]
        strides = zip(backbone.channels, backbone.strides)
        assert got == [(1, c, 224 // s, 224 // s) for c, s in strides], got
        assert difference(model.head(maps[-1]), model(x)) < TOLERANCE
        small = module.create_model(num_classes=10, in_chans=1).eval()
        assert small(image((224, 224), channels=1)).shape == (1, 10)
        try:
            assert model(image((96, 128))).shape == (1, 1000)
        except RuntimeError as error:  # a reduction's kernel does not fit the map
            return f"no 96x128 ({str(error).splitlines()[0]})"
    return "96x128"


def check_training(module, optimiser: str) -> str:
    """The loss on 8 random images falls within 20 steps."""
    torch.manual_seed(0)
    model = module.create_model(num_classes=10).train()
    x, target = image((96, 96), batch=8), torch.arange(8)
    if optimiser == "SGD":
        step = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    else:
        step = torch.optim.AdamW(model.parameters(), lr=2e-4)
    losses = []
    for _ in range(20):
        loss = F.cross_entropy(model(x), target)
        step.zero_grad()
        loss.backward()
        assert all(p.grad is not None for p in model.parameters()), "a parameter has no gradient"
        step.step()
        losses.append(loss.item())
    assert losses[-1] < 0.7 * losses[0], f"{optimiser}: loss {losses[0]:.2f} to {losses[-1]:.2f}"
    return f"{optimiser} {losses[0]:.2f} to {losses[-1]:.2f}"


def check_initialisation(module) -> None:
    """As space/weights draws: He by fan-out, a normal of 0.02 cut at two deviations."""
    torch.manual_seed(0)
    for name, layer in module.create_model().named_modules():
        if isinstance(layer, torch.nn.Conv2d):
            out, _, kernel, _ = layer.weight.shape
            want = (2 / (out * kernel * kernel)) ** 0.5
        elif isinstance(layer, torch.nn.Linear):
            want = 0.02 * 0.8796
            assert layer.weight.abs().max() <= 0.04 + 1e-6
        else:
            continue
        got, size = layer.weight.std().item(), layer.weight.numel()
        assert abs(got / want - 1) < 4 / size**0.5, f"{name}: deviation {got}, want {want}"
        assert layer.bias is None or not layer.bias.any()


def check_exports(model) -> str:
    x = image((224, 224))
    with torch.no_grad():
        traced = torch.jit.trace(model, x)
        assert difference(traced(x), model(x)) < TOLERANCE
    try:
        import onnx  # noqa: F401, torch.onnx.export needs it
        import onnxruntime
    except ImportError:
        return "traced"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "exported.onnx"
        torch.onnx.export(model, x, path, opset_version=17, dynamo=False)
        session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    (got,) = session.run(None, {session.get_inputs()[0].name: x.numpy()})
    with torch.no_grad():
        assert difference(torch.from_numpy(got), model(x)) < TOLERANCE
    return "traced, exported"


def check(folder: Path) -> str:
    module = load_module(folder)
    model, params = check_weights(module, folder)
    results = [params, check_onnxruntime(model, folder), check_shapes(module, model, folder)]
    check_initialisation(module)
    optimiser = "AdamW" if hasattr(module, "Attention") else "SGD"
    results += [check_training(module, optimiser), check_exports(model)]
    return "; ".join(results)


def main() -> None:
    failed = 0
    for folder in sys.argv[1:]:
        try:
            print(f"{Path(folder).name}: {check(Path(folder))}", flush=True)
        except Exception as error:  # one network's failure should not hide the others'
            failed += 1
            print(f"{Path(folder).name}: FAILED: {type(error).__name__}: {error}", flush=True)
    print(f"{len(sys.argv) - 1 - failed} of {len(sys.argv) - 1} pass")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
