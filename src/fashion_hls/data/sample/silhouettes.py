"""Outlines of garments on a figure, from their cut. Shoes are in footwear.py."""

from __future__ import annotations

from typing import Final

import numpy as np
from PIL import Image, ImageChops

from fashion_hls.data.sample.cuts import BOTTOM, Cut
from fashion_hls.data.sample.figure import ARM, LEG, Figure, cut_limb
from fashion_hls.data.sample.stencil import (
    ANKLE,
    ARMPIT,
    CROTCH,
    HIP,
    SHOULDER,
    WAIST,
    Points,
    Stencil,
)
from fashion_hls.data.sample.wardrobe import Garment

#: Where a sleeve ends as a share of the arm's joints (0.5 is the elbow).
SLEEVES: Final = {"short": 0.32, "elbow": 0.56, "long": 0.97}
NECK: Final = SHOULDER - 0.12
#: Upper edge of a garment that is worn from the waist down.
WAISTBAND: Final = WAIST - 0.05


def half_width(cut: Cut, figure: Figure, y: float) -> float:
    """Half the garment's width in heads at a height below the armpits."""
    chest, hips = figure.half_width(ARMPIT), figure.widths[2]
    body = figure.half_width(min(y, HIP))
    straight = max(body, float(np.interp(y, [ARMPIT, HIP], [chest, max(chest, hips * 0.97)])))
    width = cut.waist * body + (1 - cut.waist) * straight + cut.ease
    width += cut.flare * max(0.0, y - WAIST - 0.15)
    # A skirt or coat goes around both legs, however they stand.
    if y > CROTCH and cut.legs is None:
        width = max(width, min(figure.reach(y), figure.reach(CROTCH + 0.3) + 0.25) + 0.05)
    return width


def silhouette(garment: Garment, figure: Figure, size: tuple[int, int]) -> Image.Image:
    """Mask (mode L, width x height pixels) of the garment on the figure."""
    stencil, cut = Stencil(figure, size), garment.cut
    if cut.legs is not None:
        _trouser_legs(stencil, cut, figure)
    if garment.kind.type == BOTTOM:
        _below_waist(stencil, cut, figure)
    elif cut.sleeve == "cape":
        _cape(stencil, cut, figure)
        neck_hole(stencil, cut, figure, 0)
    else:
        _trunk(stencil, cut, figure)
        _sleeves(stencil, cut, figure)
        _collar_line(stencil, cut, figure)
    _hem(stencil, garment, figure)
    mask = stencil.mask()
    if figure.flat and garment.kind.type != BOTTOM:
        mask = ImageChops.lighter(mask, lining(cut, figure, size))
    return mask


def _below_waist(stencil: Stencil, cut: Cut, figure: Figure) -> None:
    hem = CROTCH + 0.08 if cut.legs is not None else cut.hem
    heights = [float(y) for y in np.linspace(WAISTBAND, hem, 9)]
    extra = 0.04 if cut.legs is None else max(0.04, cut.legs[0] - 0.42)
    stencil.mirrored([(half_width(cut, figure, y) + _grown(extra, y), y) for y in heights])


def _grown(extra: float, y: float) -> float:
    """What wide trousers add at the hips, and not at the waistband."""
    return float(np.interp(y, [WAISTBAND, HIP], [0.04, max(extra, 0.04)]))


def trouser_leg(cut: Cut, figure: Figure, leg: Points) -> tuple[Points, list[float]]:
    """Joints and radii of one trouser leg, down to the hem."""
    assert cut.legs is not None
    top, bottom = leg[0][1], max(leg[-1][1], ANKLE - 0.3)
    radii = [max(own, bare * figure.girth + 0.03) for own, bare in zip(cut.legs, LEG, strict=True)]
    end = float(np.clip((cut.hem - top) / (bottom - top), 0.12, 1.0))
    joints, kept = cut_limb(leg, radii, end)
    if _crossed(figure):
        return joints, kept
    # Wide legs hang beside each other, not into each other.
    apart = [min(0.24, max(0.0, r + 0.03 - abs(x))) for (x, _), r in zip(joints, kept, strict=True)]
    apart[0] = 0.0
    side = 1 if leg[0][0] > 0 else -1
    return [(x + side * d, y) for (x, y), d in zip(joints, apart, strict=True)], kept


