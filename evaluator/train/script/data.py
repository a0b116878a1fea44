"""Data sets: folders with one folder of images for each class, or fractals.

Whatever is drawn at random of an image depends on (seed, epoch, index) alone, so neither the number of
threads nor an interruption changes what a network is shown.
"""

from __future__ import annotations

import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Callable, Iterator

import numpy as np
from PIL import Image, ImageEnhance, ImageOps

import fractals

SUFFIXES = {".png", ".jpg", ".jpeg", ".bmp", ".webp", ".ppm", ".tif", ".tiff"}
HELD_OUT = 5  # one image in so many validates, where the folder has no split of its own
SAMPLED = 256  # files whose content goes into the fingerprint, besides all names and sizes
KEPT = 4 << 30  # most bytes of decoded images to keep in memory
GENERATED = (64, 64, 16)  # classes of fractals, their images to train on and to validate on


class Refused(Exception):
    """What was asked for can't be done; the class is one of the contract."""

    def __init__(self, kind: str, message: str):
        super().__init__(message)
        self.kind = kind


class Split:
    """Images with labels, decoded once to a short side of `side`."""

    def __init__(self, labels: list[int], load: Callable[[int], Image.Image], side: int):
        self.labels, self.load, self.side = labels, load, side
        self.kept: dict[int, Image.Image] = {}
        self.keeps = len(labels) * side * side * 4 < KEPT

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> Image.Image:
        if (found := self.kept.get(index)) is not None:
            return found
        image = self.load(index)
        scale = self.side / min(image.size)
        size = tuple(max(self.side, round(scale * length)) for length in image.size)
        image = image.resize(size, Image.Resampling.BICUBIC) if size != image.size else image
        if self.keeps:
            self.kept[index] = image
        return image


class DataSet:
    """Images to train on and to validate on."""

    def __init__(self, name: str, classes: int, fingerprint: str, train: Split, validation: Split):
        self.name, self.classes, self.fingerprint = name, classes, fingerprint
        self.train, self.validation = train, validation


def open_images(images: str, side: int, seed: int) -> DataSet:
    """The folder `images`, or "fractals" or "fractals:CLASSESxTRAINxVALIDATION"."""
    kind, _, sizes = images.partition(":")
    if kind == "fractals":
        return generated(sizes, side)
    return folder(Path(images), side)


