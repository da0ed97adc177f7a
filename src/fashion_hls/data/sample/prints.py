"""Patterns of cloth: each gives the share of the second colour at every pixel."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

Plane = NDArray[np.float32]
#: Pattern(x, y, period, rng) -> share [height, width]; x [1, width] and y [height, 1] in pixels
#: from the upper left corner of the cloth, period in pixels.
Pattern = Callable[[Plane, Plane, float, np.random.Generator], Plane]

_TAU = np.float32(2 * np.pi)


def smooth_noise(size: tuple[int, int], cells: int, rng: np.random.Generator) -> Plane:
    """Noise [height, width] in 0..1 whose lumps are about 1/cells of the cloth wide."""
    width, height = size
    rows = max(2, round(cells * height / max(width, 1)))
    coarse = rng.integers(0, 256, (min(rows, 4 * cells), cells), dtype=np.uint8)
    smooth = Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC)
    noise: Plane = np.asarray(smooth, dtype=np.float32) / np.float32(255)
    return noise


def _square(v: Plane, sharpness: float = 3.0) -> Plane:
    """A smooth square wave in 0..1 with the period 1."""
    wave: Plane = np.clip(0.5 + sharpness * np.sin(v * _TAU), 0, 1)
    return wave


def _full(x: Plane, y: Plane) -> tuple[int, int]:
    return x.shape[1], y.shape[0]


def _stripes(x: Plane, y: Plane, period: float, rng: np.random.Generator) -> Plane:
    upright = rng.random() < 0.35
    tilt = float(rng.normal(0, 0.06))
    along = x + tilt * y if upright else y + tilt * x
    return _square((along / period).astype(np.float32))


def _tartan(x: Plane, y: Plane, period: float, rng: np.random.Generator) -> Plane:
    u, v = x / (period * 1.6) + rng.random(), y / (period * 1.6) + rng.random()
    fine = np.maximum(np.abs(u % 1 - 0.5) > 0.46, np.abs(v % 1 - 0.5) > 0.46)
    plaid: Plane = 0.42 * _square(u) + 0.42 * _square(v) + np.float32(0.3) * fine
    return np.clip(plaid, 0, 1)


def _checks(x: Plane, y: Plane, period: float, _: np.random.Generator) -> Plane:
    checks: Plane = 0.5 * _square(x / period, 6) + 0.5 * _square(y / period, 6)
    return checks


def _grid(x: Plane, y: Plane, period: float, _: np.random.Generator) -> Plane:
    lines = np.maximum(np.cos(x / period * _TAU) > 0.9, np.cos(y / period * _TAU) > 0.9)
    grid: Plane = lines.astype(np.float32)
    return grid


def _dots(x: Plane, y: Plane, period: float, _: np.random.Generator) -> Plane:
    row = np.floor(y / period)
    dx = (x + (row % 2) * (period / 2)) % period - period / 2
    dots: Plane = np.clip(period * 0.3 - np.hypot(dx, y % period - period / 2) + 0.5, 0, 1)
    return dots


def _spots(x: Plane, y: Plane, period: float, rng: np.random.Generator) -> Plane:
    size = _full(x, y)
    spots: Plane = np.clip((smooth_noise(size, _cells(size, period * 0.7), rng) - 0.62) * 14, 0, 1)
    return spots


def _animal(x: Plane, y: Plane, period: float, rng: np.random.Generator) -> Plane:
    """Rosettes: rings around the lumps of a noise."""
    size = _full(x, y)
    lumps = smooth_noise(size, _cells(size, period * 0.62), rng)
    rings: Plane = np.clip(1.6 - np.abs(lumps - 0.6) * 16, 0, 1)
    return rings


def _camouflage(x: Plane, y: Plane, period: float, rng: np.random.Generator) -> Plane:
    size = _full(x, y)
    cells = _cells(size, period * 1.5)
    first, second = (smooth_noise(size, cells, rng) > 0.52 for _ in range(2))
    patches = 0.55 * first + 0.45 * second
    return patches.astype(np.float32)


def _zigzag(x: Plane, y: Plane, period: float, _: np.random.Generator) -> Plane:
    return _square(y / period + np.abs((x / period) % 1 - 0.5))


def _geometric(x: Plane, y: Plane, period: float, _: np.random.Generator) -> Plane:
    """Squares cut into two triangles."""
    u, v = x / (period * 1.2), y / (period * 1.2)
    odd = (np.floor(u) + np.floor(v)) % 2
    above = np.where(odd == 0, u % 1 > v % 1, u % 1 + v % 1 > 1)
    return above.astype(np.float32)


def _bands(x: Plane, y: Plane, period: float, _: np.random.Generator) -> Plane:
    """Rows of diamonds, zigzags and lines, as in ethnic weaves."""
    row, v = np.floor(y / period) % 3, (y / period) % 1
    tooth = np.abs((x / period) % 1 - 0.5) * 2
    diamond = tooth + np.abs(v - 0.5) * 2 < 0.8
    zigzag = np.abs(v - 0.25 - 0.5 * tooth) < 0.16
    line = np.abs(v - 0.5) < 0.14
    chosen = np.where(row == 0, diamond, np.where(row == 1, zigzag, line))
    return chosen.astype(np.float32)


def _fair_isle(x: Plane, y: Plane, period: float, rng: np.random.Generator) -> Plane:
    """The same rows, finer, with plain ones between."""
    fine = period * 0.6
    return _bands(x, y, fine, rng) * (np.floor(y / (3 * fine)) % 2 == 0)


def _colourblock(x: Plane, y: Plane, _period: float, rng: np.random.Generator) -> Plane:
    cut = y.shape[0] * rng.uniform(0.4, 0.6)
    block: Plane = np.clip(y - cut, 0, 1) + np.zeros_like(x)
    return block


def _dipped(x: Plane, y: Plane, _period: float, _rng: np.random.Generator) -> Plane:
    dipped: Plane = np.clip((y / y.shape[0] - 0.5) * 3.2, 0, 1) + np.zeros_like(x)
    return dipped


def _tie_dyed(x: Plane, y: Plane, period: float, rng: np.random.Generator) -> Plane:
    size = _full(x, y)
    radius = np.hypot(x - size[0] * 0.5, y - size[1] * rng.uniform(0.3, 0.6))
    wobble = smooth_noise(size, 7, rng) * period * 2.2
    rings: Plane = 0.5 + 0.5 * np.sin((radius + wobble) / (period * 1.3) * _TAU)
    return rings


def _washed(x: Plane, y: Plane, _period: float, rng: np.random.Generator) -> Plane:
    clouds: Plane = np.clip((smooth_noise(_full(x, y), 6, rng) - 0.35) * 1.5, 0, 0.75)
    return clouds


def _graphic(x: Plane, y: Plane, _period: float, _rng: np.random.Generator) -> Plane:
    """One emblem in the middle: a disc with a star cut out."""
    size = min(x.shape[1] * 0.2, y.shape[0] * 0.2)
    dx, dy = x - x.shape[1] * 0.5, y - y.shape[0] * 0.42
    radius, angle = np.hypot(dx, dy), np.arctan2(dx, -dy)
    star = radius < size * (0.55 + 0.25 * np.cos(5 * angle))
    return ((radius < size) & ~star).astype(np.float32)


def _cells(size: tuple[int, int], lump: float) -> int:
    """How many lumps of ``lump`` pixels fit side by side."""
    return max(2, round(size[0] / max(lump, 1.5)))


def _tiled(motif: Callable[[ImageDraw.ImageDraw, float, float, float, float], None]) -> Pattern:
    """A print of motifs(draw, x, y, size, angle), scattered over a tile that repeats."""

    def pattern(x: Plane, y: Plane, period: float, rng: np.random.Generator) -> Plane:
        step, fine = max(8.0, period * 1.2), 2
        side = round(step * 3)
        tile = Image.new("L", (side * fine, side * fine))
        draw = ImageDraw.Draw(tile)
        for place in range(9):
            shift = rng.uniform(-0.12, 0.12, 2) * step
            cx, cy = (place % 3 + 0.5) * step + shift[0], (place // 3 + 0.5) * step + shift[1]
            angle = float(rng.uniform(0, 2 * np.pi))
            motif(draw, float(cx) * fine, float(cy) * fine, step * 0.36 * fine, angle)
        cell: Plane = np.asarray(tile.reduce(fine), dtype=np.float32) / np.float32(255)
        width, height = _full(x, y)
        return np.tile(cell, (-(-height // side), -(-width // side)))[:height, :width]

    return pattern


def _flower(draw: ImageDraw.ImageDraw, x: float, y: float, size: float, angle: float) -> None:
    petal = size * 0.45
    for turn in angle + np.arange(5) * (2 * np.pi / 5):
        px, py = x + size * 0.55 * np.cos(turn), y + size * 0.55 * np.sin(turn)
        draw.ellipse([px - petal, py - petal, px + petal, py + petal], fill=255)
    core = size * 0.3
    draw.ellipse([x - core, y - core, x + core, y + core], fill=90)


def _leaf(draw: ImageDraw.ImageDraw, x: float, y: float, size: float, angle: float) -> None:
    along = np.array([np.cos(angle), np.sin(angle)]) * size * 1.15
    across = np.array([-along[1], along[0]])
    for part in np.linspace(-0.8, 0.8, 6):
        for side in (-1, 1):
            root = np.array([x, y]) + along * part
            tip = root + along * 0.35 + side * across * 0.75 * (1 - 0.5 * abs(part))
            draw.line([*root, *tip], fill=255, width=max(2, round(size * 0.2)))
    draw.line([x - along[0], y - along[1], x + along[0], y + along[1]], fill=255, width=3)


def _drop(draw: ImageDraw.ImageDraw, x: float, y: float, size: float, angle: float) -> None:
    """A paisley: a bent drop with a hole."""
    turns = angle + np.linspace(0, 1.35 * np.pi, 10)
    for share, turn in zip(np.linspace(1, 0.15, 10), turns, strict=True):
        px, py = x + size * 0.5 * np.cos(turn), y + size * 0.5 * np.sin(turn)
        radius = size * 0.5 * share
        draw.ellipse([px - radius, py - radius, px + radius, py + radius], fill=255)
    px, py = x + size * 0.5 * np.cos(angle), y + size * 0.5 * np.sin(angle)
    draw.ellipse([px - size * 0.2, py - size * 0.2, px + size * 0.2, py + size * 0.2], fill=40)


PATTERNS: Final[dict[str, Pattern]] = {
    "animal print": _animal,
    "camouflage": _camouflage,
    "checked": _checks,
    "colourblock": _colourblock,
    "dip-dyed": _dipped,
    "ethnic": _bands,
    "fair isle": _fair_isle,
    "floral": _tiled(_flower),
    "geometric": _geometric,
    "graphic": _graphic,
    "grid print": _grid,
    "paisley": _tiled(_drop),
    "plaid": _tartan,
    "polka dot": _dots,
    "polka dots": _dots,
    "spots": _spots,
    "striped": _stripes,
    "tartan": _tartan,
    "tie-dyed": _tie_dyed,
    "tropical": _tiled(_leaf),
    "washed": _washed,
    "zigzag": _zigzag,
}
