"""More training photos of the minority classes, turned and mirrored (paper §4.1).

The paper names "vertical flips and rotations for flat-lay images and the same plus horizontal
flips for manual annotations", without angles, and leaves out photos with garments of the majority
class. Rotations here are by right angles: a box around a box turned by another angle is larger
than its garment, while these boxes are exact.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image

from fashion_hls.boxes import Boxes
from fashion_hls.data.balancing import label_counts
from fashion_hls.data.images import decode, encode
from fashion_hls.data.records import AUTOMATIC, BOX, DetectionSet
from fashion_hls.errors import UserError
from fashion_hls.taxonomy import OBJECT_TYPES

#: Before a photo's own name: what was done to it, as ``upsampled/rotate90/photos/0001.jpg``.
PREFIX: Final = "upsampled/"
_METHODS: Final = {
    "flip_vertical": Image.Transpose.FLIP_TOP_BOTTOM,
    "rotate90": Image.Transpose.ROTATE_90,
    "rotate180": Image.Transpose.ROTATE_180,
    "rotate270": Image.Transpose.ROTATE_270,
    "flip_horizontal": Image.Transpose.FLIP_LEFT_RIGHT,
}
#: What may be done to a flat-lay photo, and to an annotated one.
OF_FLAT_LAYS: Final = ("flip_vertical", "rotate90", "rotate180", "rotate270")
OF_ANNOTATED: Final = (*OF_FLAT_LAYS, "flip_horizontal")


def turned_image(image: Image.Image, name: str) -> Image.Image:
    """The picture flipped or rotated (counter-clockwise) by one of ``OF_ANNOTATED``."""
    return image.transpose(_METHODS[name])


def turned_boxes(xyxy: Boxes, width: float, height: float, name: str) -> Boxes:
    """Boxes [n, 4] of a picture of this size, in pixels of the one that turned_image() gives."""
    x1, y1, x2, y2 = xyxy.T
    sides = {
        "flip_vertical": (x1, height - y2, x2, height - y1),
        "rotate90": (y1, width - x2, y2, width - x1),
        "rotate180": (width - x2, height - y2, width - x1, height - y1),
        "rotate270": (height - y2, x1, height - y1, x2),
        "flip_horizontal": (width - x2, y1, width - x1, y2),
    }
    return np.stack(sides[name], axis=1)


def upsampled(
    data: DetectionSet, *, target: int | Literal["majority"] | None, seed: int
) -> tuple[DetectionSet, dict[str, Any] | None]:
    """The set with turned copies in its training split; validation and test stay as they are.

    A copy is taken only while no class goes beyond the target by it, so photos of several
    classes are not always used; each photo is turned in each way at most once, and every photo
    once before any is turned a second time.

    Args:
        data: a prepared detection set.
        target: objects of each class in the training split, or as many as the largest has; None
            leaves the set as it is.
        seed: of the choice.

    Returns:
        The set, whose copies are read as JPEG of quality 95, and facts for its metrics or None.

    Raises:
        UserError: a photo's name begins as the copies' do.
    """
    if target is None:
        return data, None
    if data.images["file"].str.startswith(PREFIX).any():
        raise UserError(f"a photo's folder is called {PREFIX}, as that of its copies; rename it")
    train = data.images[data.images["split"] == "train"].reset_index(drop=True)
    counts = label_counts(train, data.objects, len(OBJECT_TYPES))
    totals = counts.sum(axis=0)
    majority = int(totals.argmax())
    wanted = int(totals[majority]) if target == "majority" else target
    automatic = data.objects.loc[data.objects["source"] == AUTOMATIC, "image_id"]
    flat = train["image_id"].isin(set(automatic)).to_numpy()
    reached = totals.copy()
    chosen = _choose(counts, flat, reached, majority, wanted, seed)
    facts = {
        "majority": OBJECT_TYPES[majority],
        "target": wanted,
        "objects_before": dict(zip(OBJECT_TYPES, totals.tolist(), strict=True)),
        "objects_after": dict(zip(OBJECT_TYPES, reached.tolist(), strict=True)),
        "copies": len(chosen),
        "copies_by_transform": dict(sorted(Counter(name for _, name in chosen).items())),
        "stored_as": "JPEG, quality 95",
    }
    return _with_copies(data, train, chosen), facts


def _choose(
    counts: NDArray[np.intp],
    flat: NDArray[np.bool_],
    totals: NDArray[np.intp],
    majority: int,
    wanted: int,
    seed: int,
) -> list[tuple[int, str]]:
    """(photo, transform) of each copy; ``totals`` are counted up."""
    usable = np.flatnonzero((counts[:, majority] == 0) & counts.any(axis=1))
    queue = _shuffled(usable, flat, np.random.default_rng(seed))
    chosen: list[tuple[int, str]] = []
    for label in np.argsort(totals, kind="stable").tolist():
        if label == majority:
            continue
        left = []
        for place, name in queue:
            added = counts[place]
            present = added > 0
            if present[label] and (totals + added <= wanted)[present].all():
                totals += added
                chosen.append((place, name))
            else:
                left.append((place, name))
        queue = left
    return chosen


def _shuffled(
    usable: NDArray[np.intp], flat: NDArray[np.bool_], generator: np.random.Generator
) -> list[tuple[int, str]]:
    """Every allowed pair in rounds: each photo once in each, in an order and a way by chance."""
    ways = {
        int(place): generator.permutation(OF_FLAT_LAYS if flat[place] else OF_ANNOTATED).tolist()
        for place in usable
    }
    rounds = range(len(OF_ANNOTATED))
    return [
        (int(place), ways[int(place)][number])
        for number in rounds
        for place in generator.permutation(usable)
        if number < len(ways[int(place)])
    ]


def _with_copies(
    data: DetectionSet, train: pd.DataFrame, chosen: list[tuple[int, str]]
) -> DetectionSet:
    if not chosen:
        return data
    of_image = dict(iter(data.objects.groupby("image_id")))
    first = int(data.images["image_id"].max()) + 1
    images, objects = [data.images], [data.objects]
    for number, (place, name) in enumerate(chosen, start=first):
        row = train.iloc[[place]]
        width, height = int(row["width"].iloc[0]), int(row["height"].iloc[0])
        boxes = of_image[row["image_id"].iloc[0]].copy()
        boxes[BOX] = turned_boxes(boxes[BOX].to_numpy(dtype=np.float64), width, height, name)
        sideways = name in ("rotate90", "rotate270")
        images.append(
            row.assign(
                image_id=number,
                file=f"{PREFIX}{name}/{row['file'].iloc[0]}",
                width=height if sideways else width,
                height=width if sideways else height,
            )
        )
        objects.append(boxes.assign(image_id=number))
    return replace(
        data,
        images=pd.concat(images, ignore_index=True),
        objects=pd.concat(objects, ignore_index=True),
        read=_reader(data.read),
    )


def _reader(read: Callable[[str], bytes]) -> Callable[[str], bytes]:
    """Gives the copies too; they are made when they are asked for."""

    def read_copy(name: str) -> bytes:
        if not name.startswith(PREFIX):
            return read(name)
        way, _, file = name.removeprefix(PREFIX).partition("/")
        return encode(turned_image(decode(read(file)), way))

    return read_copy
