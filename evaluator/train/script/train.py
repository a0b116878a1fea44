"""Train one network by the contract of docs/training.md: a request on standard input, events on standard output.

It needs Python 3.10, PyTorch, NumPy and Pillow, and takes one GPU if PyTorch sees one. After each epoch
there is a checkpoint; another request for the same network goes on from it, on the CPU to the same
weights bit for bit.
"""

from __future__ import annotations

import importlib.util
import inspect
import json
import math
import os
import sys
import time
from pathlib import Path

CONTRACT = "trtnas.train/1"
TELL = 5.0  # seconds between events of progress


class Talk:
    """Writes events to what standard output was; what others print goes to standard error."""

    def __init__(self) -> None:
        self.out = os.fdopen(os.dup(1), "w", encoding="utf-8")
        os.dup2(2, 1)
        self.last = 0.0

    def event(self, event: str, **values) -> None:
        self.out.write(json.dumps({"event": event, **values}) + "\n")
        self.out.flush()
        self.last = time.monotonic()

    def progress(self, **values) -> None:
        if time.monotonic() - self.last >= TELL:
            self.event("progress", **values)


talk = Talk()
try:
    import numpy as np
    import PIL
    import torch
    import torch.nn.functional as F

    import recipe
    from data import DataSet, Refused, augmented, batches, centred, open_images
except ImportError as error:
    talk.event("failed", **{"class": "setup", "message": f"{sys.executable}: {error}; install torch, numpy and pillow there, or choose another --python"})
    raise SystemExit(0) from None


def main() -> None:
    request = json.loads(sys.stdin.readline())
    try:
        if request.get("contract") != CONTRACT:
            raise Refused("setup", f"contract {request.get('contract')!r}: this script speaks {CONTRACT}")
        settings = request["settings"]
        images = open_images(settings["images"], round(settings["resolution"] * 8 / 7), settings["seed"])
        if request["do"] == "describe":
            talk.event("described", **description(images))
        else:
            Training(request, images).run()
    except Refused as refusal:
        talk.event("failed", **{"class": refusal.kind, "message": str(refusal)})
    except torch.cuda.OutOfMemoryError as error:
        talk.event("failed", **{"class": "out of memory", "message": str(error).splitlines()[0]})


def device() -> torch.device:
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def description(images: DataSet) -> dict:
    name = torch.cuda.get_device_name() if device().type == "cuda" else "CPU"
    return {
        "data": images.name, "data_fingerprint": images.fingerprint, "classes": images.classes,
        "images": len(images.train), "validation_images": len(images.validation), "recipe": recipe.RECIPE,
        "versions": {
            "python": ".".join(map(str, sys.version_info[:3])), "torch": torch.__version__, "numpy": np.__version__,
            "pillow": PIL.__version__, "device": name,
        },
    }  # fmt: skip


