"""A photo with its garments drawn on it (Figure 2), and where the method looked (Figure 3)."""

from __future__ import annotations

import textwrap

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from fashion_hls.boxes import whole_pixels
from fashion_hls.explain.gallery import gallery
from fashion_hls.inference.pipeline import STEPS
from fashion_hls.inference.results import Garment, Result
from fashion_hls.report.sheet import TYPE_COLOURS
from fashion_hls.taxonomy import FOOTWEAR, OBJECT_TYPES

#: Attributes beside a garment.
NAMED = 3
_SMALLEST = 480
_Rectangle = tuple[float, float, float, float]


def annotated(pixels: NDArray[np.uint8], result: Result) -> Image.Image:
    """The photo with boxes in their type's colour, category, best attributes and scores.

    Red upper-body, blue lower-body, green full-body, yellow footwear. A small photo is enlarged, so
    that the text can be read and does not cover it.

    Args:
        pixels: the photo, [h, w, 3].
        result: what was found in it.
    """
    picture = Image.fromarray(pixels)
    scale = max(1.0, _SMALLEST / min(picture.size))
    scale = min(scale, 4 * _SMALLEST / max(picture.size)) if scale > 1 else 1.0
    if scale > 1:
        size = (round(picture.width * scale), round(picture.height * scale))
        picture = picture.resize(size, Image.Resampling.BICUBIC)
    pen = ImageDraw.Draw(picture)
    text = ImageFont.load_default(max(12.0, min(picture.size) / 36))
    line = max(2, round(min(picture.size) / 160))
    taken: list[_Rectangle] = []
    # The best one's text is placed first and keeps its place.
    for garment in result.garments:
        box = [side * scale for side in garment.box]
        colour = TYPE_COLOURS[OBJECT_TYPES.index(garment.object_type)]
        x1, y1, x2, y2 = whole_pixels(box, *picture.size)
        pen.rectangle((x1, y1, x2 - 1, y2 - 1), outline=colour, width=line)
    for garment in result.garments:
        box = [side * scale for side in garment.box]
        _caption(pen, garment, whole_pixels(box, *picture.size), text, line, picture.size, taken)
    return picture


def _caption(
    pen: ImageDraw.ImageDraw,
    garment: Garment,
    box: tuple[int, int, int, int],
    font: ImageFont.FreeTypeFont | ImageFont.ImageFont,
    line: int,
    size: tuple[int, int],
    taken: list[_Rectangle],
) -> None:
    """Write a garment's words in its box's upper left corner, or where there is room below."""
    label = OBJECT_TYPES.index(garment.object_type)
    words = caption(garment)
    left, top, right, bottom = pen.multiline_textbbox((0, 0), words, font=font)
    width, height = right - left + 2 * line, bottom - top + 2 * line
    x = min(max(0, box[0]), max(0, size[0] - width))
    y = min(max(0, box[1]), max(0, size[1] - height))
    for _ in range(40):
        place = (x, y, x + width, y + height)
        hit = next((other for other in taken if _meet(place, other)), None)
        if hit is None or hit[3] + height > size[1]:
            break
        y = hit[3] + 1
    taken.append((x, y, x + width, y + height))
    pen.rectangle((x, y, x + width, y + height), fill=TYPE_COLOURS[label])
    colour = "black" if label == FOOTWEAR else "white"
    pen.multiline_text((x + line - left, y + line - top), words, colour, font=font)


def caption(garment: Garment) -> str:
    """Category and best attributes with their scores, a few words a line."""
    attributes = ", ".join(f"{a.name} {a.score:.2f}" for a in garment.attributes[:NAMED])
    lines = [
        f"{garment.category.name} {garment.category.score:.2f}",
        *textwrap.wrap(attributes, 28),
    ]
    return "\n".join(lines)


def _meet(a: _Rectangle, b: _Rectangle) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def attention_sheet(pixels: NDArray[np.uint8], result: Result) -> Image.Image | None:
    """A row for each garment: the crop, the category step's map, the attribute step's.

    Args:
        pixels: the photo, [h, w, 3].
        result: what was found in it.

    Returns:
        None where the method has no attention, or nothing was found.
    """
    looked = [(garment, garment.attention) for garment in result.garments if garment.attention]
    if not looked:
        return None
    picture = Image.fromarray(pixels)
    crops = [picture.crop(whole_pixels(one.box, *picture.size)) for one, _ in looked]
    maps = np.stack([np.stack([maps[step] for step in STEPS]) for _, maps in looked])
    captions = [
        (
            f"{one.object_type} {one.score:.2f}",
            f"{one.category.name} {one.category.score:.2f}",
            ", ".join(f"{a.name} {a.score:.2f}" for a in one.attributes[:NAMED]) or "no attribute",
        )
        for one, _ in looked
    ]
    return gallery(crops, maps, captions)
