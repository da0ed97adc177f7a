"""What is sewn onto a garment: collars, closures, pockets, waistbands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from PIL import Image

from fashion_hls.data.sample import palette
from fashion_hls.data.sample.cuts import BOTTOM, TOP, Cut
from fashion_hls.data.sample.figure import Figure
from fashion_hls.data.sample.palette import Colour
from fashion_hls.data.sample.silhouettes import (
    NECK,
    SLEEVES,
    WAISTBAND,
    half_width,
    trouser_leg,
)
from fashion_hls.data.sample.stencil import (
    ARMPIT,
    CROTCH,
    HIP,
    SHOULDER,
    WAIST,
    Points,
    Stencil,
)
from fashion_hls.data.sample.wardrobe import Garment

#: Height at which a neckline ends in front.
NECKLINE: Final = {
    "v": 2.1,
    "shawl": 2.45,
    "lapel": 2.45,
    "collar": NECK + 0.28,
    "hood": NECK + 0.16,
    "high": NECK + 0.1,
    "scoop": NECK + 0.42,
    "wide": SHOULDER + 0.2,
}


@dataclass(frozen=True, kw_only=True)
class Pens:
    """Stencils in the order in which they are painted: panels of the cloth in shadow, seams,
    trims in the second colour, metal."""

    panel: Stencil
    seam: Stencil
    trim: Stencil
    metal: Stencil

    def patch(self, points: Points) -> None:
        """A piece of cloth sewn on, with its seam."""
        self.panel.polygon(points)
        self.seam.line([*points, points[0]], 0.035)


def pens(figure: Figure, size: tuple[int, int]) -> Pens:
    """Fresh pens for a picture of this size."""
    panel, seam, trim, metal = (Stencil(figure, size) for _ in range(4))
    return Pens(panel=panel, seam=seam, trim=trim, metal=metal)


def paint_pens(image: Image.Image, drawn: Pens, garment: Garment, mask: Image.Image) -> None:
    """Paint what the pens drew onto the picture, within the garment's mask."""
    look = garment.look
    seam: Colour = (206, 150, 84) if look.fabric == "denim" else palette.outline(look.main)
    drawn.panel.onto(image, palette.shade(look.main, 0.8), mask)
    drawn.seam.onto(image, seam, mask)
    drawn.trim.onto(image, look.second, mask)
    drawn.metal.onto(image, palette.METAL[look.seed % len(palette.METAL)], mask)


def sewn(drawn: Pens, garment: Garment, figure: Figure) -> None:
    """Everything of this module that the garment has."""
    cut = garment.cut
    if garment.kind.type == BOTTOM:
        _waistband(drawn, cut, figure)
    else:
        _armholes(drawn, cut, figure)
        _collar(drawn, cut, figure)
    _closure(drawn, garment, figure)
    _pockets(drawn, garment, figure)
    _waist(drawn, garment, figure)


def _armholes(drawn: Pens, cut: Cut, figure: Figure) -> None:
    if cut.sleeve in SLEEVES and cut.neck != "wide":
        edge = figure.widths[0] + cut.ease * 0.4
        for side in (-1, 1):
            joint = (side * half_width(cut, figure, ARMPIT), ARMPIT + 0.05)
            drawn.panel.line([(side * (edge - 0.06), SHOULDER), joint], 0.04)


def _arc(rx: float, ry: float, x: float, y: float) -> Points:
    """The lower half of an ellipse."""
    return [
        (x + rx * float(np.cos(turn)), y + ry * float(np.sin(turn)))
        for turn in np.linspace(0, np.pi, 10)
    ]


