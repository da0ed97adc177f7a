"""A detector's pictures: its curves, its confusion, and photos with what it found drawn on them.

The sheets show a dataset's photos, so they lie where Git ignores them, never below metrics/.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from PIL import Image, ImageDraw, ImageFont, ImageOps

from fashion_hls.metrics.coco import XYXY
from fashion_hls.metrics.diagnostics import ERRORS, LEAST_IOU, Judged, confusion
from fashion_hls.report import plots
from fashion_hls.report.sheet import TYPE_COLOURS, Cell, contact_sheet
from fashion_hls.taxonomy import FOOTWEAR, OBJECT_TYPES

#: Photos on a sheet, where there are as many.
COUNT: Final = 12
WORST, RANDOM, CURVES, CONFUSION, RANKED = (
    "worst.png", "random.png", "precision_recall.svg", "confusion.svg", "ranked.csv",
)  # fmt: skip
#: Pixels of a cell; photos are scaled to it first, so that lines and names are of one size.
SIDE, COLUMNS = 300, 4  # 12 cells are three whole rows
LEGEND_HEIGHT: Final = 26
LEGEND: Final = (
    "Solid: detection, its type and score. Dashed: truth, named where it was missed or seen as "
    "another type."
)
_LINE, _DASH, _TEXT = 2, 7, 11
_Box = tuple[float, float, float, float]


def write_pictures(
    folder: Path,
    judged: Judged,
    errors: pd.DataFrame,
    photo: Callable[[int], Image.Image],
    *,
    curves: Sequence[Mapping[str, Any]],
    best: Mapping[str, Mapping[str, float | None]],
    seed: int,
) -> list[Path]:
    """Write the curves, the confusion, the worst and random photos, and the errors of each photo.

    Without photos there are no sheets.

    Args:
        folder: where to; it is made.
        judged: objects and counted detections.
        errors: what ``image_errors`` gave, worst first.
        photo: the picture of an image_id.
        curves: what ``precision_recall`` gave.
        best: what ``best_f1`` gave.
        seed: of the random photos.

    Returns:
        What was written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    plots.precision_recall(folder / CURVES, curves, best, best_iou=LEAST_IOU)
    plots.confusion(folder / CONFUSION, confusion(judged), OBJECT_TYPES)
    errors.to_csv(folder / RANKED, index=False, lineterminator="\n")
    written = [CURVES, CONFUSION, RANKED]
    if len(errors):
        number = min(COUNT, len(errors))
        drawn = np.random.default_rng(seed).choice(len(errors), number, replace=False)
        chosen = errors.iloc[drawn].sort_values("image_id")
        for name, shown in ((WORST, errors.head(number)), (RANDOM, chosen)):
            detections_sheet(shown, judged, photo).save(folder / name)
            written.append(name)
    return [folder / name for name in written]


def detections_sheet(
    shown: pd.DataFrame, judged: Judged, photo: Callable[[int], Image.Image]
) -> Image.Image:
    """A contact sheet of photos with truth and detections, and a line that says which is which.

    Args:
        shown: rows of ``image_errors``, in the order of the sheet; at least one.
        judged: objects and counted detections.
        photo: the picture of an image_id.
    """
    cells = [
        Cell(
            image=draw(
                photo(image_id),
                judged.objects[judged.objects["image_id"] == image_id],
                judged.detections[judged.detections["image_id"] == image_id],
            ),
            caption=f"{image_id}: {_counts(counts)}",
        )
        for image_id, *counts in shown[["image_id", *ERRORS]].itertuples(index=False, name=None)
    ]
    sheet = contact_sheet(cells, columns=min(COLUMNS, len(cells)), side=SIDE)
    whole = Image.new("RGB", (max(sheet.width, 2 * SIDE), sheet.height + LEGEND_HEIGHT), "white")
    ImageDraw.Draw(whole).text((6, 6), LEGEND, "black", font=ImageFont.load_default(_TEXT))
    whole.paste(sheet, (0, LEGEND_HEIGHT))
    return whole


def _counts(counts: Sequence[int]) -> str:
    """``1 missed, 2 false``."""
    named = [f"{count} {kind}" for kind, count in zip(ERRORS, counts, strict=True) if count]
    return ", ".join(named) or "no error"


