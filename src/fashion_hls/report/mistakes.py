"""A contact sheet of a method's most confident wrong categories, for a person to look at.

Many of them turn out to be wrong labels, or two garments of which the label names the other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from fashion_hls.data.images import ImageStore
from fashion_hls.data.store import write_whole
from fashion_hls.metrics import errors
from fashion_hls.metrics.protocols import IN_USE, Truth
from fashion_hls.report.jpeg import as_jpeg
from fashion_hls.report.sheet import Cell, contact_sheet

FILE: Final = "mistakes.jpg"
COUNT: Final = 40
_COLUMNS, _SIDE = 10, 180


def write_mistakes(
    folder: Path,
    table: pd.DataFrame,
    manifest: pd.DataFrame,
    truth: Truth,
    stores: Mapping[str, ImageStore],
    categories: Sequence[str],
) -> Path | None:
    """Draw up to ``COUNT`` wrong predictions on ``IN_USE``, the most confident first.

    Args:
        folder: to make and write into.
        table: predictions.
        manifest: of the crops; says where the picture of an image and a view lies.
        truth: labels of at least the table's images.
        stores: store name -> its images.
        categories: names.

    Returns:
        The file, or None where nothing is wrong.
    """
    folder.mkdir(parents=True, exist_ok=True)
    part = table[table["view"] == IN_USE].sort_values("image_id").reset_index(drop=True)
    if part.empty:
        return None
    own = truth.of(part["image_id"].to_numpy())
    scores = np.stack(part["category_scores"].tolist()).astype(np.float64)
    guess = errors.predicted(scores)
    places = manifest[manifest["view"] == IN_USE].set_index("image_id")
    cells = []
    for row in errors.worst(scores, own.category, part["found"].to_numpy(bool), COUNT).tolist():
        place: Any = places.loc[part["image_id"].iloc[row]]
        name, said = categories[own.category[row]], categories[guess[row]]
        cells.append(
            Cell(
                image=stores[place["store"]].image(place["file"]),
                caption=f"{name}: seen as {said}, {scores[row, guess[row]]:.2f}",
            )
        )
    if not cells:
        return None
    write_whole(folder / FILE, as_jpeg(contact_sheet(cells, columns=_COLUMNS, side=_SIDE)))
    return folder / FILE
