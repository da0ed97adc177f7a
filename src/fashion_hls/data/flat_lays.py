"""Flat-lay photos of the products' training split as further photos of the detection set (§4.1).

A product's photo has one labelled item, so its automatic box gets the product's object type. Where
several things lie apart in it, it is not used; two garments that touch cannot be told from one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from tqdm import tqdm

from fashion_hls.data.foreground import REASONS, AutomaticBox, find_box
from fashion_hls.data.images import decode
from fashion_hls.data.quality import Quality
from fashion_hls.data.records import (
    AUTOMATIC,
    IMAGE_COLUMNS,
    OBJECT_COLUMNS,
    BenchmarkSet,
    DetectionSet,
)
from fashion_hls.errors import UserError
from fashion_hls.taxonomy import FOOTWEAR, OBJECT_TYPES

#: Before the names of these photos in the packed set: two datasets may name files alike.
PREFIX: Final = "flat_lay/"
_LOW: Final = "low_confidence"


@dataclass
class _Tally:
    """What became of the photos of one object type."""

    considered: int = 0
    accepted: int = 0
    rejected: Counter[str] = field(default_factory=Counter)

    def to_dict(self) -> dict[str, Any]:
        rejected = {name: self.rejected[name] for name in (*REASONS, _LOW)}
        return {"considered": self.considered, "accepted": self.accepted, "rejected": rejected}


def add_flat_lays(
    data: DetectionSet,
    products: BenchmarkSet,
    *,
    per_type: int | None,
    min_confidence: float,
    seed: int,
) -> DetectionSet:
    """The detection set with automatically boxed photos in its training split.

    Only photos of the products' training split enter, so that no detector learns from one that
    classifiers are tested on; validation and test stay the detection set's own. Photos that have a
    box already are left out.

    Args:
        data: what people annotated.
        products: photos with a labelled type; ids and file names may be those of ``data``.
        per_type: how many of each object type at most; None for every one.
        min_confidence: boxes below it are counted ``low_confidence``.
        seed: of the draw, which is spread evenly over a type's categories.

    Returns:
        The set; ``notes["automatic_boxes"]`` counts by type what was considered, accepted and
        rejected, and ``quality`` the rejected as ``flat_lay.REASON``.

    Raises:
        UserError: an annotated photo's name begins as those of automatic boxes do.
    """
    taken = [file for file in data.images["file"] if file.startswith(PREFIX)]
    if taken:
        raise UserError(
            f"{taken[0]}: names of photos with boxes must not begin with {PREFIX}, which marks "
            "automatically boxed ones; rename the folder, or set flat_lays to null"
        )
    photos = products.images[products.images["split"] == "train"]
    photos = photos[~photos["file"].isin(set(data.images["file"]))]
    names = products.vocabulary.categories
    first = int(data.images["image_id"].max()) + 1 if len(data.images) else 0
    image_rows: list[tuple[object, ...]] = []
    object_rows: list[tuple[object, ...]] = []
    tallies: dict[str, _Tally] = {}
    for label, name in enumerate(OBJECT_TYPES):
        tallies[name] = _Tally()
        part = photos[photos["object_type"] == label]
        draw = _boxed(part, products, label, min_confidence, tallies[name], data.quality, seed)
        for number, (row, found) in enumerate(draw, start=1):
            image_id = first + len(image_rows)
            file, category = PREFIX + row["file"], names[row["category"]]
            image_rows.append((image_id, file, row["width"], row["height"], "train"))
            object_rows.append(
                (image_id, label, *found.xyxy, category, AUTOMATIC, found.confidence)
            )
            if number == per_type:
                break
    notes = {name: tally.to_dict() for name, tally in tallies.items()}
    if not image_rows:
        return replace(data, notes={**data.notes, "automatic_boxes": notes})

    def read(name: str) -> bytes:
        if name.startswith(PREFIX):
            return products.read(name.removeprefix(PREFIX))
        return data.read(name)

    return DetectionSet(
        images=_below(data.images, pd.DataFrame(image_rows, columns=IMAGE_COLUMNS)),
        objects=_below(data.objects, pd.DataFrame(object_rows, columns=OBJECT_COLUMNS)),
        quality=data.quality,
        read=read,
        notes={**data.notes, "automatic_boxes": notes},
    )


def _below(table: pd.DataFrame, more: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([table[more.columns], more], ignore_index=True)


def _boxed(
    photos: pd.DataFrame,
    products: BenchmarkSet,
    label: int,
    min_confidence: float,
    tally: _Tally,
    quality: Quality,
    seed: int,
) -> Iterator[tuple[dict[str, Any], AutomaticBox]]:
    """Photos of one type with their boxes, a category after the other as long as they last."""
    rows: list[Any] = photos.to_dict("records")
    queues = _shuffled(photos, seed=[seed, label])
    with tqdm(total=len(rows), desc=f"box {OBJECT_TYPES[label]} photos", unit="photo") as bar:
        while queues:
            for category in list(queues):
                while queues[category]:
                    row = rows[queues[category].pop()]
                    bar.update()
                    tally.considered += 1
                    found = _box(row["file"], products, label, min_confidence)
                    if isinstance(found, AutomaticBox):
                        tally.accepted += 1
                        yield row, found
                        break
                    tally.rejected[found] += 1
                    quality.add(f"flat_lay.{found}", row["file"])
                if not queues[category]:
                    del queues[category]


def _shuffled(photos: pd.DataFrame, *, seed: list[int]) -> dict[int, list[int]]:
    """Places of each category's photos in a drawn order."""
    generator = np.random.default_rng(seed)
    categories: NDArray[np.intp] = photos["category"].to_numpy(dtype=np.intp)
    return {
        int(one): generator.permutation(np.flatnonzero(categories == one)).tolist()
        for one in np.unique(categories)
    }


def _box(
    file: str, products: BenchmarkSet, label: int, min_confidence: float
) -> AutomaticBox | str:
    # Readers decode every photo of a benchmark, so it is readable here.
    rgb = np.asarray(decode(products.read(file)))
    found = find_box(rgb, footwear=label == FOOTWEAR)
    if isinstance(found, AutomaticBox) and found.confidence < min_confidence:
        return _LOW
    return found
