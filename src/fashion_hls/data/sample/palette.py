"""Colours of skin, hair, cloth and surroundings, drawn at random."""

from __future__ import annotations

import colorsys
from typing import Final

import numpy as np

Colour = tuple[int, int, int]

#: From light to dark; every photo draws one with equal chance.
SKIN: Final[tuple[Colour, ...]] = (
    (250, 224, 200),
    (238, 200, 170),
    (222, 176, 138),
    (196, 144, 104),
    (160, 108, 74),
    (122, 78, 52),
    (88, 56, 40),
)
HAIR: Final[tuple[Colour, ...]] = (
    (30, 24, 22),
    (62, 40, 28),
    (110, 72, 42),
    (176, 130, 78),
    (150, 62, 36),
    (176, 172, 168),
)
SHOES: Final[tuple[Colour, ...]] = (
    (34, 31, 31),
    (236, 234, 228),
    (120, 76, 44),
    (160, 40, 44),
    (176, 142, 104),
    (44, 60, 96),
)
SOLES: Final[tuple[Colour, ...]] = ((226, 224, 218), (60, 52, 46), (196, 160, 112))
DENIM: Final[tuple[Colour, ...]] = ((40, 62, 104), (62, 92, 140), (104, 136, 178), (34, 40, 58))
LEATHER: Final[tuple[Colour, ...]] = ((44, 41, 44), (92, 54, 36), (118, 34, 40), (66, 64, 48))
METAL: Final[tuple[Colour, ...]] = ((198, 200, 206), (206, 172, 92), (120, 122, 128))
FOLIAGE: Final[tuple[Colour, ...]] = ((52, 110, 54), (84, 140, 66), (36, 84, 60), (120, 150, 80))
MASONRY: Final[tuple[Colour, ...]] = (
    (168, 120, 98),
    (196, 186, 170),
    (142, 146, 152),
    (216, 200, 172),
    (120, 88, 80),
    (176, 170, 178),
)
SKY: Final[tuple[Colour, ...]] = (
    (150, 190, 228),
    (206, 214, 222),
    (236, 206, 176),
    (122, 140, 170),
)
PAVEMENT: Final[tuple[Colour, ...]] = ((128, 126, 124), (168, 162, 154), (98, 98, 102))
WALLS: Final[tuple[Colour, ...]] = (
    (226, 220, 210),
    (190, 204, 206),
    (214, 190, 178),
    (170, 176, 164),
    (120, 124, 140),
)
FLOORS: Final[tuple[Colour, ...]] = ((168, 126, 88), (118, 86, 62), (186, 178, 168), (92, 92, 98))


def pick(colours: tuple[Colour, ...], rng: np.random.Generator) -> Colour:
    """One of the colours with equal chance, moved a little."""
    return jitter(colours[int(rng.integers(len(colours)))], rng, 8)


def jitter(colour: Colour, rng: np.random.Generator, spread: int) -> Colour:
    """The colour with each channel moved by at most ``spread``."""
    red, green, blue = (
        int(v) for v in np.clip(rng.integers(-spread, spread + 1, 3) + colour, 0, 255)
    )
    return red, green, blue


def shade(colour: Colour, factor: float) -> Colour:
    """The colour made darker (factor below 1) or lighter (above 1)."""
    red, green, blue = (min(255, int(v * factor)) for v in colour)
    return red, green, blue


def from_hsv(hue: float, saturation: float, value: float) -> Colour:
    """Hue, saturation and value in 0..1 to an 8-bit colour."""
    red, green, blue = (int(255 * v) for v in colorsys.hsv_to_rgb(hue % 1.0, saturation, value))
    return red, green, blue


def cloth(rng: np.random.Generator) -> Colour:
    """A colour as clothes have it: black, white and grey are common, the rest any hue."""
    if rng.random() < 0.35:
        return from_hsv(rng.random(), 0.05, rng.choice([0.15, 0.5, 0.93]))
    return from_hsv(rng.random(), rng.uniform(0.25, 0.8), rng.uniform(0.35, 0.92))


def contrasting(colour: Colour, rng: np.random.Generator) -> Colour:
    """A colour that can be told from the given one: light on dark or dark on light."""
    dark = sum(colour) < 380
    value = rng.uniform(0.8, 1.0) if dark else rng.uniform(0.1, 0.4)
    saturation = rng.uniform(0.0, 0.45) if dark else rng.uniform(0.2, 0.9)
    return from_hsv(rng.random(), saturation, value)


def outline(colour: Colour) -> Colour:
    """A colour for seams on a cloth: darker than it, or lighter where it is nearly black."""
    if sum(colour) > 150:
        return shade(colour, 0.55)
    red, green, blue = colour
    return red + 62, green + 62, blue + 62
