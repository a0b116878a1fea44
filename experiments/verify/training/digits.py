"""Write scikit-learn's digits as a folder of PNG files with one folder for each class.

usage: digits.py FOLDER

They are 1797 images of 8x8 pixels in 17 shades (UCI, Optical Recognition of Handwritten Digits), which
come with the package.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from PIL import Image
from sklearn.datasets import load_digits


def write(root: Path) -> None:
    digits = load_digits()
    for index, (image, label) in enumerate(zip(digits.images, digits.target, strict=True)):
        folder = root / str(label)
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.round(image * 255 / 16).astype(np.uint8)).save(folder / f"{index:04d}.png")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
