"""Stencils: masks drawn in body coordinates, smooth at their edges.

Body coordinates are measured in heads (the height of a figure's head): x from the body's axis,
y downward from the top of the head. A standing figure is 7.5 heads tall.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageDraw

from fashion_hls.data.sample.palette import Colour

Points = Sequence[tuple[float, float]]
Box = tuple[int, int, int, int]

#: Heights of the body in heads.
CHIN, SHOULDER, ARMPIT, WAIST, HIP, CROTCH, KNEE, ANKLE = 1.0, 1.42, 1.95, 2.75, 3.5, 3.9, 5.5, 7.1

#: Stencils are drawn this many times larger and reduced, so that edges are smooth.
OVERSAMPLING: Final = 2
_TURNS = np.arange(16) * (2 * np.pi / 16)
_CIRCLE: Final = np.column_stack([np.cos(_TURNS), np.sin(_TURNS)])


@dataclass(frozen=True, kw_only=True)
class Frame:
    """Where body coordinates lie in the picture.

    ``unit``: pixels a head. ``origin``: pixel place (x, y) of the point (0, ``WAIST``).
    ``lean``: turn around that point in radians. ``bend``: how far, in heads, the shoulders are
    shifted to one side and the hips to the other.
    """

    unit: float
    origin: tuple[float, float]
    lean: float = 0.0
    bend: float = 0.0

    def to_pixels(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Body coordinates [n, 2] to pixels [n, 2] of the picture."""
        body = points - (0.0, WAIST)
        if self.bend:
            heights = (0.0, SHOULDER, HIP, ANKLE)
            shifts = (self.bend, self.bend * 0.8, -self.bend, self.bend * 0.2)
            body[:, 0] += np.interp(points[:, 1], heights, shifts)
        cos, sin = np.cos(self.lean), np.sin(self.lean)
        turned: NDArray[np.float64] = (body * self.unit) @ np.array([[cos, sin], [-sin, cos]])
        return turned + self.origin


class Stencil:
    """Shapes in body coordinates, drawn together in the order in which they were added."""

    def __init__(self, frame: Frame, size: tuple[int, int]) -> None:
        self._frame = frame
        self._size = size
        # Points, width of a line (0: a filled polygon) in heads, and fill (0 erases).
        self._shapes: list[tuple[NDArray[np.float64], float, int]] = []

    def polygon(self, points: Points, fill: int = 255) -> None:
        """Fill (255) or erase (0) a polygon."""
        self._shapes.append((np.asarray(points, dtype=np.float64), 0.0, fill))

    def mirrored(self, right: Points, fill: int = 255) -> None:
        """A polygon from its right half, listed from top to bottom."""
        self.polygon([*right, *[(-x, y) for x, y in reversed(right)]], fill)

    def disc(self, centre: tuple[float, float], rx: float, ry: float, fill: int = 255) -> None:
        """An ellipse; radii in heads."""
        self._shapes.append((_CIRCLE * (rx, ry) + centre, 0.0, fill))

    def line(self, points: Points, width: float, fill: int = 255) -> None:
        """A line of even width in heads."""
        self._shapes.append((np.asarray(points, dtype=np.float64), width, fill))

    def limb(self, joints: Points, radii: Sequence[float], *, round_end: bool = True) -> None:
        """A tapering limb through joints, with its radius at each in heads."""
        points = np.asarray(joints, dtype=np.float64)
        for a, b, ra, rb in zip(points, points[1:], radii, radii[1:], strict=False):
            along = b - a
            normal = np.array([-along[1], along[0]]) / max(float(np.hypot(*along)), 1e-9)
            corners = np.array([a + normal * ra, b + normal * rb, b - normal * rb, a - normal * ra])
            self._shapes.append((corners, 0.0, 255))
        last = None if round_end else -1
        for (x, y), radius in list(zip(joints, radii, strict=True))[:last]:
            self.disc((x, y), radius, radius)

    def patch(self) -> tuple[Image.Image, Box] | None:
        """The mask (mode L) of the part of the picture that the shapes lie in, and that part's
        box; None where they lie outside.
        """
        if not self._shapes:
            return None
        unit, lengths = self._frame.unit, [len(points) for points, _, _ in self._shapes]
        pixels = self._frame.to_pixels(np.concatenate([points for points, _, _ in self._shapes]))
        thickest = max(width for _, width, _ in self._shapes) * unit / 2 + 1
        x1, y1 = np.maximum(np.floor(pixels.min(axis=0) - thickest), 0).astype(int).tolist()
        x2, y2 = np.minimum(np.ceil(pixels.max(axis=0) + thickest), self._size).astype(int).tolist()
        if x1 >= x2 or y1 >= y2:
            return None
        mask = Image.new("L", ((x2 - x1) * OVERSAMPLING, (y2 - y1) * OVERSAMPLING))
        draw = ImageDraw.Draw(mask)
        placed = np.split((pixels - (x1, y1)) * OVERSAMPLING, np.cumsum(lengths)[:-1])
        for points, (_, width, fill) in zip(placed, self._shapes, strict=True):
            flat = points.ravel().tolist()
            if width:
                thick = max(1, round(width * unit * OVERSAMPLING))
                draw.line(flat, fill=fill, width=thick, joint="curve")
            else:
                draw.polygon(flat, fill=fill)
        return mask.reduce(OVERSAMPLING), (x1, y1, x2, y2)

    def mask(self) -> Image.Image:
        """The mask, mode L, of the whole picture."""
        whole = Image.new("L", self._size)
        found = self.patch()
        if found:
            whole.paste(found[0], found[1][:2])
        return whole

    def onto(self, image: Image.Image, colour: Colour, within: Image.Image | None = None) -> None:
        """Paint the shapes in one colour, where a mask of the picture's size is given within it."""
        found = self.patch()
        if found:
            mask, box = found
            if within is not None:
                mask = ImageChops.multiply(mask, within.crop(box))
            image.paste(colour, box, mask)
