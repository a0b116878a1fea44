"""Images of fractals: classes that a formula makes, so that training needs no data set.

A class is an iterated function system: 2 to 8 affine maps of the plane with parameters drawn from
[-1, 1], each chosen with a probability in proportion to its determinant (Kataoka et al. 2020,
"Pre-training without Natural Images", sections 3.1 and 3.2). As there, a class is kept only if its
points fill at least a fifth of the cells of a coarse grid, and an image is the class with one parameter
of each map changed by up to 20 %, perhaps mirrored. Ours are points of many short chains instead of one
long one, since NumPy moves them at once.
"""

from __future__ import annotations

import numpy as np

GRID, FILLED = 32, 0.2  # cells of the coarse grid per side; share of them that has points
CHAINS, SKIPPED, STEPS = 512, 12, 48  # points = CHAINS * STEPS; the first steps are on the way to the attractor
TRIES = 10_000  # to find a class; some 20 do


def classes(count: int, seed: int) -> list[np.ndarray]:
    """The maps of each class, [maps, 6] rows a b c d e f of (x, y) to (ax + by + e, cx + dy + f)."""
    return [find(np.random.default_rng([seed, index])) for index in range(count)]


def find(rng: np.random.Generator) -> np.ndarray:
    for _ in range(TRIES):
        maps = rng.uniform(-1, 1, (rng.integers(2, 9), 6))
        points = iterate(maps, rng)
        if points is not None and (draw(points, GRID) > 0).mean() >= FILLED:
            return maps
    raise RuntimeError(f"no fractal in {TRIES} tries fills {FILLED:.0%} of its square")


def iterate(maps: np.ndarray, rng: np.random.Generator) -> np.ndarray | None:
    """Points of the attractor, [n, 2] within the unit square; None if they run away or fall together."""
    weight = np.abs(maps[:, 0] * maps[:, 3] - maps[:, 1] * maps[:, 2]) + 1e-6
    choices = rng.choice(len(maps), (SKIPPED + STEPS, CHAINS), p=weight / weight.sum())
    at, points = np.zeros((CHAINS, 2)), []
    for step, chosen in enumerate(choices):
        m = maps[chosen]
        at = np.stack([(m[:, 0:2] * at).sum(1) + m[:, 4], (m[:, 2:4] * at).sum(1) + m[:, 5]], axis=1)
        if np.abs(at).max() > 1e4:
            return None
        if step >= SKIPPED:
            points.append(at)
    all_points = np.concatenate(points)
    low, size = all_points.min(0), np.ptp(all_points, axis=0)
    if size.min() < 1e-6:
        return None
    return (all_points - low) / size


def draw(points: np.ndarray, side: int) -> np.ndarray:
    """How many points are in each pixel, [side, side]."""
    cells = np.minimum((points * side).astype(np.int64), side - 1)
    return np.bincount(cells[:, 1] * side + cells[:, 0], minlength=side * side).reshape(side, side)


def image(maps: np.ndarray, side: int, rng: np.random.Generator) -> np.ndarray:
    """One image of a class, grey uint8 [side, side]: the log of the number of points, white the most."""
    for _ in range(TRIES):
        changed = maps.copy()
        which = rng.integers(0, 6, len(maps))
        changed[np.arange(len(maps)), which] *= rng.uniform(0.8, 1.2, len(maps))
        points = iterate(changed, rng)
        if points is None:
            continue
        for axis in range(2):
            if rng.random() < 0.5:
                points[:, axis] = 1 - points[:, axis]
        ink = np.log1p(draw(points, side))
        return (255 * ink / ink.max()).astype(np.uint8)
    raise RuntimeError("a fractal's parameters can't be changed without losing it")
