"""Silhouettes of garments, and the details drawn on top of their cloth."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageChops

from fashion_hls.data.sample.figure import (
    ANKLE,
    ARMPIT,
    CROTCH,
    HIP,
    SHOULDER,
    WAIST,
    Figure,
    Points,
    Stencil,
    cut_limb,
)
from fashion_hls.data.sample.wardrobe import Garment

#: Sleeve length as a share of the arm's joints (0.5 is the elbow).
SLEEVES = {"short": 0.34, "long": 0.96}
NECK = SHOULDER - 0.12


def silhouette(garment: Garment, figure: Figure, size: tuple[int, int]) -> Image.Image:
    """Mask (mode L, width x height pixels) of the garment on the figure."""
    stencil = Stencil(figure, size)
    kind = garment.kind
    if kind.legs:
        _trouser_legs(stencil, garment, figure)
    if kind.type == 2:
        _below_waist(stencil, garment, figure)
    else:
        _trunk(stencil, garment, figure)
        _sleeves(stencil, garment, figure)
        _neckline(stencil, garment)
    if "boho" in garment.attributes:
        _fringe(stencil, garment, figure)
    return stencil.mask()


def _skirt_half_width(garment: Garment, figure: Figure, y: float) -> float:
    flare = 0.42 if "flare" in garment.attributes else 0.1
    below_hip = max(0.0, y - WAIST - 0.3)
    return max(figure.half_width(min(y, HIP)), figure.widths[1]) + 0.04 + flare * below_hip


def _half_width(garment: Garment, figure: Figure, y: float) -> float:
    if garment.kind.type == 3 and not garment.kind.legs and y > WAIST:
        return _skirt_half_width(garment, figure, y)
    return figure.half_width(y) + garment.kind.ease


def _below_waist(stencil: Stencil, garment: Garment, figure: Figure) -> None:
    hem = CROTCH if garment.kind.legs else garment.hem
    heights = [float(y) for y in np.linspace(WAIST - 0.05, hem, 7)]
    if garment.kind.legs:
        right = [(figure.half_width(y) + 0.04, y) for y in heights]
    else:
        right = [(_skirt_half_width(garment, figure, y), y) for y in heights]
    stencil.mirrored(right)


def _trouser_legs(stencil: Stencil, garment: Garment, figure: Figure) -> None:
    radii = {"Leggings": [0.4, 0.22, 0.16], "Shorts": [0.42, 0.33, 0.32]}.get(
        garment.category, [0.44, 0.36, 0.33]
    )
    if garment.category == "Romper":
        radii = [0.42, 0.36, 0.36]
    if "flare" in garment.attributes:
        radii = [0.42, 0.3, 0.62]
    for leg in figure.legs:
        top = leg[0][1]
        end = min(1.0, (garment.hem - top) / (ANKLE - top))
        points, kept = cut_limb(leg, radii, end)
        stencil.limb(points, kept, round_end=False)


def _trunk(stencil: Stencil, garment: Garment, figure: Figure) -> None:
    hem = CROTCH if garment.kind.legs else garment.hem
    right: Points
    if garment.sleeve == "strap":
        right = [(figure.half_width(ARMPIT) * 0.62, ARMPIT - 0.2)]
        for side in (-1, 1):
            stencil.line([(side * 0.4, ARMPIT), (side * 0.36, NECK)], 0.09)
    elif garment.sleeve == "none":
        right = [(0.3, NECK), (figure.widths[0] * 0.72, SHOULDER), (figure.widths[0] * 0.68, 1.75)]
    else:
        right = [(0.3, NECK), (figure.widths[0] + garment.kind.ease * 0.6, SHOULDER + 0.05)]
    heights = [float(y) for y in np.linspace(ARMPIT, hem, 8)]
    stencil.mirrored([*right, *[(_half_width(garment, figure, y), y) for y in heights]])


def _sleeves(stencil: Stencil, garment: Garment, figure: Figure) -> None:
    if garment.sleeve not in SLEEVES:
        return
    loose = garment.kind.ease
    radii = [0.24 + loose, 0.2 + loose * 0.9, 0.15 + loose * 0.8]
    for arm in figure.arms:
        points, kept = cut_limb(arm, radii, SLEEVES[garment.sleeve])
        stencil.limb(points, kept, round_end=False)


def _neckline(stencil: Stencil, garment: Garment) -> None:
    closed = "front button" in garment.attributes
    if garment.category == "Jacket" and not closed:
        low = garment.hem + 0.2
        stencil.polygon([(-0.26, NECK - 0.1), (0.26, NECK - 0.1), (0.36, low), (-0.36, low)], 0)
    elif "v neck" in garment.attributes:
        stencil.polygon([(-0.34, NECK - 0.1), (0.34, NECK - 0.1), (0.0, 2.15)], 0)
    elif garment.category == "Sweater":
        stencil.mirrored([(0.24, 1.08), (0.32, NECK + 0.05)])
    else:
        stencil.disc((0.0, NECK), 0.3, 0.24, 0)


def _fringe(stencil: Stencil, garment: Garment, figure: Figure) -> None:
    """Threads that hang from the hem; of a romper, which has two hems, from the waist."""
    hem = WAIST + 0.35 if garment.kind.legs else garment.hem
    half = _half_width(garment, figure, min(hem, CROTCH))
    if not garment.kind.legs and garment.kind.type != 1:
        half = _skirt_half_width(garment, figure, hem)
    for x in np.linspace(-half, half, 15):
        stencil.line([(float(x), hem - 0.1), (float(x), hem + 0.38)], 0.055)


def _seams(stencil: Stencil, garment: Garment, figure: Figure) -> None:
    if garment.kind.type == 2:
        half = figure.half_width(WAIST) + 0.04
        stencil.line([(-half, WAIST + 0.14), (half, WAIST + 0.14)], 0.035)
    if garment.kind.legs:
        stencil.line([(0.0, WAIST + 0.2), (0.0, CROTCH + 0.2)], 0.035)
    if garment.category == "Jacket":
        inner = 0.28 if "front button" not in garment.attributes else 0.02
        for side in (-1, 1):
            stencil.line([(side * inner, NECK), (side * (inner + 0.22), ARMPIT + 0.2)], 0.05)
            stencil.line([(side * (inner + 0.22), ARMPIT + 0.2), (side * inner, WAIST)], 0.05)


def seams(garment: Garment, figure: Figure, mask: Image.Image) -> Image.Image:
    """Mask of the garment's seams, within the garment."""
    stencil = Stencil(figure, mask.size)
    _seams(stencil, garment, figure)
    return ImageChops.multiply(stencil.mask(), mask)


