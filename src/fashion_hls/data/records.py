"""What a reader returns: tables with documented columns, whatever the dataset.

Detection tables
    ``images``: image_id int, file str, width int, height int, split str (train|val|test).
    ``objects``: image_id int, label int (0-based object type), x1 y1 x2 y2 float (xyxy pixels
    of the original image), category str (the dataset's own name), source str ("annotated" by the
    dataset, or "automatic": foreground.py), confidence float (0 to 1; 1 where annotated).
Benchmark table
    ``images``: image_id int, file str, width int, height int, split str, object_type int,
    category int (0-based), attributes list[int] (positives, 0-based, sorted),
    box_x1 box_y1 box_x2 box_y2 float (xyxy; NaN where the dataset gives no box).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from fashion_hls.data.quality import Quality

SPLITS = ("train", "val", "test")
IMAGE_COLUMNS = ["image_id", "file", "width", "height", "split"]
BOX = ["x1", "y1", "x2", "y2"]
OBJECT_COLUMNS = ["image_id", "label", *BOX, "category", "source", "confidence"]
ANNOTATED, AUTOMATIC = "annotated", "automatic"
GT_BOX = ["box_x1", "box_y1", "box_x2", "box_y2"]
BENCHMARK_COLUMNS = [*IMAGE_COLUMNS, "object_type", "category", "attributes", *GT_BOX]


@dataclass(frozen=True, kw_only=True)
class DetectionSet:
    """Photos with a box and an object type for each garment; columns as in the module text.

    ``read`` gives the bytes of the image file that ``images.file`` names. ``notes`` go into the
    metrics file of the set.
    """

    images: pd.DataFrame
    objects: pd.DataFrame
    quality: Quality
    read: Callable[[str], bytes]
    notes: dict[str, Any] = field(default_factory=dict)


def annotated_objects(rows: Sequence[tuple[object, ...]]) -> pd.DataFrame:
    """The objects table of a dataset's own boxes, from rows of image_id to category."""
    objects = pd.DataFrame(rows, columns=OBJECT_COLUMNS[:-2])
    return objects.assign(source=ANNOTATED, confidence=1.0)


@dataclass(frozen=True, kw_only=True)
class Vocabulary:
    """The labels of a benchmark.

    ``categories``: names by category id. ``category_types``: object type by category id.
    ``attributes``: names by attribute id. ``attribute_groups``: the key or type of each.
    """

    categories: list[str]
    category_types: list[int]
    attributes: list[str]
    attribute_groups: list[str]

    def to_dict(self) -> dict[str, Any]:
        """A JSON-ready copy."""
        return dict(vars(self))


@dataclass(frozen=True, kw_only=True)
class BenchmarkSet:
    """Photos of which one garment has a category and attributes."""

    images: pd.DataFrame
    vocabulary: Vocabulary
    quality: Quality
    read: Callable[[str], bytes]
    notes: dict[str, Any] = field(default_factory=dict)
