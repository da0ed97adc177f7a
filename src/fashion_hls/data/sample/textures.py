"""Cloth: colours, pattern and fabric as an array of pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from PIL import Image, ImageChops, ImageFilter

from fashion_hls.data.sample import palette
from fashion_hls.data.sample.palette import Colour
from fashion_hls.data.sample.prints import PATTERNS, Plane, smooth_noise

#: How much of a thin fabric's own colour is seen; the rest is what lies below it.
OPACITY: Final = {"chiffon": 0.72}
#: Denim, leather and lace are recognised by their own surface and seldom printed.
PLAIN_FABRICS: Final = frozenset({"denim", "leather", "lace"})


@dataclass(frozen=True, kw_only=True)
class Look:
    """What a garment is made of.

    ``pattern``: of ``prints.PATTERNS``, or another word for none. ``fabric``: denim, leather,
    knit, lace, chiffon, quilted, fleece or nothing. ``period``: the pattern's repeat in heads.
    ``seed``: of the pattern's own choices, so that two photos show the same print.
    """

    pattern: str
    fabric: str
    main: Colour
    second: Colour
    period: float
    seed: int


def draw_look(pattern: str, fabric: str, rng: np.random.Generator) -> Look:
    """Colours and repeat for a pattern and a fabric."""
    if fabric == "denim":
        main = palette.pick(palette.DENIM, rng)
    elif fabric == "leather":
        main = palette.pick(palette.LEATHER, rng)
    else:
        main = palette.cloth(rng)
    if fabric == "lace" and sum(main) < 330:
        # Lace is seen by the shadows in its holes, and black has none.
        main = palette.shade(main, 1.0 + 110 / max(main))
    return Look(
        pattern=pattern,
        fabric=fabric,
        main=main,
        second=palette.contrasting(main, rng),
        period=float(rng.uniform(0.28, 0.44)),
        seed=int(rng.integers(2**31)),
    )


def paint(look: Look, size: tuple[int, int], unit: float, rng: np.random.Generator) -> Image.Image:
    """A piece of the cloth, width x height pixels, at ``unit`` pixels a head.

    ``rng`` is the photo's: it draws the folds, while the print is the garment's own.
    """
    width, height = size
    x = np.arange(width, dtype=np.float32)[None, :]
    y = np.arange(height, dtype=np.float32)[:, None]
    base = np.array(look.main, dtype=np.float32)
    if look.pattern in PATTERNS:
        period = np.float32(max(5.0, look.period * unit))
        amount = PATTERNS[look.pattern](x, y, float(period), np.random.default_rng(look.seed))
        cloth = base + amount[..., None] * (np.array(look.second, dtype=np.float32) - base)
    else:
        cloth = np.broadcast_to(base, (height, width, 3))
    light = _weave(look.fabric, x, y, unit)
    # Folds run down the cloth, so their noise is drawn finer across than along.
    folds = smooth_noise((width, max(2, height // 3)), max(4, round(width / unit * 2.2)), rng)
    rows = np.minimum(np.arange(height) // 3, folds.shape[0] - 1)
    light = light * (0.86 + 0.24 * folds[rows])
    if look.fabric == "leather":
        shine = np.clip(folds[rows] * 3 - 1.7, 0, 1)
        pixels = cloth * light[..., None] + 90 * shine[..., None]
    elif look.fabric in ("denim", "fleece"):
        rough = (rng.random((height, width), dtype=np.float32) - 0.5) * 32
        pixels = cloth * light[..., None] + rough[..., None]
    else:
        pixels = cloth * light[..., None]
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def _weave(fabric: str, x: Plane, y: Plane, unit: float) -> Plane:
    """Brightness [height, width] of the threads, around 1."""
    tau = 2 * np.pi
    if fabric == "denim":
        twill: Plane = 1 + 0.14 * np.sin((x + y) * (tau / max(3.0, unit * 0.09)))
        return twill
    if fabric == "knit":
        period = max(4.0, unit * 0.17)
        chevron = np.abs((x / period) % 1 - 0.5) * 2
        knit: Plane = 1 + 0.2 * np.sin((y / period + 0.6 * chevron) * tau) + 0.12 * chevron
        return knit
    if fabric == "lace":
        period = max(4.0, unit * 0.16)
        row = np.floor(y / period) % 2
        hole = np.hypot((x + row * period / 2) % period - period / 2, y % period - period / 2)
        lace: Plane = 1.06 - 0.42 * (np.abs(hole - period * 0.28) < period * 0.12)
        return lace.astype(np.float32)
    if fabric == "quilted":
        period = max(7.0, unit * 0.42)
        quilt: Plane = 0.72 + 0.36 * np.abs(np.sin(y * (np.pi / period))) + 0 * x
        return quilt
    if fabric == "fleece":
        period = max(3.0, unit * 0.12)
        curls: Plane = 1 + 0.14 * np.sin(x * (tau / period)) * np.sin(y * (tau / period) + x)
        return curls
    return np.ones((y.shape[0], x.shape[1]), dtype=np.float32)


def round_off(mask: Image.Image, depth: float, blur: int) -> Image.Image:
    """A mask's light (mode L, 255 full): darker by ``depth`` (0..1) towards its edges."""
    soft = mask.filter(ImageFilter.BoxBlur(blur))
    return soft.point([round(255 * (1 - depth) + depth * level) for level in range(256)])


def lay_cloth(
    image: Image.Image, mask: Image.Image, look: Look, unit: float, rng: np.random.Generator
) -> None:
    """Cover a mask of the picture's size with cloth, at ``unit`` pixels a head."""
    box = mask.getbbox()
    if box is None:
        return
    part = mask.crop(box)
    cloth = paint(look, part.size, unit, rng)
    light = round_off(part, 0.3, max(1, round(unit * 0.14)))
    cloth = ImageChops.multiply(cloth, Image.merge("RGB", (light, light, light)))
    opacity = OPACITY.get(look.fabric, 1.0)
    if opacity < 1:
        part = part.point([round(level * opacity) for level in range(256)])
    image.paste(cloth, box[:2], part)
