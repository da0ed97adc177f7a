"""What the readers of drawn boxes share: the box, numbers as tools write them, safe XML, hulls."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple
from xml.etree import ElementTree
from xml.parsers import expat

#: What parse_xml() raises for data that is no XML, or none to be trusted.
NO_XML = (ElementTree.ParseError, expat.ExpatError, ValueError, LookupError)
#: Digits of a pixel that are kept of what was worked out: percentages of whole pixels are whole
#: again, and no box is cut at the border for a rounding error.
_DIGITS = 3


class DrawnBox(NamedTuple):
    """``image``: photo's name. ``label``: as written. ``xyxy``: pixels, not yet checked.
    ``where``: file and line, for messages. ``drawn_on``: width and height in pixels of the
    picture that it was drawn on, where the tool says so."""

    image: str
    label: str
    xyxy: list[float]
    where: str
    drawn_on: tuple[float, float] | None = None


def as_number(text: object) -> float:
    """A coordinate; not-a-number for whatever is none."""
    if isinstance(text, bool) or not isinstance(text, str | int | float):
        return math.nan
    try:
        return float(text)
    except (ValueError, OverflowError):
        return math.nan


def picture_size(width: object, height: object) -> tuple[float, float] | None:
    """Width and height that are two positive numbers; else None."""
    size = (as_number(width), as_number(height))
    return size if all(math.isfinite(side) and side > 0 for side in size) else None


def refuse_doctype(data: bytes) -> None:
    """See that XML declares no document type: an entity may expand without end.

    Raises:
        ValueError: it declares one, which no tool does.
        ExpatError: it is no XML.
    """

    def refuse(*_: object) -> None:
        raise ValueError("declares a document type")

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse
    parser.Parse(data, True)


def parse_xml(data: bytes) -> ElementTree.Element:
    """The root of an XML document that declares no document type.

    Raises:
        ParseError, ExpatError, ValueError, LookupError (``NO_XML``): see refuse_doctype(); or
            an encoding that Python does not know.
    """
    refuse_doctype(data)
    return ElementTree.fromstring(data)


def hull(points: Sequence[tuple[float, float]]) -> list[float]:
    """The upright box xyxy around points (x, y), all in pixels; empty without a point."""
    if not points:
        return []
    xs, ys = zip(*points, strict=True)
    if not all(map(math.isfinite, (*xs, *ys))):
        return [math.nan] * 4
    return [round(side, _DIGITS) for side in (min(xs), min(ys), max(xs), max(ys))]


def turned(
    corner: tuple[float, float],
    sides: tuple[float, float],
    degrees: float,
    pivot: tuple[float, float],
) -> list[float]:
    """The upright box xyxy around a rectangle that is turned clockwise.

    Args:
        corner: upper left, before it is turned, in pixels.
        sides: width and height in pixels.
        degrees: clockwise, as y points down.
        pivot: the point that stays, in pixels.
    """
    if not math.isfinite(degrees):
        return [math.nan] * 4
    angle = math.radians(degrees)
    sine, cosine = math.sin(angle), math.cos(angle)
    points = []
    for right, down in ((0, 0), (1, 0), (0, 1), (1, 1)):
        x = corner[0] + right * sides[0] - pivot[0]
        y = corner[1] + down * sides[1] - pivot[1]
        points.append((pivot[0] + x * cosine - y * sine, pivot[1] + x * sine + y * cosine))
    return hull(points)