def _crossed(figure: Figure) -> bool:
    return abs(figure.legs[1][-1][0] - figure.legs[0][-1][0]) < 0.5


def _trouser_legs(stencil: Stencil, cut: Cut, figure: Figure) -> None:
    ends = []
    for leg in figure.legs:
        joints, radii = trouser_leg(cut, figure, leg)
        stencil.limb(joints, radii, round_end=False)
        ends.append(joints[-1])
    if not _crossed(figure):
        # Light falls through between the legs, also where wide ones touch.
        (ax, ay), (bx, by) = ends
        x, y = (ax + bx) / 2, max(ay, by) + 0.3
        gap = 0.08 + 0.04 * (y - CROTCH)
        stencil.polygon([(0.0, CROTCH + 0.18), (x - gap, y), (x + gap, y)], 0)


def _trunk(stencil: Stencil, cut: Cut, figure: Figure) -> None:
    shoulders, armpit = figure.widths[0], figure.half_width(ARMPIT)
    right: Points
    if cut.sleeve == "strap":
        right = [(armpit * 0.66, ARMPIT - 0.24), (armpit * 0.98, ARMPIT - 0.02)]
        for side in (-1, 1):
            stencil.line([(side * 0.42, ARMPIT), (side * 0.36, NECK + 0.06)], 0.1)
    elif cut.neck == "wide":
        right = [(shoulders + 0.02, SHOULDER + 0.16), (shoulders + 0.03, SHOULDER + 0.4)]
    elif cut.sleeve == "none":
        right = [(0.28, NECK), (shoulders * 0.74, SHOULDER - 0.02), (shoulders * 0.7, 1.72)]
        right.append((armpit * 0.93, ARMPIT - 0.08))
    else:
        edge = shoulders + cut.ease * 0.6
        right = [(0.26, NECK), (edge - 0.12, SHOULDER - 0.01), (edge, SHOULDER + 0.12)]
    tail = "shirt-tail" in cut.details
    hem = CROTCH + 0.08 if cut.legs is not None else cut.hem - (0.3 if tail else 0.0)
    heights = [float(y) for y in np.linspace(ARMPIT, hem, 9)]
    flank = [(half_width(cut, figure, y), y) for y in heights]
    if tail:
        flank += [(flank[-1][0] * 0.75, hem + 0.24), (0.0, hem + 0.32)]
    stencil.mirrored([*right, *flank])


def sleeve(cut: Cut, figure: Figure, arm: Points) -> tuple[Points, list[float]] | None:
    """Joints and radii of one sleeve; None without sleeves."""
    if cut.sleeve not in SLEEVES:
        return None
    end = SLEEVES[cut.sleeve]
    radii = [radius * figure.girth + 0.05 + cut.ease * 0.75 for radius in ARM]
    # A wide sleeve hangs from the shoulder and does not rise above it.
    (x, y), *rest = arm
    side, drop = (1 if x > 0 else -1), radii[0] - 0.16
    points, kept = cut_limb([(x - side * 0.5 * drop, y + drop), *rest], radii, end)
    kept[-1] += cut.cuff
    return points, kept


def _sleeves(stencil: Stencil, cut: Cut, figure: Figure) -> None:
    for arm in figure.arms:
        found = sleeve(cut, figure, arm)
        if found:
            stencil.limb(*found, round_end=False)


def _cape(stencil: Stencil, cut: Cut, figure: Figure) -> None:
    edge = figure.widths[0] + 0.1
    side = [(edge, SHOULDER + 0.1), (1.35, 2.35), (1.62, 3.0), (0.85, cut.hem - 0.35)]
    stencil.mirrored([(0.26, NECK), *side, (0.0, cut.hem)])


