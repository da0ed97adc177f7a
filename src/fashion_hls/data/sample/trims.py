"""What gives a garment its style: ribs, stripes, studs, ruffles, pleats and the like."""

from __future__ import annotations

import numpy as np
from PIL import Image

from fashion_hls.data.sample.cuts import BOTTOM, TOP, WHOLE
from fashion_hls.data.sample.details import NECKLINE, Pens, paint_pens, pens, sewn
from fashion_hls.data.sample.figure import Figure
from fashion_hls.data.sample.silhouettes import NECK, half_width, sleeve, trouser_leg
from fashion_hls.data.sample.stencil import (
    ARMPIT,
    CROTCH,
    HIP,
    SHOULDER,
    WAIST,
    Points,
)
from fashion_hls.data.sample.wardrobe import Garment


def draw_details(image: Image.Image, garment: Garment, figure: Figure, mask: Image.Image) -> None:
    """Draw onto the picture, within the garment's mask, all that is on its cloth."""
    drawn = pens(figure, image.size)
    _first(drawn, garment, figure)
    sewn(drawn, garment, figure)
    _bands(drawn, garment, figure)
    if has_emblem(garment):
        _emblem(drawn, figure)
    _decoration(drawn, garment, figure)
    _folds(drawn, garment, figure)
    paint_pens(image, drawn, garment, mask)


def has_emblem(garment: Garment) -> bool:
    """Whether a graphic is drawn on its chest; elsewhere it is part of the cloth."""
    return garment.look.pattern == "graphic" and garment.kind.type in (TOP, WHOLE)


def _emblem(drawn: Pens, figure: Figure) -> None:
    """A disc with a star cut out."""
    x, y = figure.middle(ARMPIT), ARMPIT + 0.42
    drawn.trim.disc((x, y), 0.38, 0.4)
    star = []
    for corner in range(10):
        radius, turn = (0.31, 0.13)[corner % 2], corner * np.pi / 5
        star.append((x + radius * float(np.sin(turn)), y - radius * float(np.cos(turn))))
    drawn.trim.polygon(star, 0)


def _first(drawn: Pens, garment: Garment, figure: Figure) -> None:
    """Whole sleeves or a yoke of another colour, below everything else."""
    details = garment.cut.details
    if "raglan" in details:
        for arm in figure.arms:
            found = sleeve(garment.cut, figure, arm)
            if found:
                drawn.trim.limb(*found, round_end=False)
    if "yoke" in details:
        half = figure.widths[0] + 0.3
        drawn.seam.line([(-half, ARMPIT + 0.1), (half, ARMPIT + 0.1)], 0.045)
        for s in (-1, 1):
            drawn.seam.line([(s * 0.4, ARMPIT + 0.1), (s * 0.28, garment.cut.hem)], 0.035)


def _ends(garment: Garment, figure: Figure) -> list[tuple[Points, float]]:
    """Each sleeve's and trouser leg's end: a line along the last part, and the radius there."""
    cut = garment.cut
    found = []
    limbs = [sleeve(cut, figure, arm) for arm in figure.arms]
    if cut.legs is not None:
        limbs += [trouser_leg(cut, figure, leg) for leg in figure.legs]
    for limb in limbs:
        if limb is not None:
            points, radii = limb
            found.append((points[-2:], radii[-1]))
    return found


def _bands(drawn: Pens, garment: Garment, figure: Figure) -> None:
    """Ribbed bands at hem and cuffs."""
    cut = garment.cut
    if not cut.band:
        return
    if garment.kind.type != BOTTOM and cut.legs is None:
        half, y = half_width(cut, figure, cut.hem) + 0.05, cut.hem - cut.band
        drawn.panel.polygon([(-half, y), (half, y), (half, cut.hem), (-half, cut.hem)])
        drawn.seam.line([(-half, y), (half, y)], 0.035)
        for x in np.arange(-half, half, 0.11):
            drawn.seam.line([(float(x), y), (float(x), cut.hem)], 0.022)
    for (a, b), radius in _ends(garment, figure):
        along = np.subtract(b, a)
        along = along / max(float(np.hypot(*along)), 1e-6)
        across = np.array([-along[1], along[0]]) * (radius + 0.1)
        for back in (0.05, cut.band * 0.55, cut.band):
            middle = np.asarray(b) - along * back
            ends = [tuple((middle - across).tolist()), tuple((middle + across).tolist())]
            drawn.seam.line(ends, 0.035 if back == cut.band else 0.025)


def _decoration(drawn: Pens, garment: Garment, figure: Figure) -> None:
    cut, m = garment.cut, figure.middle(ARMPIT)
    if "side stripes" in cut.details:
        _side_stripes(drawn, garment, figure)
    if "zigzag" in cut.details:
        y = WAIST + 0.2 if cut.legs is not None or garment.kind.type == WHOLE else cut.hem - 0.55
        xs = np.linspace(-1.6, 1.6, 27)
        drawn.trim.line(
            [(float(x), y + (0.11 if i % 2 else -0.11)) for i, x in enumerate(xs)], 0.07
        )
    if "studs" in cut.details:
        _studs(drawn, garment, figure)
    if "tipping" in cut.details:
        _tipping(drawn, garment, figure)
    if "crest" in cut.details:
        drawn.trim.disc((m + 0.38, ARMPIT + 0.15), 0.13, 0.15)
        drawn.seam.disc((m + 0.38, ARMPIT + 0.15), 0.06, 0.08)
        drawn.metal.line([(m + 0.34, ARMPIT + 0.15), (m + 0.42, ARMPIT + 0.15)], 0.04)
    if "placket" in cut.details:
        drawn.patch(
            [(m - 0.08, NECK + 0.2), (m + 0.08, NECK + 0.2), (m + 0.08, 2.15), (m - 0.08, 2.15)]
        )
        for y in (1.7, 1.88, 2.05):
            drawn.trim.disc((m, y), 0.045, 0.045)
    if "bib" in cut.details:
        top = ARMPIT - 0.1
        drawn.patch(
            [(m - 0.36, top), (m + 0.36, top), (m + 0.32, WAIST - 0.1), (m - 0.32, WAIST - 0.1)]
        )
        for x in (-0.16, 0.0, 0.16):
            drawn.seam.line([(m + x, top), (m + x, WAIST - 0.1)], 0.03)
    if "bow tie" in cut.details:
        for s in (-1, 1):
            wing = [(m, NECK + 0.22), (m + s * 0.24, NECK + 0.12), (m + s * 0.24, NECK + 0.34)]
            drawn.trim.polygon(wing)


