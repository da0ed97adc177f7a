"""Several predictions judged as one: ``fashion-hls evaluate --ensemble`` and ``--with-view``.

Scores are averaged as they are, so they must be probabilities, as the pipeline's are.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from fashion_hls.errors import UserError
from fashion_hls.scoring import SCORES, VIEWS, Loaded, no_probabilities

_ROW: Final = ["view", "image_id"]


def mean_of(loaded: Sequence[Loaded], paths: Sequence[Path]) -> Loaded:
    """The mean of the scores that several files give the same crops.

    Args:
        loaded: one for each file, of one prepared set and split.
        paths: of the files, for messages.

    Raises:
        UserError: a file's scores are no probabilities, or it has other scores or rows than the
            first, or found other crops.
    """
    first = loaded[0]
    if len(loaded) == 1:
        return first
    tables = [one.table.sort_values(_ROW).reset_index(drop=True) for one in loaded]
    for one, path in zip(loaded, paths, strict=True):
        _refuse_other_scale(one, path)
    for one, table, path in zip(loaded[1:], tables[1:], paths[1:], strict=True):
        _refuse_other(one, table, path, first, tables[0], paths[0])
    mean = tables[0].copy()
    for field in SCORES.values():
        mean[field] = list(np.mean([_stacked(table[field]) for table in tables], axis=0))
    return first._replace(table=mean)


def with_view(loaded: Loaded, view: str, path: Path) -> Loaded:
    """Each crop's scores averaged with those that the same image has in another view.

    A row without a crop, or whose image has none in that view, keeps its scores; so do the rows of
    the view itself.

    Args:
        loaded: one file.
        view: that every image of the file must have, as ``whole_image``.
        path: of the file, for messages.

    Raises:
        UserError: the file has no such view, or no other, or it lacks an image; or the scores are
            no probabilities.
    """
    table = loaded.table
    views = ", ".join(name for name in VIEWS if (table["view"] == name).any())
    other = table[table["view"] == view].set_index("image_id")
    if other.empty:
        raise UserError(f"{path}: has no row of view {view or '(empty)'}; it has {views}")
    if len(other) == len(table):
        raise UserError(
            f"{path}: has rows of {view} alone, so there are no crops to average it with"
        )
    lacking = table["image_id"][~table["image_id"].isin(other.index)]
    if len(lacking):
        raise UserError(
            f"{path}: view {view} lacks {lacking.nunique()} images that other views have (image_id "
            f"{lacking.iloc[0]}); name a view of all images ({views})"
        )
    _refuse_other_scale(loaded, path)
    same = other.loc[table["image_id"]]
    both = table["found"].to_numpy() & same["found"].to_numpy()
    mean = table.copy()
    for field in SCORES.values():
        own, further = _stacked(table[field]), _stacked(same[field])
        mean[field] = list(np.where(both[:, None], (own + further) / 2, own))
    return loaded._replace(table=mean)


def _refuse_other_scale(loaded: Loaded, path: Path) -> None:
    """Scores on other scales, as logits, would count for more or less than a vote."""
    found = loaded.table[loaded.table["found"]]
    if found.empty:
        return
    for group in loaded.groups:
        scores = _stacked(found[SCORES[group]])
        wrong = no_probabilities(scores, group)
        if wrong.any():
            row = found.iloc[int(np.flatnonzero(wrong)[0])]
            what = "with sum 1; " if group == "category" else ""
            raise UserError(
                f"{path}: {row['view']}, image {row['image_id']}: {SCORES[group]} are no "
                f"probabilities (0 to 1, {what}{int(wrong.sum())} such rows); only those can be "
                "averaged"
            )


def _stacked(scores: pd.Series) -> np.ndarray:
    return np.stack(scores.tolist()).astype(np.float64)


def _refuse_other(
    one: Loaded,
    table: pd.DataFrame,
    path: Path,
    first: Loaded,
    reference: pd.DataFrame,
    first_path: Path,
) -> None:
    """End where a file is not of the first one's crops."""
    if one.groups != first.groups:
        raise UserError(
            f"{path}: has scores of {' and '.join(one.groups)}, {first_path} of "
            f"{' and '.join(first.groups)}; a mean needs the same"
        )
    rows, expected = (set(zip(t["view"], t["image_id"], strict=True)) for t in (table, reference))
    if rows != expected:
        view, image = sorted(rows ^ expected)[0]
        has, lacks = (path, first_path) if (view, image) in rows else (first_path, path)
        raise UserError(
            f"{lacks}: no row of {view}, image {image}, which {has} has "
            f"({len(rows ^ expected)} such rows); a mean needs predictions of the same crops"
        )
    differ = np.flatnonzero(table["found"] != reference["found"])
    if len(differ):
        row = reference.iloc[int(differ[0])]
        raise UserError(
            f"{path}: {row['view']}, image {row['image_id']}: found is not that of {first_path} "
            f"({len(differ)} such rows); a mean needs predictions of the same crops"
        )
