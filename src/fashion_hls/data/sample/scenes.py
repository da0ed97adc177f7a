"""Photos: a figure in an outfit before a background, with the box of each visible garment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from PIL import Image, ImageChops, ImageDraw

from fashion_hls.data.sample import palette
from fashion_hls.data.sample.figure import (
    ARMPIT,
    CHIN,
    CROTCH,
    SHOULDER,
    Figure,
    Stencil,
    draw_figure,
)
from fashion_hls.data.sample.garments import seams, silhouette, trims
from fashion_hls.data.sample.palette import Colour
from fashion_hls.data.sample.textures import paint, smooth_noise
from fashion_hls.data.sample.wardrobe import Garment

#: Heights in heads at the picture's edges: the whole figure, its upper and its lower half.
WINDOWS: Final = {"whole": (-0.5, 7.9), "upper": (-0.2, 4.9), "lower": (1.6, 7.8)}

#: A garment of which less than this share of the picture's sides shows is not labelled.
MIN_VISIBLE: Final = 0.05

Box = tuple[int, int, int, int]


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A photo. ``garments``: each visible garment with its box (xyxy pixels, end exclusive)."""

    image: Image.Image
    garments: list[tuple[Garment, Box]]


def draw_size(image_size: int, rng: np.random.Generator) -> tuple[int, int]:
    """Width and height; the longer side is ``image_size``."""
    shape = rng.choice(3, p=[0.6, 0.3, 0.1])
    if shape == 2:
        return image_size, round(image_size * 0.85)
    return round(image_size * (0.72, 1.0)[shape]), image_size


def draw_scene(
    outfit: list[Garment], view: str, size: tuple[int, int], rng: np.random.Generator
) -> Scene:
    """A photo of someone in the outfit.

    Args:
        outfit: garments in the order in which they are put on.
        view: whole, upper or lower, the part of the figure that fills the picture.
        size: width and height in pixels.
        rng: source of every choice.
    """
    top, bottom = WINDOWS[view]
    margin = rng.uniform(0, 1.6) if view == "whole" else rng.uniform(0, 0.7)
    above = margin * rng.uniform(0.2, 0.8)
    figure = draw_figure(size, (top - above, bottom + margin - above), rng)
    image = draw_background(size, rng)
    _draw_body(image, figure, rng)
    masks = [_wear(image, garment, figure, rng) for garment in outfit]
    if rng.random() < 0.12:
        _draw_bag(image, figure, rng)
    image = _expose(image, rng)
    return Scene(image=image, garments=_visible(outfit, masks))


def _visible(outfit: list[Garment], masks: list[Image.Image]) -> list[tuple[Garment, Box]]:
    found = []
    for place, (garment, mask) in enumerate(zip(outfit, masks, strict=True)):
        seen = mask
        for over in masks[place + 1 :]:
            seen = ImageChops.subtract(seen, over)
        box = seen.point(lambda v: 255 if v > 127 else 0).getbbox()
        if box and min(box[2] - box[0], box[3] - box[1]) >= MIN_VISIBLE * max(mask.size):
            found.append((garment, box))
    return found


def _wear(
    image: Image.Image, garment: Garment, figure: Figure, rng: np.random.Generator
) -> Image.Image:
    """Draw the garment on the picture; its mask."""
    mask = silhouette(garment, figure, image.size)
    box = mask.getbbox()
    if box is None:
        return mask
    look = garment.look
    cloth = paint(look, (box[2] - box[0], box[3] - box[1]), figure.unit, rng)
    image.paste(cloth, box[:2], mask.crop(box))
    seam = (214, 160, 90) if look.fabric == "denim" else palette.shade(look.main, 0.6)
    image.paste(seam, (0, 0), seams(garment, figure, mask))
    trim = trims(garment, figure, mask)
    if trim is not None:
        image.paste(palette.shade(look.second, 1.1), (0, 0), trim)
    return mask


