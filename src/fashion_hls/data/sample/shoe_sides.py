"""A shoe seen from the side, as it stands in a shop's photo."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from fashion_hls.data.sample.cuts import Cut
from fashion_hls.data.sample.stencil import WAIST, Points, Stencil

#: Heads a unit: a shoe is 3 units from heel to toe.
SIDE_UNIT: Final = 0.34


@dataclass(frozen=True, kw_only=True)
class Parts:
    """Stencils of a pair: uppers of cloth or leather, soles, lines in the second colour, and seams
    in a darker shade."""

    upper: Stencil
    sole: Stencil
    trim: Stencil
    seam: Stencil


def _rounded(points: Sequence[tuple[float, float]]) -> Points:
    """The polygon with its corners cut twice (Chaikin), as leather bends and has none."""
    shape = np.asarray(points, dtype=np.float64)
    for _ in range(2):
        ahead = np.roll(shape, -1, axis=0)
        cut = [0.8 * shape + 0.2 * ahead, 0.2 * shape + 0.8 * ahead]
        shape = np.stack(cut, axis=1).reshape(-1, 2)
    return [(float(x), float(y)) for x, y in shape]


class SideView:
    """One shoe from the side: toe to the right, standing on y = 0, 3 units from heel to toe."""

    def __init__(self, parts: Parts, cut: Cut, facing: float, dx: float, dy: float) -> None:
        self._parts, self._cut = parts, cut
        self._facing, self._shift = facing, (dx, dy)

    def _at(self, points: Sequence[tuple[float, float]]) -> Points:
        dx, dy = self._shift
        return [
            (self._facing * (x + dx) * SIDE_UNIT, WAIST + (y + dy) * SIDE_UNIT) for x, y in points
        ]

    def _upper(self, *points: tuple[float, float]) -> None:
        self._parts.upper.polygon(self._at(_rounded(points)))

    def _sole(self, *points: tuple[float, float]) -> None:
        self._parts.sole.polygon(self._at(points))

    def _strap(self, *points: tuple[float, float], width: float = 0.22) -> None:
        self._parts.upper.line(self._at(points), width * SIDE_UNIT)

    def _trim(self, *points: tuple[float, float], width: float = 0.1) -> None:
        self._parts.trim.line(self._at(points), width * SIDE_UNIT)

    def _seam(self, *points: tuple[float, float], width: float = 0.07) -> None:
        self._parts.seam.line(self._at(points), width * SIDE_UNIT)

    def draw(self) -> None:
        """The shoe of the cut's kind."""
        {
            "trainers": self._trainer,
            "boots": self._boot,
            "flats": self._flat,
            "heels": self._heel,
            "sandals": self._sandal,
        }[self._cut.shoe]()

    def _trainer(self) -> None:
        self._sole((-1.5, -0.1), (-1.4, 0), (1.4, 0), (1.55, -0.2), (1.4, -0.38), (-1.5, -0.38))
        back = [(-1.45, -0.35), (-1.5, -1.0), (-1.3, -1.35), (-1.05, -1.3), (-0.75, -1.1)]
        self._upper(*back, (-0.35, -1.25), (0.5, -0.78), (1.2, -0.7), (1.5, -0.5), (1.5, -0.3))
        for x in (-0.25, 0.0, 0.25, 0.5):
            self._trim((x - 0.12, -1.1 + 0.55 * (x + 0.25)), (x + 0.05, -0.8 + 0.4 * (x + 0.25)))
        self._trim((-0.6, -0.4), (-0.35, -0.95), width=0.14)
        self._trim((-0.25, -0.4), (0.0, -0.85), width=0.14)
        self._seam((0.7, -0.75), (0.75, -0.38))

    def _boot(self) -> None:
        details, top = self._cut.details, -0.95 - self._cut.shaft * 1.9
        heel = 0.45 if "block heel" in details else 0.22
        self._sole(
            (-1.4, 0), (-0.8, 0), (-0.7, -heel), (0.5, -0.12), (1.45, 0), (1.5, -0.2), (-1.4, -0.4)
        )
        shaft = [(-1.4, -0.2), (-1.32, -0.9), (-1.4, top), (-0.1, top), (-0.2, -1.15)]
        self._upper(*shaft, (0.4, -0.8), (1.2, -0.72), (1.55, -0.5), (1.52, -0.1))
        top_edge = [(-1.4, top), (-0.1, top), (-0.18, top + 0.5), (-1.36, top + 0.5)]
        self._parts.upper.polygon(self._at(top_edge))
        if "elastic" in details:
            self._parts.trim.polygon(
                self._at([(-0.9, top), (-0.45, top), (-0.62, -0.9), (-0.75, -0.9)])
            )
        if "laces" in details:
            for y in np.arange(top + 0.25, -0.9, 0.26):
                self._trim((-0.5, float(y) + 0.08), (-0.1, float(y)))
        if "fur cuff" in details:
            self._trim((-1.45, top + 0.15), (-0.05, top + 0.15), width=0.42)
        if "rim" in details:
            self._trim((-1.42, top + 0.1), (-0.1, top + 0.1), width=0.16)
        if "buckles" in details:
            for y in (top + 0.35, -1.05):
                self._trim((-1.42, y), (-0.15, y), width=0.12)
        if "stitching" in details:
            self._trim((-1.2, top + 0.3), (-0.75, -1.4), (-0.3, top + 0.3))
            self._trim((-1.2, top + 0.6), (-0.75, -1.15), (-0.3, top + 0.6))
        if "ribbed" in details:
            for y in np.arange(top + 0.15, -1.1, 0.2):
                self._seam((-1.4, float(y)), (-0.1, float(y)))

    def _flat(self) -> None:
        details = self._cut.details
        self._sole((-1.45, -0.05), (-1.4, 0), (1.45, 0), (1.55, -0.1), (1.4, -0.16), (-1.45, -0.16))
        back = (
            [(-1.42, -0.12)]
            if "backless" in details
            else [(-1.42, -0.12), (-1.5, -0.72), (-1.3, -0.78)]
        )
        low = (
            [(-0.9, -0.42), (-0.2, -0.34)]
            if "backless" not in details
            else [(-0.3, -0.16), (-0.1, -0.5)]
        )
        if "cut sides" in details:
            low = [(-1.0, -0.2), (0.3, -0.2)]
        elif details & {"laces", "saddle", "apron"}:
            low = [(-0.7, -0.72), (-0.25, -0.9)]
        self._upper(*back, *low, (0.45, -0.62), (1.1, -0.5), (1.5, -0.25), (1.54, -0.1))
        if "bow" in details:
            self._trim((0.4, -0.5), (0.62, -0.36), (0.84, -0.5), width=0.2)
        if "laces" in details:
            for x in (-0.2, 0.05, 0.3):
                self._trim((x - 0.05, -0.82 + 0.35 * (x + 0.2)), (x + 0.1, -0.55 + 0.3 * x))
        if "saddle" in details:
            self._trim((-0.1, -0.18), (0.1, -0.85), width=0.2)
        if "toe cap" in details or "apron" in details:
            self._seam((0.75, -0.6), (0.85, -0.35), (0.8, -0.16))
        if "jute" in details:
            self._seam((-1.4, -0.08), (1.5, -0.08))

    def _heel(self) -> None:
        high = -1.15
        self._sole((-1.32, high + 0.1), (-0.95, high + 0.1), (-1.1, 0), (-1.24, 0))
        back = [(-1.35, high + 0.12), (-1.42, high - 0.5), (-1.2, high - 0.6)]
        if "backless" in self._cut.details:
            back = [(-1.35, high + 0.12), (-1.35, high - 0.05)]
        throat = [(-0.85, high - 0.08), (-0.2, -0.85), (0.3, -0.72)]
        if "cut sides" in self._cut.details:
            throat = [(-0.95, high - 0.02), (-0.3, -0.62), (0.35, -0.75)]
        if "pointed" in self._cut.details:
            throat = [(-0.85, high - 0.2), (-0.1, -1.0), (0.5, -0.72)]
        toe = [(0.75, -0.5), (1.6, -0.06), (1.5, 0), (0.55, 0)]
        self._upper(*back, *throat, *toe, (0.0, -0.28), (-0.8, high + 0.12))
        # The insole joins heel and toe where the upper leaves the foot free.
        self._strap((-1.0, high + 0.1), (-0.1, -0.32), (0.55, -0.06), width=0.16)
        if "jute" in self._cut.details:
            self._sole((-1.35, high + 0.1), (0.4, -0.05), (1.45, 0), (-1.3, 0))

    def _sandal(self) -> None:
        details = self._cut.details
        self._sole((-1.5, -0.05), (-1.4, 0), (1.45, 0), (1.55, -0.12), (1.4, -0.26), (-1.45, -0.26))
        if "broad strap" in details:
            self._upper((0.0, -0.2), (0.1, -0.85), (0.55, -0.95), (1.0, -0.7), (1.15, -0.2))
            return
        if "thong" in details:
            self._strap((0.95, -0.22), (0.75, -0.62), (-0.2, -0.2))
        elif "t-bar" in details:
            self._strap((1.0, -0.22), (0.8, -0.6), (0.45, -0.2))
            self._strap((0.8, -0.6), (-0.55, -1.05))
        else:
            self._strap((0.3, -0.2), (0.6, -0.75), (1.05, -0.55), (1.15, -0.2))
            self._strap((-0.3, -0.2), (0.0, -0.85), (0.5, -0.7), (0.65, -0.2))
        if details & {"cross straps"}:
            self._strap((-0.8, -0.2), (-0.3, -1.1), (0.1, -0.3))
            self._strap((-1.38, -1.0), (-1.3, -1.55), (-0.55, -1.6), (-0.5, -1.1))
        if not details & {"thong"} or "ankle strap" in details:
            self._strap((-1.4, -0.22), (-1.38, -1.05), (-0.55, -1.15))
            self._strap((-1.38, -0.7), (-0.5, -1.12), width=0.14)
