"""Things in a photo that are no garment: bags, umbrellas, plants. Some hide a part of a garment."""

from __future__ import annotations

import numpy as np
from PIL import Image

from fashion_hls.data.sample import palette
from fashion_hls.data.sample.figure import Figure
from fashion_hls.data.sample.stencil import ANKLE, SHOULDER, Frame, Stencil

#: Chances that a figure carries something, and that something stands before it.
CARRIES, STANDS_BEFORE = 0.34, 0.18


def carry(image: Image.Image, figure: Figure, rng: np.random.Generator) -> list[Image.Image]:
    """Draw what the figure carries, if anything; masks of what it hides."""
    if rng.random() >= CARRIES:
        return []
    arm = figure.arms[int(rng.integers(2))]
    kind = rng.choice(3, p=[0.5, 0.28, 0.22])
    if arm[2][1] < SHOULDER + 0.3 or kind == 2:
        return [_umbrella(image, figure, arm[2], rng)] if kind == 2 else []
    if kind == 1:
        return [_shoulder_bag(image, figure, rng)]
    return [_handbag(image, figure, arm[2], rng)]


def _handbag(
    image: Image.Image, figure: Figure, hand: tuple[float, float], rng: np.random.Generator
) -> Image.Image:
    x, y = hand[0], hand[1] + 0.2
    bag, flap = Stencil(figure, image.size), Stencil(figure, image.size)
    wide, high = rng.uniform(0.28, 0.5), rng.uniform(0.45, 0.8)
    bag.line(
        [(x - wide * 0.7, y + 0.5), (x - 0.1, y), (x + 0.1, y), (x + wide * 0.7, y + 0.5)], 0.06
    )
    corners = [(x + wide, y + 0.45), (x + wide * 1.1, y + 0.45 + high)]
    bag.polygon(
        [(2 * x - corners[0][0], y + 0.45), *corners, (2 * x - corners[1][0], y + 0.45 + high)]
    )
    flap.polygon([(x - wide, y + 0.45), (x + wide, y + 0.45), (x, y + 0.45 + high * 0.55)])
    colour, mask = (
        palette.pick(palette.LEATHER, rng) if rng.random() < 0.5 else palette.cloth(rng),
        bag.mask(),
    )
    image.paste(colour, (0, 0), mask)
    flap.onto(image, palette.shade(colour, 0.8), mask)
    return mask


def _shoulder_bag(image: Image.Image, figure: Figure, rng: np.random.Generator) -> Image.Image:
    """A strap across the trunk and a small bag at the hip."""
    side = 1 if rng.random() < 0.5 else -1
    shoulder, hip = figure.widths[0] * 0.55, figure.widths[2] + 0.1
    bag = Stencil(figure, image.size)
    bag.line([(-side * shoulder, SHOULDER + 0.02), (side * hip, 3.3)], 0.07)
    x = side * hip
    bag.polygon([(x - 0.32, 3.2), (x + 0.32, 3.2), (x + 0.34, 3.7), (x - 0.34, 3.7)])
    mask = bag.mask()
    image.paste(palette.pick(palette.LEATHER, rng), (0, 0), mask)
    return mask


def _umbrella(
    image: Image.Image, figure: Figure, hand: tuple[float, float], rng: np.random.Generator
) -> Image.Image:
    """Closed and hanging from a lowered hand, open above a raised one."""
    x, y = hand
    stick, cloth = Stencil(figure, image.size), Stencil(figure, image.size)
    if y < SHOULDER + 0.3:
        top = min(y - 1.2, -0.5)
        stick.line([(x, y + 0.2), (x * 0.6, top)], 0.06)
        middle = x * 0.6
        dome = [
            (middle + 1.9 * float(np.cos(t)), top + 0.5 - 0.9 * float(np.sin(t)))
            for t in np.linspace(0, np.pi, 14)
        ]
        cloth.polygon(dome)
    else:
        stick.line([(x, y + 0.1), (x + 0.05, ANKLE + 0.2)], 0.06)
        cloth.polygon([(x - 0.12, y + 0.5), (x + 0.16, y + 0.5), (x + 0.05, ANKLE)])
    mask = stick.mask()
    image.paste((60, 50, 44), (0, 0), mask)
    cover = cloth.mask()
    image.paste(palette.cloth(rng), (0, 0), cover)
    mask.paste(255, (0, 0), cover)
    return mask


def stand_before(image: Image.Image, rng: np.random.Generator) -> list[Image.Image]:
    """A plant, a post or a case at the picture's lower edge, if any; masks of what it hides."""
    if rng.random() >= STANDS_BEFORE:
        return []
    width, height = image.size
    x = width * (rng.uniform(-0.02, 0.2) if rng.random() < 0.5 else rng.uniform(0.8, 1.02))
    # One unit of this frame is an eighth of the picture's height; (0, 0) is its lower edge.
    unit = height / 8
    frame = Frame(unit=unit, origin=(float(x), height + 2.75 * unit))
    kind = rng.choice(3, p=[0.5, 0.2, 0.3])
    return [(_plant, _post, _case)[kind](image, frame, rng)]


def _plant(image: Image.Image, frame: Frame, rng: np.random.Generator) -> Image.Image:
    pot, leaves = Stencil(frame, image.size), Stencil(frame, image.size)
    pot.polygon([(-0.45, -0.9), (0.45, -0.9), (0.35, 0.0), (-0.35, 0.0)])
    for _ in range(9):
        turn, long = rng.uniform(-1.1, 1.1), rng.uniform(0.9, 1.9)
        tip = (long * float(np.sin(turn)), -0.85 - long * float(np.cos(turn)))
        leaves.limb(
            [(0.0, -0.85), (tip[0] * 0.55, (tip[1] - 0.85) * 0.52), tip], [0.05, 0.17, 0.02]
        )
    mask, green = pot.mask(), leaves.mask()
    image.paste(palette.jitter((176, 112, 82), rng, 40), (0, 0), mask)
    image.paste(palette.pick(palette.FOLIAGE, rng), (0, 0), green)
    mask.paste(255, (0, 0), green)
    return mask


def _post(image: Image.Image, frame: Frame, rng: np.random.Generator) -> Image.Image:
    post = Stencil(frame, image.size)
    high = rng.uniform(1.5, 3.0)
    post.polygon([(-0.16, -high), (0.16, -high), (0.2, 0.0), (-0.2, 0.0)])
    post.disc((0.0, -high), 0.24, 0.2)
    mask = post.mask()
    image.paste(palette.jitter((84, 86, 92), rng, 30), (0, 0), mask)
    return mask


def _case(image: Image.Image, frame: Frame, rng: np.random.Generator) -> Image.Image:
    """A suitcase with its handle."""
    case, lines = Stencil(frame, image.size), Stencil(frame, image.size)
    case.line([(-0.2, -1.6), (-0.2, -2.1), (0.2, -2.1), (0.2, -1.6)], 0.07)
    case.polygon([(-0.55, -1.65), (0.55, -1.65), (0.55, 0.0), (-0.55, 0.0)])
    for x in (-0.25, 0.0, 0.25):
        lines.line([(x, -1.5), (x, -0.1)], 0.05)
    mask, colour = case.mask(), palette.cloth(rng)
    image.paste(colour, (0, 0), mask)
    lines.onto(image, palette.shade(colour, 0.7), mask)
    return mask
