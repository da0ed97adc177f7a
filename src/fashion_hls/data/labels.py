"""Labels: attributes as lists and as a matrix; tables checked against their vocabulary."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fashion_hls.data.records import Vocabulary
from fashion_hls.errors import UserError
from fashion_hls.taxonomy import NO_TYPE


def label_matrix(positives: Sequence[Sequence[int]], labels: int) -> NDArray[np.bool_]:
    """Lists of positive ids [n] to a matrix bool [n, labels]."""
    matrix = np.zeros((len(positives), labels), dtype=bool)
    for row, ids in enumerate(positives):
        matrix[row, list(ids)] = True
    return matrix


def check_labels(table: pd.DataFrame, vocabulary: Vocabulary, path: Path) -> None:
    """Refuse a table of which a label is none of the vocabulary's.

    A negative id would otherwise count from the vocabulary's end, and a large one end training
    after minutes.

    Args:
        table: columns category and attributes; object_type and detected_type where it has them.
        vocabulary: of the set.
        path: of the table, for the message.

    Raises:
        UserError: one line that names the file, the first such row and its label.
    """
    labels = {
        "category": len(vocabulary.categories),
        "object_type": NO_TYPE,
        "detected_type": NO_TYPE + 1,
    }
    for column in ("category", "attributes"):
        if column not in table:
            raise UserError(f"{path}: no column {column}; run the pipeline again")
    for column, count in labels.items():
        if column in table:
            ids = pd.to_numeric(table[column], errors="coerce").to_numpy(float)
            _refuse(column, table[column].tolist(), _outside(ids, count), count, path)
    strange = [not isinstance(row, list | np.ndarray) for row in table["attributes"]]
    if any(strange):
        raise UserError(
            f"{path}: row {strange.index(True) + 1}: attributes must be a list "
            f"({sum(strange)} such rows); run the pipeline again"
        )
    lengths = table["attributes"].map(len).to_numpy(int)
    flat = [label for row in table["attributes"] for label in row]
    outside = _outside(np.asarray(flat, dtype=float), len(vocabulary.attributes))
    rows = np.repeat(np.arange(len(table)), lengths)
    _refuse("attribute", flat, outside, len(vocabulary.attributes), path, rows)


def check_scores(
    table: pd.DataFrame, vocabulary: Vocabulary, images: Sequence[int], path: Path
) -> None:
    """Refuse predictions that are of other images or over another vocabulary.

    Args:
        table: image_id, category_scores, attribute_scores.
        vocabulary: of the set.
        images: ids of the split's images.
        path: of the predictions, for the message.

    Raises:
        UserError: there is no row, or one line that names the first wrong row.
    """
    if table.empty:
        raise UserError(
            f"{path}: holds no predictions: the split has no image; give it some "
            "(dataset.splits, or the dataset's own lists)"
        )
    strange = ~table["image_id"].isin(images).to_numpy()
    if strange.any():
        row = int(np.flatnonzero(strange)[0])
        raise UserError(
            f"{path}: row {row + 1}: image {table['image_id'].iloc[row]} is none of the split "
            f"({int(strange.sum())} such rows); run `dvc repro`"
        )
    sizes = {
        "category_scores": len(vocabulary.categories),
        "attribute_scores": len(vocabulary.attributes),
    }
    for column, count in sizes.items():
        for number, scores in enumerate(table[column], 1):
            if len(scores) != count or not np.isfinite(scores).all():
                raise UserError(
                    f"{path}: row {number}: {column}: {count} finite numbers are needed, as the "
                    f"vocabulary has, got {len(scores)}; run `dvc repro`"
                )


def _outside(ids: NDArray[np.float64], count: int) -> NDArray[np.bool_]:
    # A missing id is NaN, which is outside as well.
    return ~((ids >= 0) & (ids < count))


def _refuse(
    what: str,
    labels: Sequence[object],
    strange: NDArray[np.bool_],
    count: int,
    path: Path,
    rows: NDArray[np.intp] | None = None,
) -> None:
    """``rows``: of the table, where a label is not a row of its own."""
    if not strange.any():
        return
    place = int(np.flatnonzero(strange)[0])
    row = place if rows is None else int(rows[place])
    raise UserError(
        f"{path}: row {row + 1}: {what} {labels[place]}: the vocabulary has 0 to {count - 1} "
        f"({int(strange.sum())} such labels); run the pipeline again, or mend the reader"
    )