def trims(garment: Garment, figure: Figure, mask: Image.Image) -> Image.Image | None:
    """Mask of what is sewn on in another colour: buttons, side stripes; None without any."""
    if not garment.attributes & {"front button", "sporty", "boho"}:
        return None
    stencil = Stencil(figure, mask.size)
    if "front button" in garment.attributes:
        _buttons(stencil, garment)
    if "sporty" in garment.attributes:
        _side_stripes(stencil, garment, figure)
    if "boho" in garment.attributes:
        _zigzag(stencil, garment, figure)
    return ImageChops.multiply(stencil.mask(), mask)


def _buttons(stencil: Stencil, garment: Garment) -> None:
    top = WAIST + 0.1 if garment.kind.type == 2 else 1.85
    for y in np.arange(top, garment.hem, 0.33):
        stencil.disc((0.0, float(y)), 0.075, 0.075)


def _side_stripes(stencil: Stencil, garment: Garment, figure: Figure) -> None:
    """Two bands down each sleeve or leg; where there is neither, down the flanks."""
    lines: list[Points]
    if garment.kind.legs:
        lines = [list(leg) for leg in figure.legs]
        shifts = (0.17, 0.3) if garment.category == "Shorts" else (0.04, 0.16)
    elif garment.sleeve in SLEEVES:
        lines, shifts = list(figure.arms), (-0.02, 0.13)
    else:
        lines = [[(s * figure.widths[1], y) for y in (ARMPIT, WAIST, CROTCH)] for s in (-1, 1)]
        shifts = (-0.14, 0.0)
    for line in lines:
        side = 1 if line[0][0] > 0 else -1
        for shift in shifts:
            stencil.line([(x + side * shift, y) for x, y in line], 0.07)


def _zigzag(stencil: Stencil, garment: Garment, figure: Figure) -> None:
    y = WAIST + 0.2 if garment.kind.legs or garment.kind.type == 3 else garment.hem - 0.3
    half = 1.2 * max(_skirt_half_width(garment, figure, y), 0.9)
    xs = np.linspace(-half, half, 21)
    stencil.line([(float(x), y + (0.1 if i % 2 else -0.1)) for i, x in enumerate(xs)], 0.07)
