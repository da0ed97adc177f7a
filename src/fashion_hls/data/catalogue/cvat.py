"""Boxes from CVAT: ``annotations.xml`` of the export "CVAT for images 1.1".

Pixels of the picture as CVAT shows it. ``rotation`` turns a box clockwise around its middle.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Final
from xml.etree.ElementTree import Element

from fashion_hls.data.catalogue.photo_names import PhotoNames
from fashion_hls.data.catalogue.shapes import (
    NO_XML,
    DrawnBox,
    as_number,
    hull,
    parse_xml,
    picture_size,
    turned,
)
from fashion_hls.data.filetree import FileTree
from fashion_hls.data.quality import Quality
from fashion_hls.errors import UserError

CVAT_FOLDER: Final = "cvat"
_EXPORT: Final = 'export it as "CVAT for images 1.1"'
#: Of a whole image, and of no garment.
_NO_SHAPES: Final = ("tag",)


def read_cvat(tree: FileTree, quality: Quality) -> Iterator[DrawnBox]:
    """Every box of the exports below ``cvat/``.

    Raises:
        UserError: a file is no XML, or no such export.
    """
    names = PhotoNames(tree)
    for file in tree.names(CVAT_FOLDER, ".xml"):
        for image in _images(tree, file):
            address = image.get("name") or ""
            where = f"{file}: image {address or image.get('id')}"
            shapes = [item for item in image if item.tag not in _NO_SHAPES]
            if not shapes:
                quality.add("image.without_boxes", where)
                continue
            photo = names.find(address, where, quality)
            if photo is not None:
                size = picture_size(image.get("width"), image.get("height"))
                yield from _boxes(shapes, photo, size, where, quality)


def _images(tree: FileTree, file: str) -> list[Element]:
    place = f"{tree.place}/{file}"
    try:
        root = parse_xml(tree.read(file))
    except NO_XML as error:
        raise UserError(f"{place}: is no XML to be read ({error}); {_EXPORT}") from error
    if root.tag != "annotations":
        raise UserError(f"{place}: begins with <{root.tag:.40}>; {_EXPORT}")
    if root.find("track") is not None:
        raise UserError(f"{place}: is CVAT for video (it has tracks); {_EXPORT}")
    images = root.findall("image")
    if not images:
        raise UserError(f"{place}: names no image; {_EXPORT}")
    return images


def _boxes(
    shapes: list[Element],
    photo: str,
    size: tuple[float, float] | None,
    place: str,
    quality: Quality,
) -> Iterator[DrawnBox]:
    for count, shape in enumerate(shapes, start=1):
        where = f"{place}: shape {count}"
        around = _SHAPES.get(shape.tag)
        if around is None:
            quality.add("annotation.other_shape", f"{where}: {shape.tag:.40}")
        elif shape.get("outside") == "1":
            quality.add("box.not_visible", where)
        else:
            if shape.tag != "box":
                quality.add("box.from_outline", f"{where}: {shape.tag}")
            elif _rotation(shape) != 0:
                quality.add("box.rotated", where)
            label = (shape.get("label") or "").strip()
            yield DrawnBox(photo, label, around(shape), where, size)


def _rotation(shape: Element) -> float:
    return as_number(shape.get("rotation", "0"))


def _values(shape: Element, *names: str) -> list[float]:
    return [as_number(shape.get(name)) for name in names]


def _around_box(shape: Element) -> list[float]:
    left, top, right, bottom = sides = _values(shape, "xtl", "ytl", "xbr", "ybr")
    if _rotation(shape) == 0:
        return sides
    if right < left or bottom < top:
        return sides  # a turn would hide that it is inverted
    middle = ((left + right) / 2, (top + bottom) / 2)
    return turned((left, top), (right - left, bottom - top), _rotation(shape), middle)


def _around_points(shape: Element) -> list[float]:
    points = []
    for pair in (shape.get("points") or "").split(";"):
        x, _, y = pair.partition(",")
        points.append((as_number(x), as_number(y)))
    return hull(points)


def _around_mask(shape: Element) -> list[float]:
    left, top, width, height = _values(shape, "left", "top", "width", "height")
    return [left, top, left + width, top + height]


def _around_ellipse(shape: Element) -> list[float]:
    x, y, across, down = _values(shape, "cx", "cy", "rx", "ry")
    if not math.isfinite(_rotation(shape)):
        return [math.nan] * 4
    angle = math.radians(_rotation(shape))
    sine, cosine = math.sin(angle), math.cos(angle)
    reach = math.hypot(across * cosine, down * sine), math.hypot(across * sine, down * cosine)
    return hull([(x - reach[0], y - reach[1]), (x + reach[0], y + reach[1])])


_SHAPES: Final[dict[str, Callable[[Element], list[float]]]] = {
    "box": _around_box,
    "polygon": _around_points,
    "polyline": _around_points,
    "mask": _around_mask,
    "ellipse": _around_ellipse,
}