def draw(image: Image.Image, objects: pd.DataFrame, detections: pd.DataFrame) -> Image.Image:
    """A photo scaled to a cell, with its objects dashed and its detections solid.

    ``objects`` and ``detections``: as ``Judged`` has them, of this photo alone.
    """
    drawn = ImageOps.contain(image, (SIDE - 4, SIDE - 4))
    pen = ImageDraw.Draw(drawn)
    scale = np.array([drawn.width / image.width, drawn.height / image.height] * 2)
    truth = [_pixels(box, drawn.size) for box in objects[XYXY].to_numpy(float) * scale]
    found = [_pixels(box, drawn.size) for box in detections[XYXY].to_numpy(float) * scale]
    names: list[tuple[_Box, int, str]] = []
    for box, label, score in zip(found, detections["label"], detections["score"], strict=True):
        pen.rectangle(box, outline=TYPE_COLOURS[label], width=_LINE)
        names.append((box, label, f"{_short(label)} {score:.2f}"))
    for box, label, seen_as in zip(truth, objects["label"], objects["seen_as"], strict=True):
        _dashed(pen, box, TYPE_COLOURS[label])
        if seen_as != label:
            what = "missed" if seen_as == len(OBJECT_TYPES) else f"seen as {_short(seen_as)}"
            names.append((box, label, f"{_short(label)} {what}"))
    _write_names(pen, names, drawn.size)
    return drawn


def _pixels(box: Sequence[float], size: tuple[int, int]) -> _Box:
    """Corners of the outline, x2 and y2 inclusive, within the picture and never inverted."""
    x1, y1 = (min(max(low, 0), most - 1) for low, most in zip(box[:2], size, strict=True))
    x2, y2 = (min(high, most) - 1 for high, most in zip(box[2:], size, strict=True))
    return (x1, y1, max(x1, x2), max(y1, y2))


def _dashed(pen: ImageDraw.ImageDraw, box: _Box, colour: str) -> None:
    """A dashed outline; between its dashes it is white, so that it shows over a solid one."""
    x1, y1, x2, y2 = box
    pen.rectangle(box, outline="white", width=_LINE)
    for x in np.arange(x1, x2, 2 * _DASH):
        for y in (y1, y2 - _LINE + 1):
            pen.rectangle((x, y, min(x + _DASH, x2), y + _LINE - 1), fill=colour)
    for y in np.arange(y1, y2, 2 * _DASH):
        for x in (x1, x2 - _LINE + 1):
            pen.rectangle((x, y, x + _LINE - 1, min(y + _DASH, y2)), fill=colour)


def _short(label: int) -> str:
    """``upper`` for upper-body; cells are small."""
    return OBJECT_TYPES[label].removesuffix("-body")


def _write_names(
    pen: ImageDraw.ImageDraw, names: Sequence[tuple[_Box, int, str]], size: tuple[int, int]
) -> None:
    """Each name in a corner of its box, else along its side, where no other name stands yet."""
    font = ImageFont.load_default(_TEXT)
    placed: list[_Box] = []
    for box, label, text in names:
        _, top, right, bottom = font.getbbox(text)
        place = _place(box, (right + 4, bottom - top + 4), placed, size)
        placed.append(place)
        pen.rectangle(place, fill=TYPE_COLOURS[label])
        ink = "black" if label == FOOTWEAR else "white"
        pen.text((place[0] + 2, place[1] + 2 - top), text, ink, font=font)


def _place(
    box: _Box, name: tuple[float, float], placed: Sequence[_Box], size: tuple[int, int]
) -> _Box:
    """Where a name of this width and height goes within the picture: the first free place.

    Where there is none it covers another: a photo with that many detections is unreadable anyway.
    """
    width, height = name
    left, right = (max(0, min(x, size[0] - width)) for x in (box[0], box[2] - width))
    top, bottom = (max(0, min(y, size[1] - height)) for y in (box[1], box[3] - height))
    down = np.arange(top, size[1] - height, 4)
    up = np.arange(top, 0, -4)
    corners = [(left, top), (right, top), (left, bottom), (right, bottom)]
    for x, y in [*corners, *((left, float(y)) for y in (*down, *up))]:
        place = (x, y, x + width, y + height)
        if not any(_overlap(place, other) for other in placed):
            return place
    return (left, top, left + width, top + height)


def _overlap(a: _Box, b: _Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