def _collar(drawn: Pens, cut: Cut, figure: Figure) -> None:
    m = figure.middle(ARMPIT)
    if cut.neck == "collar":
        for s in (-1, 1):
            tip = (m + s * 0.3, NECK + 0.4)
            drawn.patch(
                [(s * 0.2, NECK - 0.14), (m + s * 0.02, NECK + 0.27), tip, (s * 0.42, NECK)]
            )
    elif cut.neck == "lapel":
        for s in (-1, 1):
            notch = [(s * 0.56, 1.78), (s * 0.44, 1.84), (s * 0.56, 1.96)]
            drawn.patch([(s * 0.26, NECK - 0.1), (s * 0.4, NECK), *notch, (m + s * 0.02, 2.5)])
    elif cut.neck == "shawl":
        m, end = figure.middle(WAIST), cut.hem
        for s in (-1, 1):
            gap = 0.26 if cut.front == "open" else 0.03
            edge = [(s * 0.33, NECK - 0.1), (m + s * (gap + 0.02), 2.5), (m + s * gap, end)]
            drawn.panel.line(edge, 0.14)
            drawn.seam.line([(x + s * 0.09, y) for x, y in edge], 0.03)
    elif cut.neck == "hood":
        _hood(drawn, cut, figure)
    elif cut.neck == "high":
        for y in (1.1, 1.2):
            drawn.seam.line(_arc(0.3, 0.05, 0.0, y), 0.025)
    elif cut.neck == "crew" and cut.sleeve != "strap":
        drawn.seam.line(_arc(0.38, 0.28, 0.0, NECK - 0.02), 0.03)
    elif cut.neck == "scoop" and cut.sleeve != "strap":
        drawn.seam.line(_arc(0.45, 0.49, m * 0.6, NECK), 0.03)


def _hood(drawn: Pens, cut: Cut, figure: Figure) -> None:
    if figure.flat:
        ring = [
            (0.42 * float(np.cos(t)), 0.98 + 0.45 * float(np.sin(t)))
            for t in np.linspace(0, 6.3, 20)
        ]
    else:
        ring = list(_arc(0.42, 0.24, 0.0, NECK - 0.06))
    drawn.seam.line(ring, 0.045)
    if "fur" in cut.details:
        for x, y in ring:
            drawn.trim.disc((x, y), 0.09, 0.09)
    if "cords" in cut.details:
        for s in (-1, 1):
            drawn.trim.line([(s * 0.14, NECK + 0.12), (s * 0.17, NECK + 0.62)], 0.05)


def _closure(drawn: Pens, garment: Garment, figure: Figure) -> None:
    cut = garment.cut
    if cut.front == "closed":
        return
    top = WAIST + 0.08 if garment.kind.type == BOTTOM else NECKLINE.get(cut.neck, NECK + 0.2)
    end = (CROTCH if cut.legs is not None else cut.hem) - 0.08
    heights = [float(y) for y in np.arange(top + 0.14, end, 0.34)]
    line = [(figure.middle(y), y) for y in (top, (top + end) / 2, end)]
    if cut.front == "zip":
        drawn.seam.line(line, 0.11)
        drawn.metal.line(line, 0.05)
    elif cut.front == "open":
        for s in (-1, 1):
            edge = [
                (figure.middle(WAIST) + s * (0.28 + 0.1 * (y > WAIST)), y)
                for y in (top, WAIST, end)
            ]
            drawn.seam.line(edge, 0.035)
    elif cut.front == "double":
        drawn.seam.line([(x + 0.1, y) for x, y in line], 0.03)
        for y in heights[:5]:
            for s in (-1, 1):
                drawn.trim.disc((figure.middle(y) + s * 0.24, y), 0.07, 0.07)
    else:
        drawn.seam.line([(x + 0.1, y) for x, y in line], 0.025)
        for y in heights:
            if cut.front == "toggles":
                drawn.trim.line([(figure.middle(y) - 0.2, y), (figure.middle(y) + 0.2, y)], 0.07)
            else:
                drawn.trim.disc((figure.middle(y), y), 0.065, 0.065)