def generated(sizes: str, side: int) -> DataSet:
    try:
        classes, train, validation = (int(n) for n in sizes.split("x")) if sizes else GENERATED
    except ValueError:
        raise Refused("setup", f"fractals:{sizes}: write fractals:CLASSESxTRAINxVALIDATION, such as fractals:64x64x16") from None
    if classes < 2 or train < 1 or validation < 1:
        raise Refused("setup", f"fractals:{sizes}: need 2 classes and an image of each to train on and to validate on")
    maps = fractals.classes(classes, seed=0)  # the data set is the same whatever the training's seed

    def split(per_class: int, first: int) -> Split:
        def load(index: int) -> Image.Image:
            of, instance = divmod(index, per_class)
            grey = fractals.image(maps[of], side, np.random.default_rng([0, of, first + instance]))
            return Image.fromarray(grey).convert("RGB")

        return Split([index // per_class for index in range(classes * per_class)], load, side)

    fingerprint = hashlib.sha256(b"fractals/1" + b"".join(m.tobytes() for m in maps) + f"{train} {validation} {side}".encode()).hexdigest()
    return DataSet("fractals", classes, fingerprint, split(train, 0), split(validation, train))


def folder(root: Path, side: int) -> DataSet:
    if not root.is_dir():
        raise Refused("setup", f"{root}: no such folder; give one that has a folder of images for each class, or fractals")
    split = (root / "train").is_dir() and (root / "val").is_dir()
    names = classes_in(root / "train" if split else root)
    if split and classes_in(root / "val") != names:
        raise Refused("setup", f"{root}: train and val have different classes")
    if len(names) < 2:
        raise Refused("setup", f"{root}: {len(names)} folders, one for each class: need 2 at least")
    if split:
        train, validation = files(root / "train", names), files(root / "val", names)
    else:
        train, validation = hold_out(files(root, names))
    if not train or not validation:
        raise Refused("setup", f"{root}: {len(train)} images to train on and {len(validation)} to validate on")
    return DataSet(root.resolve().name, len(names), fingerprint_of(root, train + validation), opened(train, side), opened(validation, side))


def classes_in(root: Path) -> list[str]:
    return sorted(entry.name for entry in root.iterdir() if entry.is_dir() and not entry.name.startswith("."))


def files(root: Path, names: list[str]) -> list[tuple[Path, int]]:
    found = []
    for label, name in enumerate(names):
        paths = (Path(at) / file for at, _, all_files in os.walk(root / name) for file in all_files)
        found += [(path, label) for path in sorted(paths) if path.suffix.lower() in SUFFIXES]
    return found


def hold_out(found: list[tuple[Path, int]]) -> tuple[list, list]:
    """Every HELD_OUT-th image of each class in the order of a hash of its name validates."""
    train, validation = [], []
    for label in sorted({label for _, label in found}):
        of = sorted((item for item in found if item[1] == label), key=lambda item: hashlib.sha256(item[0].name.encode()).digest())
        validation += of[::HELD_OUT]
        train += [item for index, item in enumerate(of) if index % HELD_OUT]
    return train, validation


def fingerprint_of(root: Path, found: list[tuple[Path, int]]) -> str:
    """Names, labels and sizes of all files, and the content of SAMPLED of them."""
    digest = hashlib.sha256(b"folder/1")
    step = max(1, len(found) // SAMPLED)
    for index, (path, label) in enumerate(found):
        digest.update(f"{path.relative_to(root)}\0{label}\0{path.stat().st_size}\n".encode())
        if index % step == 0:
            digest.update(path.read_bytes())
    return digest.hexdigest()


def opened(found: list[tuple[Path, int]], side: int) -> Split:
    def load(index: int) -> Image.Image:
        path = found[index][0]
        try:
            with Image.open(path) as image:
                image.draft("RGB", (2 * side, 2 * side))  # lets JPEG decode to about the size that is wanted
                return image.convert("RGB")
        except OSError as error:
            raise Refused("setup", f"{path}: not an image that Pillow reads: {error}") from None

    return Split([label for _, label in found], load, side)


# Operations of RandAugment (Cubuk et al. 2019, section 3) but for those whose effect Pillow and the
# crop have already; strength is from 0 to 1.
OPERATIONS: list[Callable[[Image.Image, float, float], Image.Image]] = [
    lambda image, strength, sign: image,
    lambda image, strength, sign: ImageOps.autocontrast(image),
    lambda image, strength, sign: ImageOps.equalize(image),
    lambda image, strength, sign: image.rotate(sign * 30 * strength, Image.Resampling.BILINEAR, fillcolor=(128, 128, 128)),
    lambda image, strength, sign: ImageOps.posterize(image, 8 - round(4 * strength)),
    lambda image, strength, sign: ImageOps.solarize(image, round(256 * (1 - strength / 2))),
    lambda image, strength, sign: ImageEnhance.Color(image).enhance(1 + sign * 0.9 * strength),
    lambda image, strength, sign: ImageEnhance.Contrast(image).enhance(1 + sign * 0.9 * strength),
    lambda image, strength, sign: ImageEnhance.Brightness(image).enhance(1 + sign * 0.9 * strength),
    lambda image, strength, sign: ImageEnhance.Sharpness(image).enhance(1 + sign * 0.9 * strength),
    lambda image, strength, sign: sheared(image, sign * 0.3 * strength),
]


def sheared(image: Image.Image, by: float) -> Image.Image:
    return image.transform(image.size, Image.Transform.AFFINE, (1, by, 0, 0, 1, 0), Image.Resampling.BILINEAR, fillcolor=(128, 128, 128))


def augmented(image: Image.Image, resolution: int, smallest: float, strength: float, rng: np.random.Generator) -> np.ndarray:
    """A random crop of at least the share `smallest`, perhaps mirrored, with two random operations; uint8 [H, W, 3]."""
    width, height = image.size
    area = width * height * rng.uniform(smallest, 1)
    ratio = np.exp(rng.uniform(np.log(3 / 4), np.log(4 / 3)))
    w, h = min(width, round((area * ratio) ** 0.5)), min(height, round((area / ratio) ** 0.5))
    left, top = rng.integers(0, width - w + 1), rng.integers(0, height - h + 1)
    image = image.resize((resolution, resolution), Image.Resampling.BICUBIC, (left, top, left + w, top + h))
    if rng.random() < 0.5:
        image = ImageOps.mirror(image)
    for choice in rng.integers(0, len(OPERATIONS), 2):
        image = OPERATIONS[choice](image, strength, 1.0 if rng.random() < 0.5 else -1.0)
    return np.asarray(image)


def centred(image: Image.Image, resolution: int) -> np.ndarray:
    left, top = (image.width - resolution) // 2, (image.height - resolution) // 2
    return np.asarray(image.crop((left, top, left + resolution, top + resolution)))


def batches(indices: np.ndarray, size: int, one: Callable[[int], np.ndarray], threads: int, whole: bool) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """(indices [B], images uint8 [B, H, W, 3]) in order; two batches are prepared ahead. `whole` drops a last short one."""
    groups = [indices[at : at + size] for at in range(0, len(indices), size)]
    if whole and len(groups) > 1 and len(groups[-1]) < size:
        groups.pop()
    with ThreadPoolExecutor(threads) as pool:
        ahead = [[pool.submit(one, int(i)) for i in group] for group in groups[:2]]
        for number, group in enumerate(groups):
            images = np.stack([future.result() for future in ahead.pop(0)])
            if number + 2 < len(groups):
                ahead.append([pool.submit(one, int(i)) for i in groups[number + 2]])
            yield group, images