def _studs(drawn: Pens, garment: Garment, figure: Figure) -> None:
    """Rows of metal points on the shoulders, or down the sides of trousers."""
    spots: list[tuple[float, float]]
    if garment.kind.type == BOTTOM:
        half = figure.half_width(HIP)
        spots = [(s * half * 0.8, float(y)) for s in (-1, 1) for y in np.arange(3.0, 4.6, 0.2)]
    else:
        edge = figure.widths[0]
        spots = [
            (s * (edge - 0.1 - 0.17 * column), SHOULDER + 0.12 + 0.16 * row)
            for s in (-1, 1)
            for column in range(3)
            for row in range(3)
        ]
    for spot in spots:
        drawn.metal.disc(spot, 0.055, 0.055)


def _tipping(drawn: Pens, garment: Garment, figure: Figure) -> None:
    """Lines in the second colour along neckline, hem and cuffs."""
    cut = garment.cut
    tip, m = NECKLINE.get(cut.neck, NECK + 0.24), figure.middle(ARMPIT)
    if cut.neck in ("v", "lapel", "shawl"):
        drawn.trim.line([(-0.42, NECK - 0.1), (m, tip + 0.14), (0.42, NECK - 0.1)], 0.07)
    else:
        turns = np.linspace(0, np.pi, 10)
        drawn.trim.line(
            [(0.4 * float(np.cos(t)), NECK + 0.32 * float(np.sin(t))) for t in turns], 0.07
        )
    half = half_width(cut, figure, cut.hem) + 0.1
    drawn.trim.line([(-half, cut.hem - 0.1), (half, cut.hem - 0.1)], 0.06)
    for (a, b), radius in _ends(garment, figure):
        along = np.subtract(b, a)
        along = along / max(float(np.hypot(*along)), 1e-6)
        across = np.array([-along[1], along[0]]) * (radius + 0.1)
        middle = np.asarray(b) - along * 0.1
        drawn.trim.line(
            [tuple((middle - across).tolist()), tuple((middle + across).tolist())], 0.06
        )


def _side_stripes(drawn: Pens, garment: Garment, figure: Figure) -> None:
    """Two bands down each sleeve or leg; where there is neither, down the flanks."""
    cut = garment.cut
    lines: list[Points]
    if cut.legs is not None:
        lines = [list(leg) for leg in figure.legs]
        shifts = (0.17, 0.3) if cut.hem < CROTCH + 1.0 else (0.04, 0.15)
    elif sleeve(cut, figure, figure.arms[0]) is not None:
        lines, shifts = list(figure.arms), (-0.02, 0.13)
    else:
        lines = [[(s * figure.half_width(y), y) for y in (ARMPIT, WAIST, CROTCH)] for s in (-1, 1)]
        shifts = (-0.18, -0.05)
    for line in lines:
        side = 1 if line[0][0] > 0 else -1
        for shift in shifts:
            drawn.trim.line([(x + side * shift, y) for x, y in line], 0.065)


def _folds(drawn: Pens, garment: Garment, figure: Figure) -> None:
    """Pleats and creases, a wrap's edge, and the scallops of a ruffle."""
    cut, m = garment.cut, figure.middle(WAIST)
    if "pleats" in cut.details:
        end = min(cut.hem, 7.2)
        top, wide = half_width(cut, figure, WAIST) * 0.9, half_width(cut, figure, min(end, CROTCH))
        spread = wide * 0.95 if cut.legs is None else 0.75
        for share in np.linspace(-1, 1, 7):
            drawn.seam.line(
                [(top * float(share), WAIST + 0.18), (spread * float(share), end)], 0.03
            )
    if "creases" in cut.details:
        for leg in figure.legs:
            drawn.seam.line([(leg[0][0], WAIST + 0.5), *leg[1:]], 0.035)
    if "wrap" in cut.details:
        y = WAIST if garment.kind.type != BOTTOM else WAIST + 0.1
        if garment.kind.type != BOTTOM:
            drawn.seam.line([(0.3, NECK), (m - 0.3, y)], 0.04)
        drawn.seam.line([(m + 0.3, y), (m + 0.05, (y + cut.hem) / 2), (m - 0.35, cut.hem)], 0.05)
    if "ruffle" in cut.details:
        heights = [ARMPIT + 0.02, ARMPIT + 0.22]
        if garment.kind.type == BOTTOM or cut.legs is not None:
            heights = [cut.hem - 0.3 if cut.legs is None else WAIST + 0.35]
        for y in heights:
            half = half_width(cut, figure, max(y, ARMPIT)) * 0.95
            for x in np.arange(-half, half, 0.22):
                drawn.panel.disc((float(x) + 0.11, y), 0.13, 0.1)
                drawn.seam.line(
                    [(float(x), y), (float(x) + 0.11, y + 0.1), (float(x) + 0.22, y)], 0.03
                )
