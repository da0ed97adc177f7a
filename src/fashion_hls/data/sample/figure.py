"""A human figure: its pose in body coordinates, and stencils to draw it and its clothes.

Body coordinates are measured in heads (the height of the figure's head): x from the body's axis,
y downward from the top of the head. A standing figure is 7.5 heads tall.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

Points = Sequence[tuple[float, float]]

#: Heights of the body in heads.
CHIN, SHOULDER, ARMPIT, WAIST, HIP, CROTCH, KNEE, ANKLE = 1.0, 1.42, 1.95, 2.75, 3.5, 3.9, 5.5, 7.1

#: Stencils are drawn this many times larger and reduced, so that edges are smooth.
OVERSAMPLING: Final = 2


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A posed body and where it stands in the picture.

    ``unit``: pixels a head. ``origin``: pixel place (x, y) of the point (0, ``WAIST``).
    ``lean``: turn around that point in radians. ``widths``: half-widths in heads of the shoulders,
    waist and hips. ``arms`` and ``legs``: left and right, each three joints in body coordinates
    from the trunk outward.
    """

    unit: float
    origin: tuple[float, float]
    lean: float
    widths: tuple[float, float, float]
    arms: tuple[Points, Points]
    legs: tuple[Points, Points]

    def to_pixels(self, points: Points) -> NDArray[np.float64]:
        """Body coordinates [n, 2] to pixels [n, 2] of the picture."""
        body = (np.asarray(points, dtype=np.float64) - (0.0, WAIST)) * self.unit
        cos, sin = np.cos(self.lean), np.sin(self.lean)
        turned: NDArray[np.float64] = body @ np.array([[cos, sin], [-sin, cos]]) + self.origin
        return turned

    def half_width(self, y: float) -> float:
        """Half the trunk's width, in heads, at a height between shoulders and crotch."""
        shoulders, waist, hips = self.widths
        heights = [SHOULDER, ARMPIT, WAIST, HIP, CROTCH]
        return float(np.interp(y, heights, [shoulders, shoulders * 0.82, waist, hips, hips * 0.98]))


def draw_figure(
    size: tuple[int, int], window: tuple[float, float], rng: np.random.Generator
) -> Figure:
    """A figure in a random pose.

    Args:
        size: width and height of the picture in pixels.
        window: heights in heads that the picture's upper and lower edge shall show.
        rng: source of every choice.
    """
    width, height = size
    top, bottom = window
    unit = height / (bottom - top)
    middle = width / 2 + rng.normal(0, 0.06) * width
    shoulders = rng.uniform(0.78, 0.98)
    hips = rng.uniform(0.66, 0.84)
    return Figure(
        unit=unit,
        origin=(float(middle), (WAIST - top) * unit),
        lean=float(np.clip(rng.normal(0, 0.05), -0.14, 0.14)),
        widths=(shoulders, rng.uniform(0.52, 0.66), hips),
        arms=(_arm(-1, shoulders, rng), _arm(1, shoulders, rng)),
        legs=(_leg(-1, hips, rng), _leg(1, hips, rng)),
    )


def _arm(side: int, shoulders: float, rng: np.random.Generator) -> Points:
    x, y = shoulders - 0.1, SHOULDER + 0.1
    upper = rng.uniform(0.12, 0.75)
    # A bent arm has its hand on the hip, a straight one hangs.
    fore = rng.uniform(-0.9, -0.3) if upper > 0.5 else upper + rng.uniform(-0.25, 0.4)
    elbow = (x + 1.3 * np.sin(upper), y + 1.3 * np.cos(upper))
    wrist = (elbow[0] + 1.15 * np.sin(fore), elbow[1] + 1.15 * np.cos(fore))
    return [(side * x, y), (side * float(elbow[0]), float(elbow[1])), (side * wrist[0], wrist[1])]


def _leg(side: int, hips: float, rng: np.random.Generator) -> Points:
    x = hips * 0.52
    spread = rng.uniform(-0.02, 0.16)
    knee = x + spread * 0.8 + rng.uniform(-0.03, 0.1)
    ankle = x + spread * 1.8
    return [(side * x, CROTCH - 0.3), (side * knee, KNEE), (side * ankle, ANKLE)]


def cut_limb(joints: Points, radii: Sequence[float], end: float) -> tuple[Points, list[float]]:
    """The first part of a limb, as a share ``end`` (0..1) of its length in joints."""
    place = np.linspace(0.0, 1.0, len(joints))
    kept = [float(p) for p in place if p < end] + [end]
    xs, ys = np.transpose(np.asarray(joints))
    points = [(float(np.interp(p, place, xs)), float(np.interp(p, place, ys))) for p in kept]
    return points, [float(np.interp(p, place, np.asarray(radii))) for p in kept]


class Stencil:
    """A mask on the picture that is drawn in body coordinates."""

    def __init__(self, figure: Figure, size: tuple[int, int]) -> None:
        self._figure = figure
        self._scale = figure.unit * OVERSAMPLING
        self._mask = Image.new("L", (size[0] * OVERSAMPLING, size[1] * OVERSAMPLING))
        self._draw = ImageDraw.Draw(self._mask)

    def _place(self, points: Points) -> list[tuple[float, float]]:
        pixels = self._figure.to_pixels(points) * OVERSAMPLING
        return [(float(x), float(y)) for x, y in pixels]

    def polygon(self, points: Points, fill: int = 255) -> None:
        """Fill (255) or erase (0) a polygon."""
        self._draw.polygon(self._place(points), fill=fill)

    def mirrored(self, right: Points, fill: int = 255) -> None:
        """A polygon from its right half, listed from top to bottom."""
        self.polygon([*right, *[(-x, y) for x, y in reversed(right)]], fill)

    def disc(self, centre: tuple[float, float], rx: float, ry: float, fill: int = 255) -> None:
        """An upright ellipse; radii in heads."""
        ((x, y),) = self._place([centre])
        rx, ry = rx * self._scale, ry * self._scale
        self._draw.ellipse([x - rx, y - ry, x + rx, y + ry], fill=fill)

    def line(self, points: Points, width: float, fill: int = 255) -> None:
        """A line of even width in heads."""
        thick = max(1, round(width * self._scale))
        self._draw.line(self._place(points), fill=fill, width=thick, joint="curve")

    def limb(self, joints: Points, radii: Sequence[float], *, round_end: bool = True) -> None:
        """A tapering limb through joints, with its radius at each in heads."""
        points = np.asarray(joints, dtype=np.float64)
        for a, b, ra, rb in zip(points, points[1:], radii, radii[1:], strict=False):
            along = b - a
            normal = np.array([-along[1], along[0]]) / max(float(np.hypot(*along)), 1e-9)
            corners = [a + normal * ra, b + normal * rb, b - normal * rb, a - normal * ra]
            self.polygon([(float(x), float(y)) for x, y in corners])
        last = None if round_end else -1
        for (x, y), radius in list(zip(joints, radii, strict=True))[:last]:
            self.disc((x, y), radius, radius)

    def mask(self) -> Image.Image:
        """The mask, mode L, of the picture's size."""
        return self._mask.reduce(OVERSAMPLING)
