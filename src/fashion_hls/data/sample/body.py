"""The bare body: limbs, head and hair, drawn below the clothes, and hands, drawn above them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from PIL import Image

from fashion_hls.data.sample import palette
from fashion_hls.data.sample.figure import ARM, LEG, Figure
from fashion_hls.data.sample.palette import Colour
from fashion_hls.data.sample.stencil import ARMPIT, CROTCH, SHOULDER, Stencil
from fashion_hls.data.sample.textures import round_off

HAIR_STYLES: Final = ("long", "bob", "short", "bun", "afro", "bald", "ponytail")


@dataclass(frozen=True, kw_only=True)
class Person:
    """Colours and hair of someone, the same in every photo of them."""

    skin: Colour
    hair: Colour
    style: str
    glasses: bool


def draw_person(rng: np.random.Generator) -> Person:
    """Somebody."""
    style = rng.choice(len(HAIR_STYLES), p=[0.3, 0.16, 0.22, 0.1, 0.07, 0.04, 0.11])
    return Person(
        skin=palette.pick(palette.SKIN, rng),
        hair=palette.pick(palette.HAIR, rng),
        style=HAIR_STYLES[style],
        glasses=bool(rng.random() < 0.12),
    )


def draw_body(image: Image.Image, figure: Figure, person: Person) -> None:
    """Draw the body and the head onto the picture."""
    _hair_behind(image, figure, person)
    body = Stencil(figure, image.size)
    body.limb([(0.0, 0.8), (0.0, SHOULDER)], [0.21, 0.26])
    heights = [float(y) for y in np.linspace(ARMPIT, CROTCH, 7)]
    flanks = [(figure.half_width(y) - 0.04, y) for y in heights]
    body.mirrored([(0.26, SHOULDER - 0.1), (figure.widths[0] - 0.05, SHOULDER + 0.05), *flanks])
    for arm in figure.arms:
        body.limb(arm, [radius * figure.girth for radius in ARM])
    for leg in figure.legs:
        body.limb(leg, [radius * figure.girth for radius in LEG])
        _foot(body, leg[-1])
    _hands(body, figure)
    found = body.patch()
    if found:
        mask, box = found
        light = round_off(mask, 1.0, max(1, round(figure.unit * 0.1)))
        lit = Image.new("RGB", mask.size, person.skin)
        dark = Image.new("RGB", mask.size, palette.shade(person.skin, 0.62))
        image.paste(Image.composite(lit, dark, light), box[:2], mask)
    _head(image, figure, person)


def _foot(body: Stencil, ankle: tuple[float, float]) -> None:
    x, y = ankle
    side = 1 if x > 0 else -1
    body.limb([(x, y), (x + side * 0.09, y + 0.2), (x + side * 0.15, y + 0.32)], [0.12, 0.14, 0.12])


def _hands(stencil: Stencil, figure: Figure) -> None:
    for arm in figure.arms:
        (ex, ey), (wx, wy) = arm[1], arm[2]
        length = max(float(np.hypot(wx - ex, wy - ey)), 1e-6)
        dx, dy = (wx - ex) / length, (wy - ey) / length
        reach = (wx + 0.3 * dx, wy + 0.3 * dy)
        stencil.limb([(wx, wy), (wx + 0.14 * dx, wy + 0.14 * dy), reach], [0.1, 0.14, 0.09])


def draw_hands(image: Image.Image, figure: Figure, person: Person) -> Image.Image:
    """Draw the hands again, above the clothes; their mask, as they hide what is behind them."""
    hands = Stencil(figure, image.size)
    _hands(hands, figure)
    mask = hands.mask()
    image.paste(palette.shade(person.skin, 0.96), (0, 0), mask)
    return mask


def _hair_behind(image: Image.Image, figure: Figure, person: Person) -> None:
    back, x = Stencil(figure, image.size), 0.12 * figure.turn
    if person.style == "long":
        back.mirrored([(0.2, 0.02), (0.46, 0.3), (0.56, 1.0), (0.52, 1.75), (0.3, 1.95)])
    elif person.style == "bob":
        back.disc((0.0, 0.62), 0.54, 0.58)
    elif person.style == "bun":
        back.disc((-x, -0.08), 0.24, 0.22)
    elif person.style == "afro":
        back.disc((0.0, 0.4), 0.66, 0.62)
    elif person.style == "ponytail":
        side = -1 if figure.turn > 0 else 1
        back.limb([(side * 0.3, 0.3), (side * 0.6, 0.75), (side * 0.55, 1.5)], [0.12, 0.18, 0.05])
    back.onto(image, palette.shade(person.hair, 0.8))


def _head(image: Image.Image, figure: Figure, person: Person) -> None:
    x = 0.2 * figure.turn
    cap, face, marks, lips = (Stencil(figure, image.size) for _ in range(4))
    if person.style != "bald":
        cap.disc((0.0, 0.43), 0.44, 0.46)
    face.disc((-0.37 + 0.5 * x, 0.58), 0.07, 0.11)
    face.disc((0.37 + 0.5 * x, 0.58), 0.07, 0.11)
    face.disc((x * 0.4, 0.42 if person.style == "bald" else 0.6), 0.36, 0.4)
    face.disc((x * 0.4, 0.66), 0.31, 0.36)
    for side in (-1, 1):
        marks.disc((x + side * 0.14, 0.56), 0.05, 0.035)
        marks.line([(x + side * 0.07, 0.46), (x + side * 0.21, 0.45)], 0.035)
    marks.line([(x, 0.58), (x * 1.35 + 0.03, 0.72)], 0.03)
    lips.disc((x, 0.83), 0.1, 0.035)
    cap.onto(image, person.hair)
    face.onto(image, person.skin)
    marks.onto(image, palette.shade(person.skin, 0.4))
    red, green, blue = palette.shade(person.skin, 0.72)
    lips.onto(image, (min(255, red + 30), green, blue))
    if person.glasses:
        glasses = Stencil(figure, image.size)
        for side in (-1, 1):
            glasses.disc((x + side * 0.15, 0.56), 0.13, 0.1)
        glasses.line([(x - 0.3, 0.53), (x + 0.3, 0.53)], 0.04)
        glasses.onto(image, (26, 26, 30))
    if person.style in ("long", "bob", "short", "ponytail"):
        fringe = Stencil(figure, image.size)
        fringe.polygon([(-0.38, 0.5), (-0.3, 0.14), (0.0, 0.04), (0.3, 0.14), (0.38, 0.5)])
        fringe.disc((x, 0.66), 0.33, 0.36, 0)
        fringe.onto(image, person.hair)
