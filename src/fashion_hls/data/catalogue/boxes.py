"""The detection role: photos with drawn boxes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import pandas as pd
from tqdm import tqdm

from fashion_hls.data.catalogue.drawn import read_boxes
from fashion_hls.data.catalogue.shapes import DrawnBox
from fashion_hls.data.catalogue.tables import Photos, open_catalogue, read_taxonomy
from fashion_hls.data.common import (
    drop_images_without_objects,
    drop_repeated_objects,
    split_by_seed,
    valid_box,
)
from fashion_hls.data.quality import Quality
from fashion_hls.data.records import IMAGE_COLUMNS, DetectionSet, annotated_objects
from fashion_hls.errors import UserError
from fashion_hls.taxonomy import OBJECT_TYPES

#: Where width by height differs by more, a photo was not merely scaled: thumbnails are rounded to
#: whole pixels.
_SHAPE_DIFFERS: Final = 0.02


def read_catalogue_boxes(
    root: Path,
    *,
    splits: Sequence[float],
    seed: int,
    products: Mapping[str, str] | None = None,
) -> DetectionSet:
    """The photos with boxes, split at random by the seed.

    A label is an object type or a category of taxonomy.csv.

    Args:
        root: the catalogue's folder.
        splits: shares of train, val and test.
        seed: of the split.
        products: file -> split of the photos that are products too; they keep that split, so
            that no detector learns from a photo that classifiers are tested on.

    Raises:
        UserError: a table is missing or not of its format, or no box is usable.
    """
    tree, quality = open_catalogue(root), Quality()
    labels = {**{name: i for i, name in enumerate(OBJECT_TYPES)}, **read_taxonomy(tree, quality)}
    photos = Photos(tree, quality)
    numbers: dict[str, int] = {}
    image_rows: list[tuple[object, ...]] = []
    object_rows: list[tuple[object, ...]] = []
    boxes = sorted(read_boxes(tree, quality), key=lambda box: box.image)
    for box in tqdm(boxes, desc="read catalogue boxes", unit="box"):
        found = photos.find(box.image, box.where)
        if found is None:
            continue
        file, size = found
        if file not in numbers:
            numbers[file] = len(numbers)
            image_rows.append((numbers[file], file, *size))
        row = _object(box, numbers[file], size, labels, quality)
        if row is not None:
            object_rows.append(row)
    images = pd.DataFrame(image_rows, columns=IMAGE_COLUMNS[:-1])
    objects = annotated_objects(object_rows)
    photos.count_unlisted()
    objects = drop_repeated_objects(images, objects, quality)
    images = drop_images_without_objects(images, objects, quality)
    if images.empty:
        raise UserError(f"{root}: no photo has a usable box; docs/data.md shows the tables")
    drawn = pd.Series(split_by_seed(len(images), splits, seed=seed), dtype=object)
    images["split"] = images["file"].map(dict(products or {})).fillna(drawn)
    return DetectionSet(images=images, objects=objects, quality=quality, read=tree.read)


def _object(
    box: DrawnBox,
    image_id: int,
    size: tuple[int, int],
    labels: Mapping[str, int],
    quality: Quality,
) -> tuple[object, ...] | None:
    if box.label not in labels:
        quality.add("label.unknown", f"{box.where}: {box.label!r:.60}")
        return None
    sides = _on_photo(box, size, quality)
    xyxy = None if sides is None else valid_box(sides, *size, box.where, quality)
    return None if xyxy is None else (image_id, labels[box.label], *xyxy, box.label)


def _on_photo(box: DrawnBox, size: tuple[int, int], quality: Quality) -> list[float] | None:
    """The box in pixels of the photo as it is now; None where that has another shape.

    A photo may be scaled after it was labelled, or the tool may have shown it on its side.
    """
    if box.drawn_on is None or box.drawn_on == size or len(box.xyxy) != 4:
        return box.xyxy
    across, down = size[0] / box.drawn_on[0], size[1] / box.drawn_on[1]
    if abs(across / down - 1) > _SHAPE_DIFFERS:
        quality.add("annotation.size_differs", box.where)
        return None
    quality.add("box.rescaled", box.where)
    x1, y1, x2, y2 = box.xyxy
    return [x1 * across, y1 * down, x2 * across, y2 * down]
