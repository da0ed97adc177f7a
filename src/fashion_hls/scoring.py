"""Anybody's predictions under every protocol: ``fashion-hls evaluate``.

A row is an image under a protocol. Fields: ``image_id`` (of the prepared set) or ``file`` (the
image's name in it); ``view``, the protocol (default ``whole_image``); ``found``, false where there
was no crop (default true); ``category_scores`` [c] and ``attribute_scores`` [a], in the order of
the set's vocabulary. A file without one of the two is scored on the other alone.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final, NamedTuple, get_args

import numpy as np
import pandas as pd

from fashion_hls.config_training import View
from fashion_hls.data.labels import check_labels
from fashion_hls.data.records import GT_BOX, Vocabulary
from fashion_hls.data.store import read_table, read_vocabulary
from fashion_hls.data.truth import truth_of
from fashion_hls.errors import UserError
from fashion_hls.metrics.protocols import method_figures

VIEWS: Final[tuple[str, ...]] = get_args(View)
#: Group of figures in a report -> the field of its scores.
SCORES: Final = {"category": "category_scores", "attributes": "attribute_scores"}
#: How far a row of probabilities may be from a sum of 1: scores are stored as float32.
_TOLERANCE: Final = 1e-3
_NAMED: Final = 3


class Loaded(NamedTuple):
    """``table``: image_id, view, found and both scores, zeros for a group that is not in
    ``groups``. ``images``: of all splits, with ``vocabulary``'s labels."""

    table: pd.DataFrame
    groups: list[str]
    images: pd.DataFrame
    vocabulary: Vocabulary


def figures_of(
    loaded: Loaded, *, split: str, seed: int, draws: int, level: float
) -> dict[str, Any]:
    """Table 7's figures of predictions, as the pipeline computes its own methods'.

    Args:
        loaded: from :func:`load_predictions`.
        split: whose images the predictions are of.
        seed: of the bootstrap.
        draws: of the bootstrap.
        level: of the intervals.

    Returns:
        Protocol -> report; a group without scores is left out.
    """
    truth = truth_of(loaded.images, split, len(loaded.vocabulary.attributes))
    reports = method_figures(loaded.table, truth, seed=seed, draws=draws, level=level)
    for report in reports.values():
        for group in SCORES.keys() - set(loaded.groups):
            del report[group]
    return reports


def load_predictions(predictions: Path, data: Path, split: str) -> Loaded:
    """A predictions file, checked against the prepared set that it is of.

    Args:
        predictions: ``.parquet``, or JSON with an object in each line.
        data: a prepared benchmark: ``images.parquet`` and ``vocabulary.json``.
        split: whose images the predictions are of.

    Raises:
        UserError: a line that names the file, the row and what is wrong with it.
    """
    images = read_table(data / "images.parquet", ["image_id", "file", "split", *GT_BOX])
    vocabulary = read_vocabulary(data / "vocabulary.json")
    check_labels(images, vocabulary, data / "images.parquet")
    table = _read(predictions)
    groups = [group for group, field in SCORES.items() if field in table]
    if not groups:
        raise UserError(f"{predictions}: no column {' or '.join(SCORES.values())}")
    if table.empty:
        raise UserError(f"{predictions}: holds no predictions")
    table = _checked(table, predictions, images[images["split"] == split], vocabulary)
    return Loaded(table, groups, images, vocabulary)


def no_probabilities(scores: np.ndarray, group: str) -> np.ndarray:
    """Which rows of scores [n, k] are no probabilities; a category's sum to 1 as well. bool [n]"""
    wrong = ((scores < 0) | (scores > 1 + _TOLERANCE)).any(axis=1)
    if group == "category":
        wrong = wrong | (abs(scores.sum(axis=1) - 1) > _TOLERANCE)
    return np.asarray(wrong)


def _read(path: Path) -> pd.DataFrame:
    """The file's rows, in its order."""
    if path.suffix == ".parquet":
        return _parquet(path)
    rows = []
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "is no text; .parquet or JSON lines are read"
        raise UserError(f"{path}: {reason}") from error
    # Not splitlines(): a name may hold what Unicode calls a line separator.
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            try:
                row = json.loads(line)
            except (json.JSONDecodeError, RecursionError) as error:
                reason = getattr(error, "msg", "nested too deep")
                raise UserError(f"{path}: line {number}: is no JSON ({reason})") from error
            if not isinstance(row, dict):
                raise UserError(f"{path}: line {number}: is no JSON object")
            rows.append(row)
    if not rows:
        raise UserError(f"{path}: holds no predictions")
    return pd.DataFrame(rows)


def _parquet(path: Path) -> pd.DataFrame:
    try:
        return pd.read_parquet(path).reset_index(drop=True)
    except FileNotFoundError as error:
        raise UserError(f"{path}: not found") from error
    except (OSError, ValueError) as error:
        raise UserError(f"{path}: is no readable Parquet file ({error})") from error


