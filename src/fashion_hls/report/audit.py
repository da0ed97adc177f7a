"""Contact sheets of kept and lost photos, for a person to count the detector's mistakes on.

The paper sampled 1,000 photos and told labels that were wrong from predictions that were (§5.2.2).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from fashion_hls.data.images import ImageStore
from fashion_hls.data.store import write_whole
from fashion_hls.report.jpeg import as_jpeg
from fashion_hls.report.sheet import Cell, contact_sheet
from fashion_hls.taxonomy import OBJECT_TYPES

KEPT: Final = "kept.jpg"
LOST: Final = "lost.jpg"
COUNT: Final = 100
_COLUMNS, _SIDE = 10, 180
XYXY = ["x1", "y1", "x2", "y2"]


def write_audit(
    folder: Path,
    images: pd.DataFrame,
    table: pd.DataFrame,
    detections: pd.DataFrame,
    store: ImageStore,
    *,
    categories: Sequence[str],
    seed: int,
) -> list[Path]:
    """Draw up to ``COUNT`` kept and as many lost photos, each with the box that decided.

    A kept photo shows the retained box. A lost one shows its best detection, of whatever type and
    score. The sheets show photos of the dataset: they belong beside them, never into the
    repository. ``table`` and ``detections`` are as ``retention.views`` has them.

    Returns:
        The files, ``KEPT`` and ``LOST``; one without photos is not written.
    """
    kept = table[table["view"] == "retained"].assign(label=lambda rows: rows["detected_type"])
    ranked = detections.sort_values(["image_id", "score"], ascending=[True, False], kind="stable")
    decided = {
        KEPT: (images["image_id"].isin(kept["image_id"]), kept),
        LOST: (~images["image_id"].isin(kept["image_id"]), ranked.groupby("image_id").head(1)),
    }
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for place, (name, (chosen, boxes)) in enumerate(decided.items()):
        part = images[chosen].sort_values("image_id")
        if part.empty:
            continue
        order = np.random.default_rng([seed, place]).permutation(len(part))
        rows: list[Any] = part.iloc[np.sort(order[:COUNT])].to_dict("records")
        found = boxes.set_index("image_id")
        cells = [_cell(row, found, store, categories) for row in rows]
        sheet = contact_sheet(cells, columns=_COLUMNS, side=_SIDE)
        write_whole(folder / name, as_jpeg(sheet))
        written.append(folder / name)
    return written


def _cell(
    row: dict[str, Any], found: pd.DataFrame, store: ImageStore, categories: Sequence[str]
) -> Cell:
    """A photo; below it its number, its category and type by the label, and the score."""
    image_id, boxes, score = row["image_id"], [], "nothing found"
    if image_id in found.index:
        one = found.loc[image_id]
        x1, y1, x2, y2 = (float(one[side]) for side in XYXY)
        boxes, score = [(int(one["label"]), (x1, y1, x2, y2))], f"{one['score']:.2f}"
    label = f"{categories[row['category']]} ({OBJECT_TYPES[row['object_type']]})"
    return Cell(
        image=store.image(row["file"]), boxes=boxes, caption=f"{image_id}: {label}, {score}"
    )
