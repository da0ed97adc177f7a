"""Cloth: patterns and fabrics as arrays of pixels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from fashion_hls.data.sample import palette
from fashion_hls.data.sample.palette import Colour

Plane = NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class Look:
    """What a garment is made of.

    ``pattern``: solid, striped, plaid, polka dot or floral, or nothing. ``fabric``: denim, knit or
    leather, or nothing. ``period``: the pattern's repeat in heads. ``angle``: of stripes, radians.
    """

    pattern: str
    fabric: str
    main: Colour
    second: Colour
    period: float
    angle: float


def draw_look(pattern: str, fabric: str, rng: np.random.Generator) -> Look:
    """Colours, repeat and direction for a pattern and a fabric."""
    if fabric == "denim":
        main = palette.pick(palette.DENIM, rng)
    elif fabric == "leather":
        main = palette.pick(palette.LEATHER, rng)
    else:
        main = palette.cloth(rng)
    angle = float(rng.choice([0.0, np.pi / 2], p=[0.35, 0.65]) + rng.normal(0, 0.06))
    return Look(
        pattern=pattern,
        fabric=fabric,
        main=main,
        second=palette.contrasting(main, rng),
        period=float(rng.uniform(0.26, 0.42)),
        angle=angle,
    )


def smooth_noise(size: tuple[int, int], cells: int, rng: np.random.Generator) -> Plane:
    """Noise [height, width] in 0..1 whose lumps are about 1/cells of the picture wide."""
    coarse = rng.integers(0, 256, (cells, cells), dtype=np.uint8)
    smooth = Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC)
    noise: Plane = np.asarray(smooth, dtype=np.float32) / np.float32(255)
    return noise


def paint(look: Look, size: tuple[int, int], unit: float, rng: np.random.Generator) -> Image.Image:
    """A piece of the cloth, width x height pixels, at ``unit`` pixels a head."""
    width, height = size
    x = np.arange(width, dtype=np.float32)[None, :] + np.float32(rng.uniform(0, 40))
    y = np.arange(height, dtype=np.float32)[:, None] + np.float32(rng.uniform(0, 40))
    period = max(5.0, look.period * unit)
    amount = _amount(look, x, y, period)
    base = np.array(look.main, dtype=np.float32)
    cloth = base + amount[..., None] * (np.array(look.second, dtype=np.float32) - base)
    cloth *= _weave(look.fabric, x, y, unit)[..., None]
    cloth *= (0.8 + 0.36 * smooth_noise(size, 5, rng))[..., None]
    if look.fabric == "leather":
        shine = np.clip(smooth_noise(size, 9, rng) * 4 - 2.5, 0, 1)
        cloth += 135 * shine[..., None]
    elif look.fabric == "denim":
        cloth += (rng.random((height, width), dtype=np.float32)[..., None] - 0.5) * 34
    image = Image.fromarray(np.clip(cloth, 0, 255).astype(np.uint8))
    if look.pattern == "floral":
        _scatter_flowers(image, look, unit, rng)
    return image


def _amount(look: Look, x: Plane, y: Plane, period: float) -> Plane:
    """Share [height, width] of the second colour."""
    if look.pattern == "striped":
        wave = np.sin((x * np.cos(look.angle) + y * np.sin(look.angle)) * (2 * np.pi / period))
        stripes: Plane = np.clip(0.5 + 2.5 * wave, 0, 1)
        return stripes
    if look.pattern == "plaid":
        repeat = 2 * np.pi / (period * 1.5)
        across, down = (np.clip(0.5 + 3 * np.sin(v * repeat), 0, 1) for v in (x, y))
        fine = np.maximum(np.sin(x * repeat + 2.6) > 0.94, np.sin(y * repeat + 2.6) > 0.94)
        plaid: Plane = 0.42 * across + 0.42 * down + 0.16 * fine
        return plaid
    if look.pattern == "polka dot":
        row = np.floor(y / period)
        dx = (x + (row % 2) * (period / 2)) % period - period / 2
        dy = y % period - period / 2
        dots: Plane = np.clip(period * 0.3 - np.hypot(dx, dy) + 0.5, 0, 1)
        return dots
    return np.zeros((y.shape[0], x.shape[1]), dtype=np.float32)


def _weave(fabric: str, x: Plane, y: Plane, unit: float) -> Plane:
    """Brightness [height, width] of the threads, around 1."""
    if fabric == "denim":
        twill: Plane = 1 + 0.14 * np.sin((x + y) * (2 * np.pi / max(3.0, unit * 0.09)))
        return twill
    if fabric == "knit":
        period = max(4.0, unit * 0.17)
        chevron = np.abs((x / period) % 1 - 0.5) * 2
        knit: Plane = 1 + 0.2 * np.sin((y / period + 0.6 * chevron) * 2 * np.pi) + 0.12 * chevron
        return knit
    return np.ones((y.shape[0], x.shape[1]), dtype=np.float32)


def _scatter_flowers(image: Image.Image, look: Look, unit: float, rng: np.random.Generator) -> None:
    draw = ImageDraw.Draw(image)
    step = max(8.0, look.period * unit * 1.15)
    petal = step * 0.2
    angles = np.arange(5) * (2 * np.pi / 5)
    for y in np.arange(0, image.height + step, step):
        for x in np.arange(0, image.width + step, step):
            cx, cy = x + rng.uniform(-0.3, 0.3) * step, y + rng.uniform(-0.3, 0.3) * step
            colour = look.second if rng.random() < 0.7 else palette.shade(look.second, 0.65)
            for angle in angles + rng.uniform(0, 1):
                px, py = cx + petal * np.cos(angle), cy + petal * np.sin(angle)
                box = [px - petal * 0.8, py - petal * 0.8, px + petal * 0.8, py + petal * 0.8]
                draw.ellipse(box, fill=colour)
            core = petal * 0.6
            draw.ellipse([cx - core, cy - core, cx + core, cy + core], fill=(236, 196, 60))