class Training:
    """One network's training, as far as the request asks."""

    def __init__(self, request: dict, images: DataSet):
        self.request, self.images = request, images
        self.settings, self.until = request["settings"], request["until"]
        self.plan = recipe.Plan(self.settings["epochs"], len(images.train))
        self.path = Path(request["checkpoints"]) / "last.pt"
        self.device = device()
        self.epoch, self.top1 = 0, {}  # top-1 in per cent after each epoch that is done
        self.threads = torch.get_num_threads()  # OMP_NUM_THREADS, or all cores
        saved = self.load()
        # Sums in another order round otherwise, so a training goes on with the threads that it began with.
        self.threads = saved["threads"] if saved else self.threads
        torch.set_num_threads(self.threads)
        torch.use_deterministic_algorithms(True, warn_only=self.device.type == "cuda")
        torch.manual_seed(self.settings["seed"])
        self.network = self.create().to(self.device, memory_format=torch.channels_last)
        self.average = recipe.Average(self.network, self.plan.decay)
        self.optimizer = recipe.optimizer(self.network, self.plan)
        half = self.device.type == "cuda" and not torch.cuda.is_bf16_supported()
        self.scaler = torch.amp.GradScaler(self.device.type, enabled=half)
        self.precision = torch.float16 if half else torch.bfloat16
        if saved:
            self.restore(saved)

    def create(self) -> torch.nn.Module:
        path = Path(self.request["folder"]) / "model.py"
        try:
            spec = importlib.util.spec_from_file_location("network", path)
            module = importlib.util.module_from_spec(spec)
            sys.modules["network"] = module
            spec.loader.exec_module(module)
            options = {"num_classes": self.images.classes}
            if "drop_path" in inspect.signature(module.Network.__init__).parameters:
                options["drop_path"] = 0.1 * self.plan.strength
            network = module.create_model(**options)
            side = self.settings["resolution"]
            with torch.no_grad():
                shape = tuple(network.eval()(torch.zeros(1, 3, side, side)).shape)
        except Exception as error:  # whatever a module does wrong is the network's failure
            raise Refused("invalid network", f"{type(error).__name__}: {error}") from error
        if shape != (1, self.images.classes):
            raise Refused("invalid network", f"its output is {shape} for an image of {side}x{side} and {self.images.classes} classes")
        return network

    def identity(self) -> dict:
        """What a checkpoint must have in common with the request."""
        return {
            "network": self.request["network"], "recipe": recipe.RECIPE, "data": self.images.fingerprint,
            "epochs": self.settings["epochs"], "resolution": self.settings["resolution"], "seed": self.settings["seed"],
        }  # fmt: skip

    def load(self) -> dict | None:
        if not self.path.exists():
            return None
        saved = torch.load(self.path, map_location="cpu", weights_only=True)
        if saved["identity"] != self.identity():
            raise Refused("setup", f"{self.path} is of another training: {saved['identity']}, not {self.identity()}; give another folder")
        return saved

    def restore(self, saved: dict) -> None:
        self.network.load_state_dict(saved["network"])
        self.average.network.load_state_dict(saved["average"])
        self.average.updates = saved["updates"]
        self.optimizer.load_state_dict(saved["optimizer"])
        self.scaler.load_state_dict(saved["scaler"])
        self.epoch, self.top1 = saved["epoch"], saved["top1"]

    def save(self) -> None:
        """Write the checkpoint whole or not at all."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        draft = self.path.with_suffix(".tmp")
        with open(draft, "wb") as file:
            torch.save({
                "identity": self.identity(), "threads": self.threads, "epoch": self.epoch, "top1": self.top1,
                "network": self.network.state_dict(), "average": self.average.network.state_dict(),
                "updates": self.average.updates, "optimizer": self.optimizer.state_dict(),
                "scaler": self.scaler.state_dict(),
            }, file)  # fmt: skip
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, self.path)

    def run(self) -> None:
        self.begun, self.first = time.monotonic(), self.epoch
        while self.epoch < self.until:
            self.train_epoch()
            self.epoch += 1
            self.top1[self.epoch] = self.validate()
            self.save()
            if self.epoch < self.until:
                talk.event("top1", epoch=self.epoch, top1=self.top1[self.epoch], validation_images=len(self.images.validation))
        talk.event("done", epoch=self.until, top1=self.top1[self.until], validation_images=len(self.images.validation))

    def tell(self, within: float, loss: float | None = None) -> None:
        """Progress, with `within` the share of the epoch that is done."""
        done = self.epoch + within - self.first
        left = (self.until - self.first - done) / done * (time.monotonic() - self.begun) if done > 0 else None
        values = {"epoch": self.epoch, "epochs": self.until, "loss": loss, "eta_s": left}
        talk.progress(**{name: value for name, value in values.items() if value is not None})

    def tensor(self, images: np.ndarray) -> torch.Tensor:
        """uint8 [B, H, W, 3] to normalised float [B, 3, H, W] on the device."""
        x = torch.from_numpy(images).to(self.device).permute(0, 3, 1, 2).float() / 255
        mean = torch.tensor(recipe.MEAN, device=self.device).view(3, 1, 1)
        std = torch.tensor(recipe.STD, device=self.device).view(3, 1, 1)
        return ((x - mean) / std).contiguous(memory_format=torch.channels_last)

    def autocast(self):
        return torch.autocast(self.device.type, self.precision, enabled=self.device.type == "cuda")

    def train_epoch(self) -> None:
        seed, split, plan = self.settings["seed"], self.images.train, self.plan
        self.network.train()
        # Whatever is random in an epoch follows from its number, so a checkpoint needs no generator's state.
        torch.manual_seed(int(np.random.SeedSequence([seed, self.epoch, 2]).generate_state(1)[0]))
        order = np.random.default_rng([seed, self.epoch]).permutation(len(split))

        def one(index: int) -> np.ndarray:
            rng = np.random.default_rng([seed, self.epoch, index])
            return augmented(split[index], self.settings["resolution"], plan.smallest_crop, plan.strength, rng)

        labels = np.asarray(split.labels)
        for number, (indices, images) in enumerate(batches(order, plan.batch, one, self.threads, whole=True)):
            step = self.epoch * plan.steps + number
            for group in self.optimizer.param_groups:
                group["lr"] = plan.learning_rate(step)
            rng = np.random.default_rng([seed, self.epoch, number, 1])
            x, y = recipe.mix(self.tensor(images), torch.from_numpy(labels[indices]).to(self.device), self.images.classes, plan, rng)
            loss = self.step(x, y)
            if not math.isfinite(loss):
                raise Refused("diverged", f"the loss is {loss} in epoch {self.epoch + 1}")
            self.tell((number + 1) / plan.steps, loss)

    def step(self, x: torch.Tensor, y: torch.Tensor) -> float:
        with self.autocast():
            loss = F.cross_entropy(self.network(x), y)
        self.optimizer.zero_grad(set_to_none=True)
        self.scaler.scale(loss).backward()
        self.scaler.unscale_(self.optimizer)
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), recipe.CLIP)
        self.scaler.step(self.optimizer)
        self.scaler.update()
        self.average.update(self.network)
        return loss.item()

    @torch.no_grad()
    def validate(self) -> float:
        """Top-1 of the averaged weights in per cent."""
        split, right = self.images.validation, 0
        labels = np.asarray(split.labels)

        def one(index: int) -> np.ndarray:
            return centred(split[index], self.settings["resolution"])

        for indices, images in batches(np.arange(len(split)), 2 * self.plan.batch, one, self.threads, whole=False):
            with self.autocast():
                guess = self.average.network(self.tensor(images)).argmax(1).cpu().numpy()
            right += int((guess == labels[indices]).sum())
            talk.progress(epoch=self.epoch, epochs=self.until)
        return 100 * right / len(split)


if __name__ == "__main__":
    main()
