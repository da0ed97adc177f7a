"""Shoes: on a figure's feet, and as a pair seen from the side when nobody wears them."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageChops

from fashion_hls.data.sample import palette
from fashion_hls.data.sample.cuts import Cut
from fashion_hls.data.sample.figure import LEG, Figure, cut_limb
from fashion_hls.data.sample.palette import Colour
from fashion_hls.data.sample.shoe_sides import SIDE_UNIT, Parts, SideView
from fashion_hls.data.sample.stencil import ANKLE, WAIST, Frame, Points, Stencil
from fashion_hls.data.sample.textures import lay_cloth
from fashion_hls.data.sample.wardrobe import Garment


def _parts(frame: Frame, size: tuple[int, int]) -> Parts:
    upper, sole, trim, seam = (Stencil(frame, size) for _ in range(4))
    return Parts(upper=upper, sole=sole, trim=trim, seam=seam)


def _paint(
    image: Image.Image, parts: Parts, garment: Garment, unit: float, rng: np.random.Generator
) -> Image.Image:
    """Paint the parts onto the picture; the mask of the whole."""
    upper, sole = parts.upper.mask(), parts.sole.mask()
    image.paste(_sole_colour(garment), (0, 0), sole)
    lay_cloth(image, upper, garment.look, unit, rng)
    mask = ImageChops.lighter(upper, sole)
    parts.seam.onto(image, palette.outline(garment.look.main), mask)
    parts.trim.onto(image, garment.look.second, mask)
    return mask


def _sole_colour(garment: Garment) -> Colour:
    cut = garment.cut
    if "white sole" in cut.details or cut.shoe == "trainers":
        return palette.SOLES[0] if sum(garment.look.main) < 600 else (190, 190, 192)
    if "jute" in cut.details:
        return palette.SOLES[2]
    if cut.shoe in ("heels", "boots"):
        return palette.shade(garment.look.main, 0.55)
    return palette.SOLES[1 + garment.look.seed % 2]


def wear_shoes(
    image: Image.Image, garment: Garment, figure: Figure, rng: np.random.Generator
) -> Image.Image:
    """Draw the pair on the figure's feet; its mask."""
    parts = _parts(figure, image.size)
    for leg in figure.legs:
        _worn(parts, garment.cut, figure, leg)
    return _paint(image, parts, garment, figure.unit, rng)


def _worn(parts: Parts, cut: Cut, figure: Figure, leg: Points) -> None:
    x, y = leg[-1]
    s = 1 if x > 0 else -1
    toe = (x + s * 0.14, y + 0.3)
    if cut.shoe == "boots":
        end = 1.0 - cut.shaft / (ANKLE - leg[0][1])
        wide = [radius * figure.girth + 0.06 for radius in LEG]
        parts.upper.limb(*cut_limb(leg, wide, 1.0, end), round_end=False)
        if "fur cuff" in cut.details:
            (cx, cy), radius = cut_limb(leg, wide, 1.0, end)[0][0], wide[1]
            parts.trim.line([(cx - radius, cy + 0.08), (cx + radius, cy + 0.08)], 0.2)
    if cut.shoe in ("boots", "trainers"):
        parts.sole.disc((toe[0], toe[1] + 0.08), 0.22, 0.12)
        parts.upper.limb([(x, y), (x + s * 0.08, y + 0.18), toe], [0.17, 0.18, 0.17])
        if cut.shoe == "trainers" or "laces" in cut.details:
            for back in (0.06, 0.15, 0.24):
                lace = (x + s * back * 0.5, y + back)
                parts.trim.line([(lace[0] - 0.09, lace[1]), (lace[0] + 0.09, lace[1])], 0.04)
    elif cut.shoe == "heels":
        parts.sole.line([(x - s * 0.1, y + 0.02), (x - s * 0.13, y + 0.44)], 0.07)
        parts.upper.limb([(x + s * 0.07, y + 0.2), (x + s * 0.15, y + 0.42)], [0.16, 0.07])
        parts.upper.line([(x - s * 0.12, y + 0.04), (x + s * 0.02, y + 0.24)], 0.08)
    elif cut.shoe == "flats":
        parts.sole.disc((toe[0], toe[1] + 0.07), 0.19, 0.1)
        parts.upper.disc((toe[0], toe[1] + 0.02), 0.18, 0.12)
        parts.upper.line([(x - s * 0.13, y + 0.14), (toe[0] - s * 0.12, toe[1])], 0.07)
        parts.upper.line([(x + s * 0.15, y + 0.14), (toe[0] + s * 0.12, toe[1])], 0.07)
    else:
        parts.sole.disc((toe[0], toe[1] + 0.08), 0.21, 0.1)
        for back in (0.05, 0.2) if "ankle strap" in cut.details else (0.14, 0.26):
            strap = (x + s * back * 0.5, y + back)
            parts.upper.line(
                [(strap[0] - 0.18, strap[1] + 0.03), (strap[0] + 0.18, strap[1])], 0.08
            )
        parts.upper.line([(x + s * 0.02, y + 0.1), toe], 0.06)


def lay_shoes(
    image: Image.Image, garment: Garment, frame: Frame, rng: np.random.Generator
) -> Image.Image:
    """Draw the pair standing side by side, toes to one side; its mask."""
    facing = 1.0 if rng.random() < 0.5 else -1.0
    whole = Image.new("L", image.size)
    for dx, dy in ((rng.uniform(0.4, 0.9), rng.uniform(-0.8, -0.4)), (0.0, 0.0)):
        parts = _parts(frame, image.size)
        side = SideView(parts, garment.cut, facing, float(dx), float(dy))
        side.draw()
        whole = ImageChops.lighter(whole, _paint(image, parts, garment, frame.unit, rng))
    return whole


def extent(cut: Cut) -> tuple[float, float, float]:
    """Half-width, upper and lower end in heads of a pair that stands side by side."""
    high = {"boots": 1.2 + cut.shaft * 1.9, "heels": 2.0}.get(cut.shoe, 1.6)
    return 2.3 * SIDE_UNIT, WAIST - (high + 0.8) * SIDE_UNIT, WAIST + 0.1
