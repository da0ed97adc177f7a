"""How clothes are laid out before a camera: where each lies, and how large."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from fashion_hls.data.sample.cuts import BOTTOM, SHOE
from fashion_hls.data.sample.figure import Figure, flat_figure
from fashion_hls.data.sample.footwear import extent
from fashion_hls.data.sample.silhouettes import WAISTBAND, half_width, sleeve, trouser_leg
from fashion_hls.data.sample.stencil import WAIST
from fashion_hls.data.sample.wardrobe import Garment

#: Share of its place that a garment fills.
FILLS = (0.7, 0.93)


def laid_out(
    garments: list[Garment], size: tuple[int, int], rng: np.random.Generator
) -> list[Figure]:
    """The outline in which each of one or two garments lies in a picture of this size (pixels)."""
    width, height = size
    count = len(garments)
    placed = []
    for number, garment in enumerate(garments):
        outline = flat_figure(1.0, (0.0, 0.0), rng)
        half, top, bottom = _extent(garment, outline)
        # Two garments overlap a little, as each place is wider than its half of the picture.
        wide = width if count == 1 else width * 0.6
        unit = min(wide / (2 * half), height / (bottom - top)) * rng.uniform(*FILLS)
        x = width * (number + 0.5) / count + rng.normal(0, 0.02) * width
        free = max(0.0, height - (bottom - top) * unit)
        y = (height - free) / 2 + free * rng.uniform(0.25, 0.75)
        middle = y + (WAIST - (top + bottom) / 2) * unit
        placed.append(replace(outline, unit=float(unit), origin=(float(x), float(middle))))
    return placed


def _extent(garment: Garment, outline: Figure) -> tuple[float, float, float]:
    """Half-width, upper and lower end in heads of a garment as it lies."""
    cut = garment.cut
    if garment.kind.type == SHOE:
        return extent(cut)
    bottom, half = cut.hem + 0.25, half_width(cut, outline, min(cut.hem, 7.0)) + 0.1
    if cut.legs is not None:
        points, radii = trouser_leg(cut, outline, outline.legs[1])
        half = max(0.95, points[-1][0] + radii[-1])
    if garment.kind.type == BOTTOM:
        return half, WAISTBAND - 0.1, bottom
    end = sleeve(cut, outline, outline.arms[1])
    if end is not None:
        half = max(half, end[0][-1][0] + end[1][-1])
    if cut.sleeve == "cape":
        half = 1.7
    return half, 0.4 if cut.neck == "hood" else 1.0, bottom
