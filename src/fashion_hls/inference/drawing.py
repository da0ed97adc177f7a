"""A photo with its garments drawn on it (Figure 2), and where the method looked (Figure 3)."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from fashion_hls.boxes import whole_pixels
from fashion_hls.explain.gallery import gallery
from fashion_hls.inference.naming import STEPS
from fashion_hls.inference.results import Garment, Result
from fashion_hls.report.sheet import TYPE_COLOURS
from fashion_hls.taxonomy import FOOTWEAR, OBJECT_TYPES

#: Attributes beside a garment.
NAMED = 3
_SMALLEST = 480
#: JPEG has no more than 65,535 pixels a side, and few programs show as many.
_LONGEST = 16_000
_Rectangle = tuple[float, float, float, float]


def annotated(pixels: NDArray[np.uint8], result: Result) -> Image.Image:
    """The photo with boxes in their type's colour, category, best attributes and scores.

    Red upper-body, blue lower-body, green full-body, yellow footwear. A small photo is enlarged,
    so that the text can be read and does not cover it; one that is narrower or lower than its
    text gets a white margin.

    Args:
        pixels: the photo, [h, w, 3].
        result: what was found in it.
    """
    picture = _sized(Image.fromarray(pixels))
    across, down = picture.width / pixels.shape[1], picture.height / pixels.shape[0]
    text = ImageFont.load_default(max(12.0, min(*picture.size, 4 * _SMALLEST) / 36))
    line = max(2, round(min(picture.size) / 160))
    boxes: list[_Rectangle] = []
    for garment in result.garments:
        x1, y1, x2, y2 = garment.box
        box = (x1 * across, y1 * down, x2 * across, y2 * down)
        boxes.append(whole_pixels(box, *picture.size))
    words = [caption(garment) for garment in result.garments]
    picture, sizes = _with_margin(picture, words, text, line)
    pen = ImageDraw.Draw(picture)
    labels = [OBJECT_TYPES.index(garment.object_type) for garment in result.garments]
    for (x1, y1, x2, y2), label in zip(boxes, labels, strict=True):
        pen.rectangle((x1, y1, x2 - 1, y2 - 1), outline=TYPE_COLOURS[label], width=line)
    taken: list[_Rectangle] = []
    # The best one's text is placed first and keeps its place.
    for own, size, label, told in zip(boxes, sizes, labels, words, strict=True):
        x, y, right, bottom = place = free_place(own, size, picture.size, taken, boxes)
        taken.append(place)
        pen.rectangle((x, y, right - 1, bottom - 1), fill=TYPE_COLOURS[label])
        left, top, _, _ = pen.multiline_textbbox((0, 0), told, font=text)
        colour = "black" if label == FOOTWEAR else "white"
        pen.multiline_text((x + line - left, y + line - top), told, colour, font=text)
    return picture


def _sized(picture: Image.Image) -> Image.Image:
    """Small ones larger, as long as that makes them no banner; gigantic ones smaller."""
    scale = max(1.0, min(_SMALLEST / min(picture.size), 4 * _SMALLEST / max(picture.size)))
    scale = min(scale, _LONGEST / max(picture.size))
    if scale == 1:
        return picture
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    return picture.resize(size, Image.Resampling.BICUBIC)


def _with_margin(
    picture: Image.Image,
    words: list[str],
    font: ImageFont.FreeTypeFont | ImageFont.ImageFont,
    line: int,
) -> tuple[Image.Image, list[tuple[int, int]]]:
    """A picture that each text fits into, and the texts' sizes."""
    pen = ImageDraw.Draw(picture)
    sizes = []
    for told in words:
        left, top, right, bottom = pen.multiline_textbbox((0, 0), told, font=font)
        sizes.append((math.ceil(right - left) + 2 * line, math.ceil(bottom - top) + 2 * line))
    width = max([picture.width, *(size[0] for size in sizes)])
    height = max([picture.height, *(size[1] for size in sizes)])
    wide = Image.new("RGB", (width, height), "white")
    wide.paste(picture, (0, 0))
    return wide, sizes


def free_place(
    box: _Rectangle,
    size: tuple[int, int],
    picture: tuple[int, int],
    taken: Sequence[_Rectangle],
    boxes: Sequence[_Rectangle],
) -> _Rectangle:
    """Where a garment's text covers no other text and as little of any garment as may be.

    Args:
        box: of the garment.
        size: width and height of its text, no larger than the picture.
        picture: width and height.
        taken: where text stands already.
        boxes: of all garments.

    Returns:
        A place in the picture, touching the garment's box where one there is free.
    """
    (width, height), (x1, y1, x2, y2) = size, box
    middle = (y1 + y2 - height) / 2
    # Beside the box first: above a garment there is often a face.
    around = [
        *((x2, y1), (x1 - width, y1), (x2, middle), (x1 - width, middle)),
        *((x2, y2 - height), (x1 - width, y2 - height), (x1, y2), (x2 - width, y2)),
        *((x1, y1 - height), (x2 - width, y1 - height)),
        *((x1, y1), (x2 - width, y1), (x1, y2 - height)),
    ]
    # Where all of these are taken: rows from top to bottom, at either side and in the box.
    rows = range(0, max(1, picture[1] - height + 1), max(1, height // 2))
    around += [(x, y) for y in rows for x in (x2, x1 - width, x1)]
    best = (math.inf, (0.0, 0.0, float(width), float(height)))
    for x, y in around:
        left = round(min(max(0, x), picture[0] - width))
        top = round(min(max(0, y), picture[1] - height))
        place = (left, top, left + width, top + height)
        apart = max(0.0, y1 - place[3], place[1] - y2) + max(0.0, x1 - place[2], place[0] - x2)
        # Text upon text cannot be read; text far from its box says nothing.
        cost = (
            20 * sum(_shared(place, other) for other in taken)
            + sum(_shared(place, other) for other in boxes)
            + apart * height
        )
        if cost < best[0]:
            best = cost, place
    return best[1]


def _shared(a: _Rectangle, b: _Rectangle) -> float:
    """Pixels that two rectangles have in common."""
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    return max(0.0, width) * max(0.0, height)


def caption(garment: Garment) -> str:
    """Category and best attributes with their scores, a few words a line."""
    attributes = ", ".join(f"{a.name} {a.score:.2f}" for a in garment.attributes[:NAMED])
    lines = [
        f"{garment.category.name} {garment.category.score:.2f}",
        *textwrap.wrap(attributes, 28),
    ]
    return "\n".join(lines)


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