def _checked(
    table: pd.DataFrame, path: Path, images: pd.DataFrame, vocabulary: Vocabulary
) -> pd.DataFrame:
    """The rows as ``method_figures`` takes them: every image of a protocol once, scores whole."""
    views = table.get("view", pd.Series([None] * len(table)))
    table = table.assign(
        image_id=_ids(table, path, images),
        view=views.where(views.notna(), "whole_image"),
        found=_found(table, path),
    )
    unknown = ~table["view"].isin(VIEWS)
    if unknown.any():
        raise UserError(
            f"{path}: {_place(unknown)}: view {table['view'][unknown].iloc[0]}: choose from "
            f"{', '.join(VIEWS)}"
        )
    twice = table.duplicated(["image_id", "view"])
    if twice.any():
        raise UserError(f"{path}: {_place(twice)}: this image and view stand in the file twice")
    for group, field in SCORES.items():
        labels = vocabulary.categories if group == "category" else vocabulary.attributes
        table[field] = _whole_scores(table, field, path, len(labels))
    _complete(table, path, images)
    return table


def _ids(table: pd.DataFrame, path: Path, images: pd.DataFrame) -> pd.Series:
    """The image of each row, by its number or else by its file's name."""
    empty = pd.Series([None] * len(table), dtype=object)
    numbers, files = table.get("image_id", empty), table.get("file", empty)
    unnamed = numbers.isna() & files.isna()
    if unnamed.any():
        raise UserError(f"{path}: {_place(unnamed)}: has no image_id and no file")
    known = dict(zip(images["file"], images["image_id"], strict=True))
    by_file = files.map(lambda name: known.get(name) if isinstance(name, str) else None)
    numbered = numbers.isin(images["image_id"])
    strange = (numbers.notna() & ~numbered) | (files.notna() & by_file.isna())
    if strange.any():
        row = int(np.flatnonzero(strange)[0])
        name = numbers[row] if numbers.notna()[row] and not numbered[row] else files[row]
        raise UserError(
            f"{path}: row {row + 1}: {name}: no image of this split "
            f"({int(strange.sum())} such rows)"
        )
    ids = numbers.where(numbers.notna(), by_file)
    torn = by_file.notna() & (by_file != ids)
    if torn.any():
        raise UserError(f"{path}: {_place(torn)}: image_id and file name two images")
    return ids.astype(np.int64)


def _found(table: pd.DataFrame, path: Path) -> pd.Series:
    values = table.get("found", pd.Series([None] * len(table)))
    told = values.where(values.notna(), True)
    wrong = ~told.map(lambda value: isinstance(value, bool | np.bool_))
    if wrong.any():
        raise UserError(f"{path}: {_place(wrong)}: found must be true or false")
    return told.astype(bool)


def _whole_scores(table: pd.DataFrame, field: str, path: Path, labels: int) -> list[Any]:
    """A row's scores as floats; zeros where there is no crop, or no such column."""
    zeros = np.zeros(labels)
    if field not in table:
        return [zeros] * len(table)
    out = []
    for number, (value, found) in enumerate(zip(table[field], table["found"], strict=True), 1):
        if not found:
            out.append(zeros)
            continue
        try:
            scores = np.asarray(value, dtype=np.float64)
        except (TypeError, ValueError, OverflowError):
            scores = np.empty(0)
        if scores.shape != (labels,) or not np.isfinite(scores).all():
            raise UserError(
                f"{path}: row {number}: {field}: {labels} finite numbers are needed, in the order "
                "of the vocabulary"
            )
        out.append(scores)
    return out


def _complete(table: pd.DataFrame, path: Path, images: pd.DataFrame) -> None:
    """``retained`` chooses its images; the other protocols have all of them."""
    boxed = images.loc[images[GT_BOX].notna().all(axis=1), "image_id"]
    for view, rows in table.groupby("view"):
        if view == "retained":
            continue
        wanted = boxed if view == "gt_box" else images["image_id"]
        boxless = rows.loc[~rows["image_id"].isin(wanted), "image_id"]
        if len(boxless):
            raise UserError(
                f"{path}: row {int(boxless.index[0]) + 1}: {view}: image {boxless.iloc[0]} has no "
                f"box of its own ({len(boxless)} such rows); leave it out"
            )
        missing = sorted(set(wanted) - set(rows["image_id"]))
        if missing:
            names = ", ".join(map(str, missing[:_NAMED])) + (" …" if len(missing) > _NAMED else "")
            raise UserError(
                f"{path}: {view}: {len(missing)} of {len(wanted)} images are missing (image_id "
                f"{names}); give a row to each, with found false where there is no crop"
            )


def _place(rows: pd.Series) -> str:
    """The first marked row, counted from 1."""
    return f"row {int(np.flatnonzero(rows)[0]) + 1}"