def neck_hole(stencil: Stencil, cut: Cut, figure: Figure, fill: int) -> None:
    """What the neckline and an open front leave free, erased (0) or filled (255)."""
    low, m = NECK - 0.14, figure.middle(ARMPIT)
    if cut.sleeve == "strap":
        if cut.neck == "v":
            stencil.polygon([(-0.3, 1.6), (0.3, 1.6), (m, ARMPIT + 0.15)], fill)
    elif cut.neck in ("v", "shawl"):
        tip = 2.1 if cut.neck == "v" else 2.45
        stencil.polygon([(-0.31, low), (0.31, low), (m, tip)], fill)
    elif cut.neck == "lapel":
        stencil.polygon([(-0.27, low), (0.27, low), (m, 2.45)], fill)
    elif cut.neck == "collar":
        stencil.polygon([(-0.23, low), (0.23, low), (m, NECK + 0.28)], fill)
    elif cut.neck == "scoop":
        stencil.disc((m * 0.6, NECK), 0.38, 0.42, fill)
    elif cut.neck == "hood":
        stencil.disc((0.0, NECK - 0.14), 0.27, 0.28, fill)
    elif cut.neck == "crew":
        stencil.disc((0.0, NECK - 0.02), 0.3, 0.2, fill)
    if cut.front == "open":
        m, end = figure.middle(WAIST), cut.hem + 0.4
        stencil.polygon(
            [
                (-0.2, low),
                (0.2, low),
                (m + 0.2, WAIST),
                (m + 0.3, end),
                (m - 0.3, end),
                (m - 0.2, WAIST),
            ],
            fill,
        )


def _collar_line(stencil: Stencil, cut: Cut, figure: Figure) -> None:
    if cut.neck == "hood":
        if figure.flat:
            stencil.disc((0.0, 0.95), 0.5, 0.52)
        else:
            stencil.disc((0.0, NECK - 0.08), 0.5, 0.27)
    elif cut.neck == "high":
        stencil.mirrored([(0.25, 1.0), (0.27, NECK), (0.36, NECK + 0.08)])
    neck_hole(stencil, cut, figure, 0)


def lining(cut: Cut, figure: Figure, size: tuple[int, int]) -> Image.Image:
    """Mask of a garment's inside that shows through its neck and front when nobody wears it."""
    inside = Stencil(figure, size)
    if cut.sleeve != "strap" and cut.neck not in ("high", "wide"):
        neck_hole(inside, cut, figure, 255)
        top = 0.55 if cut.neck == "hood" else NECK - 0.02
        inside.polygon([(-2.0, -2.0), (2.0, -2.0), (2.0, top), (-2.0, top)], 0)
        end = cut.hem - 0.06
        inside.polygon([(-2.0, end), (2.0, end), (2.0, end + 2.0), (-2.0, end + 2.0)], 0)
    return inside.mask()


def _hem(stencil: Stencil, garment: Garment, figure: Figure) -> None:
    """Threads or a wavy edge; of what has two legs, at the waist or below each of them."""
    cut = garment.cut
    short = cut.legs is not None
    y = WAIST + 0.35 if short else cut.hem
    half = 0.84 if cut.sleeve == "cape" else half_width(cut, figure, min(y, 7.0))
    if "fringe hem" in cut.details:
        for leg in figure.legs:
            points, radii = trouser_leg(cut, figure, leg)
            (x, end), radius = points[-1], radii[-1]
            for dx in np.linspace(-radius, radius, 8):
                stencil.line([(x + float(dx), end - 0.1), (x + float(dx), end + 0.14)], 0.04)
    if "fringe" in cut.details:
        for x in np.linspace(-half, half, 15):
            lift = 0.42 * abs(float(x)) if cut.sleeve == "cape" else 0.0
            stencil.line([(float(x), y - lift - 0.15), (float(x), y - lift + 0.3)], 0.055)
    if "ruffle" in cut.details and not short:
        for x in np.linspace(-half + 0.13, half - 0.13, max(5, round(half * 7))):
            stencil.disc((float(x), y), 0.13, 0.1)
    if "knot" in cut.details:
        m = figure.middle(WAIST)
        stencil.polygon([(m - 0.12, y - 0.15), (m - 0.3, y + 0.35), (m - 0.05, y + 0.3)])
        stencil.polygon([(m + 0.12, y - 0.15), (m + 0.3, y + 0.35), (m + 0.05, y + 0.3)])