def _draw_body(image: Image.Image, figure: Figure, rng: np.random.Generator) -> None:
    skin, hair = palette.pick(palette.SKIN, rng), palette.pick(palette.HAIR, rng)
    long_hair = rng.random() < 0.55
    back = Stencil(figure, image.size)
    if long_hair:
        back.disc((0.0, 0.75), 0.56, rng.uniform(0.85, 1.25))
    image.paste(hair, (0, 0), back.mask())
    body = Stencil(figure, image.size)
    body.limb([(0.0, 0.8), (0.0, SHOULDER)], [0.22, 0.26])
    heights = [float(y) for y in np.linspace(ARMPIT, CROTCH, 7)]
    flanks = [(figure.half_width(y) - 0.04, y) for y in heights]
    body.mirrored([(0.26, SHOULDER - 0.1), (figure.widths[0] - 0.05, SHOULDER + 0.05), *flanks])
    for arm in figure.arms:
        body.limb(arm, [0.19, 0.15, 0.11])
        body.disc(arm[-1], 0.16, 0.18)
    for leg in figure.legs:
        body.limb(leg, [0.37, 0.22, 0.12])
    image.paste(skin, (0, 0), body.mask())
    _draw_head(image, figure, skin, hair)
    shoes = Stencil(figure, image.size)
    for leg in figure.legs:
        x, y = leg[-1]
        shoes.disc((x * 1.15, y + 0.12), 0.2, 0.17)
    image.paste(palette.pick(palette.SHOES, rng), (0, 0), shoes.mask())


def _draw_head(image: Image.Image, figure: Figure, skin: Colour, hair: Colour) -> None:
    cap, face, marks = (Stencil(figure, image.size) for _ in range(3))
    cap.disc((0.0, 0.42), 0.45, 0.48)
    face.disc((0.0, 0.57), 0.36, CHIN - 0.55)
    for side in (-1, 1):
        marks.disc((side * 0.15, 0.52), 0.05, 0.035)
    marks.line([(-0.1, 0.8), (0.1, 0.8)], 0.05)
    image.paste(hair, (0, 0), cap.mask())
    image.paste(palette.shade(skin, 1.03), (0, 0), face.mask())
    image.paste(palette.shade(skin, 0.4), (0, 0), marks.mask())


def _draw_bag(image: Image.Image, figure: Figure, rng: np.random.Generator) -> None:
    """A handbag at one hand: it hides a part of what is behind it, as in real photos."""
    x, y = figure.arms[int(rng.integers(2))][-1]
    bag = Stencil(figure, image.size)
    bag.polygon(
        [(x - 0.4, y + 0.45), (x + 0.4, y + 0.45), (x + 0.45, y + 1.1), (x - 0.45, y + 1.1)]
    )
    bag.line([(x - 0.3, y + 0.5), (x, y), (x + 0.3, y + 0.5)], 0.06)
    image.paste(palette.cloth(rng), (0, 0), bag.mask())


def draw_background(size: tuple[int, int], rng: np.random.Generator) -> Image.Image:
    """A studio, wall or street: a gradient, often with shapes, stripes or grain on it."""
    width, height = size
    start, end = palette.surroundings(rng), palette.surroundings(rng)
    if rng.random() < 0.5:
        end = palette.shade(start, rng.uniform(0.7, 1.15))
    ramp = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    if rng.random() < 0.3:
        ramp = np.maximum(ramp > rng.uniform(0.65, 0.85), ramp * 0.3).astype(np.float32)
    mix = np.broadcast_to(ramp, (height, width))
    if rng.random() < 0.4:
        mix = 0.5 * mix + 0.5 * smooth_noise(size, int(rng.integers(4, 40)), rng)
    colours = np.array([start, end], dtype=np.float32)
    canvas = colours[0] + mix[..., None] * (colours[1] - colours[0])
    image = Image.fromarray(np.clip(canvas, 0, 255).astype(np.uint8))
    if rng.random() < 0.6:
        _draw_clutter(image, rng)
    return image


def _draw_clutter(image: Image.Image, rng: np.random.Generator) -> None:
    draw = ImageDraw.Draw(image)
    width, height = image.size
    if rng.random() < 0.3:
        colour, step = palette.surroundings(rng), int(rng.integers(10, 40))
        for column in range(0, width, step):
            draw.line([(column, 0), (column, height)], fill=colour, width=max(1, step // 5))
    for _ in range(int(rng.integers(1, 7))):
        x, y = rng.uniform(-0.1, 1.0) * width, rng.uniform(-0.1, 1.0) * height
        w, h = rng.uniform(0.05, 0.35) * width, rng.uniform(0.05, 0.45) * height
        shape = draw.ellipse if rng.random() < 0.4 else draw.rectangle
        # Some clutter has the colours of clothes, so that colour alone finds no garment.
        colour = palette.cloth(rng) if rng.random() < 0.35 else palette.surroundings(rng)
        shape([x, y, x + w, y + h], fill=colour)


def _expose(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Light falling from one side, and a camera's exposure."""
    gain = rng.uniform(0.82, 1.14)
    side = np.linspace(-1, 1, image.width, dtype=np.float32)[None, :, None] * rng.normal(0, 0.07)
    pixels = np.asarray(image, dtype=np.float32) * (gain + side)
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
