"""Labels of a prepared set that are probably wrong: ``fashion-hls label-errors``.

It reads a predictions file as ``fashion-hls evaluate`` does (scoring.py); categories by confident
learning (metrics/confident.py), attributes by the score that contradicts the label most.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from tabulate import tabulate

from fashion_hls.data.truth import truth_of
from fashion_hls.errors import UserError
from fashion_hls.metrics.confident import suspects
from fashion_hls.metrics.protocols import Truth
from fashion_hls.scoring import SCORES, VIEWS, Loaded, load_predictions, no_probabilities

CATEGORY_COLUMNS: Final = [
    "image_id", "file", "given", "suggested", "given_probability", "suggested_probability",
]  # fmt: skip
ATTRIBUTE_COLUMNS: Final = ["image_id", "file", "given", "attribute", "score"]


@dataclass(frozen=True, kw_only=True)
class Found:
    """``categories``: ``CATEGORY_COLUMNS``, the most probable errors first. ``attributes``:
    ``ATTRIBUTE_COLUMNS``; None where not asked for. ``view``: looked at. ``images``: judged.
    ``without_crop``: left out. ``expected``: wrong categories among the judged, estimated."""

    categories: pd.DataFrame
    attributes: pd.DataFrame | None
    view: str
    images: int
    without_crop: int
    expected: float


def label_errors(
    predictions: Path, data: Path, *, split: str, view: str | None = None, attributes: bool = False
) -> Found:
    """Images whose labels a predictions file contradicts.

    Args:
        predictions: a file as of scoring.load_predictions(); its category scores are probabilities.
        data: the prepared set whose labels are doubted.
        split: whose images the predictions are of.
        view: protocol looked at; None: ``whole_image``, or else the first of ``VIEWS`` in the file.
        attributes: also list attributes.

    Raises:
        UserError: a line that names the file and what is wrong with it.
    """
    loaded = load_predictions(predictions, data, split)
    _needed(loaded, predictions, attributes)
    view = _chosen(loaded.table, predictions, view)
    part = loaded.table[loaded.table["view"] == view]
    rows = part[part["found"]].sort_values("image_id").reset_index(drop=True)
    if rows.empty:
        raise UserError(f"{predictions}: {view}: no image has a crop, so there is nothing to judge")
    labels = len(loaded.vocabulary.attributes)
    truth = truth_of(loaded.images, split, labels).of(rows["image_id"].to_numpy(np.int64))
    files = loaded.images.set_index("image_id")["file"]
    rows = rows.assign(file=rows["image_id"].map(files))
    categories, expected = _categories(rows, truth, loaded.vocabulary.categories, predictions)
    listed = _attributes(rows, truth, loaded.vocabulary.attributes) if attributes else None
    return Found(
        categories=categories,
        attributes=listed,
        view=view,
        images=len(rows),
        without_crop=len(part) - len(rows),
        expected=expected,
    )


def listing(table: pd.DataFrame, limit: int) -> str:
    """The first rows as a Markdown table, and how many there are more."""
    cells = [
        [f"{value:.3f}" if isinstance(value, float) else str(value) for value in row]
        for row in table.head(limit).itertuples(index=False)
    ]
    shown = tabulate(cells, headers=[*map(str, table)], tablefmt="github", disable_numparse=True)
    more = len(table) - limit
    return shown + (f"\n… and {more} more (--limit, --csv)" if more > 0 else "")


def _needed(loaded: Loaded, path: Path, attributes: bool) -> None:
    for group in ("category", *(["attributes"] if attributes else [])):
        if group not in loaded.groups:
            raise UserError(f"{path}: no column {SCORES[group]}")


def _chosen(table: pd.DataFrame, path: Path, view: str | None) -> str:
    """The protocol to look at, which the file must have."""
    there = [name for name in VIEWS if (table["view"] == name).any()]
    if view is None:
        return "whole_image" if "whole_image" in there else there[0]
    if view not in there:
        raise UserError(f"{path}: has no row of {view}; it has {', '.join(there)}")
    return view


def _categories(
    rows: pd.DataFrame, truth: Truth, names: list[str], path: Path
) -> tuple[pd.DataFrame, float]:
    """The list by confident learning, and how many wrong labels are expected."""
    scores = np.stack(rows["category_scores"].tolist()).astype(np.float64)
    wrong = no_probabilities(scores, "category")
    if wrong.any():
        row = rows.iloc[int(np.flatnonzero(wrong)[0])]
        raise UserError(
            f"{path}: image {row['image_id']}: category_scores are no probabilities (0 or more, "
            f"with sum 1; {int(wrong.sum())} such rows), which label errors are judged by"
        )
    found = suspects(scores, truth.category)
    given = truth.category[found.rows]
    table = pd.DataFrame(
        {
            "image_id": rows["image_id"].to_numpy()[found.rows],
            "file": rows["file"].to_numpy()[found.rows],
            "given": [names[label] for label in given],
            "suggested": [names[label] for label in found.suggested],
            "given_probability": scores[found.rows, given],
            "suggested_probability": scores[found.rows, found.suggested],
        },
        columns=CATEGORY_COLUMNS,
    )
    return table, found.expected


def _attributes(rows: pd.DataFrame, truth: Truth, names: list[str]) -> pd.DataFrame:
    """Of each image its positive of the lowest score, and its negative of the highest.

    ``given`` is yes or no. Positives come first, from the lowest score up; then negatives, from the
    highest down. An image without a positive (or negative) has no such row.
    """
    scores = np.stack(rows["attribute_scores"].tolist()).astype(np.float64)
    parts = []
    for given, own, sign in (("yes", truth.positives, 1), ("no", ~truth.positives, -1)):
        has = np.flatnonzero(own.any(axis=1))
        doubted = np.where(own, sign * scores, np.inf)[has].argmin(axis=1)
        part = pd.DataFrame(
            {
                "image_id": rows["image_id"].to_numpy()[has],
                "file": rows["file"].to_numpy()[has],
                "given": given,
                "attribute": [names[label] for label in doubted],
                "score": scores[has, doubted],
            },
            columns=ATTRIBUTE_COLUMNS,
        )
        parts.append(part.sort_values("score", ascending=sign > 0, kind="stable"))
    return pd.concat(parts, ignore_index=True)