def _pockets(drawn: Pens, garment: Garment, figure: Figure) -> None:
    cut, m = garment.cut, figure.middle(HIP)
    if "patch pockets" in cut.details:
        if garment.kind.type == TOP and not garment.kind.outer:
            x = figure.middle(ARMPIT) + 0.36
            drawn.patch(
                [(x - 0.15, 2.0), (x + 0.15, 2.0), (x + 0.15, 2.32), (x, 2.4), (x - 0.15, 2.32)]
            )
        else:
            y = min(cut.hem - 0.55, WAIST + 0.5)
            for x in (m - 0.4, m + 0.4):
                drawn.patch(
                    [(x - 0.19, y), (x + 0.19, y), (x + 0.17, y + 0.4), (x - 0.17, y + 0.4)]
                )
    if "handkerchief" in cut.details:
        x, y = figure.middle(ARMPIT) + 0.42, ARMPIT + 0.2
        drawn.seam.line([(x - 0.14, y), (x + 0.14, y)], 0.04)
        drawn.trim.polygon(
            [(x - 0.12, y), (x - 0.05, y - 0.2), (x + 0.05, y - 0.12), (x + 0.12, y)]
        )
    if "flap pockets" in cut.details:
        y = WAIST + 0.5
        for s in (-1, 1):
            drawn.patch(
                [
                    (m + s * 0.3, y),
                    (m + s * 0.62, y),
                    (m + s * 0.62, y + 0.15),
                    (m + s * 0.3, y + 0.15),
                ]
            )
    if "kangaroo" in cut.details:
        top = [(m - 0.34, WAIST - 0.02), (m + 0.34, WAIST - 0.02)]
        drawn.patch([*top, (m + 0.58, WAIST + 0.5), (m - 0.58, WAIST + 0.5)])
    if "jeans pockets" in cut.details:
        half = figure.half_width(WAIST + 0.5)
        for s in (-1, 1):
            drawn.seam.line(
                [
                    (s * half * 0.5, WAIST + 0.12),
                    (s * half * 0.62, WAIST + 0.36),
                    (s * half, WAIST + 0.5),
                ],
                0.04,
            )
    if "cargo pockets" in cut.details:
        for leg in figure.legs:
            side, x = (1 if leg[0][0] > 0 else -1), leg[0][0] * 0.5 + leg[1][0] * 0.5
            x += side * 0.16
            y = min(CROTCH + 0.5, cut.hem - 0.5)
            drawn.patch([(x - 0.17, y), (x + 0.17, y), (x + 0.17, y + 0.38), (x - 0.17, y + 0.38)])
            drawn.seam.line([(x - 0.17, y + 0.12), (x + 0.17, y + 0.12)], 0.035)


def _waistband(drawn: Pens, cut: Cut, figure: Figure) -> None:
    half = figure.half_width(WAIST) + 0.2
    drawn.seam.line([(-half, WAISTBAND + 0.18), (half, WAISTBAND + 0.18)], 0.035)
    if cut.legs is not None:
        m = figure.middle(HIP)
        drawn.seam.line([(0.0, CROTCH + 0.3), (m * 0.4, CROTCH - 0.3)], 0.035)
        if "no fly" not in cut.details:
            drawn.seam.line([(m, WAIST + 0.1), (m, WAIST + 0.5), (m - 0.1, WAIST + 0.72)], 0.03)
    if "cuffs" in cut.details:
        for leg in figure.legs:
            points, radii = trouser_leg(cut, figure, leg)
            (x, y), r = points[-1], radii[-1] + 0.05
            drawn.patch([(x - r, y - 0.2), (x + r, y - 0.2), (x + r, y), (x - r, y)])


def _waist(drawn: Pens, garment: Garment, figure: Figure) -> None:
    cut = garment.cut
    y = WAISTBAND + 0.1 if garment.kind.type == BOTTOM else WAIST + 0.05
    half, m = half_width(cut, figure, WAIST) + 0.15, figure.middle(WAIST)
    if "belt" in cut.details:
        drawn.trim.line([(-half, y), (half, y)], 0.18)
        drawn.metal.line([(m - 0.11, y), (m + 0.11, y)], 0.2)
        drawn.trim.line([(m - 0.05, y), (m + 0.05, y)], 0.09)
    if "waist cord" in cut.details:
        if garment.kind.type != BOTTOM:
            drawn.seam.line([(-half, y), (half, y)], 0.06)
        for s in (-1, 1):
            drawn.trim.line([(m + s * 0.04, y), (m + s * 0.1, y + 0.42)], 0.05)
