"""Predicted attributes that the taxonomy does not allow for the category (paper Table 2).

Section 5.2.2 calls a shirt with the attribute "polo" an incompatible combination, and section 6
wants such penalised. ``consistency`` asks what training has seen; this asks what may be.

Shapes: n images, c categories, a attributes.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fashion_hls.metrics.intervals import bootstrap_values, percentile_interval
from fashion_hls.metrics.topk import Mask, Scores, topk_indices

BEST: Final = (1, 3, 5)
#: From this score on an attribute counts as predicted, however many there are.
THRESHOLD: Final = 0.5
FIGURES: Final = (*(f"best@{k}" for k in BEST), "at_threshold")

Ids = NDArray[np.integer[Any]]
Floats = NDArray[np.float64]


class Counts(NamedTuple):
    """Of each image [n]: impossible predictions, judged ones, and those of unnamed attributes."""

    impossible: Floats
    judged: Floats
    left_out: Floats


def chosen(attribute_scores: Scores) -> list[Mask]:
    """The attributes [n, a] that each of ``FIGURES`` counts as predicted.

    The k best are taken among all attributes; those that the taxonomy does not name drop out
    afterwards, so that they displace none.
    """
    out = []
    for k in BEST:
        best = np.zeros(attribute_scores.shape, dtype=np.bool_)
        np.put_along_axis(best, topk_indices(attribute_scores, k), True, axis=1)
        out.append(best)
    return [*out, attribute_scores >= THRESHOLD]


def counted(predicted: Mask, category: Ids, applies: Mask, named: Mask) -> Counts:
    """Predictions of each image against the taxonomy.

    Args:
        predicted: attributes [n, a].
        category: that they must go with [n].
        applies: whether the taxonomy allows the pair [c, a].
        named: whether it knows the attribute [a].
    """
    judged = predicted & named
    wrong = judged & ~applies[category]
    sums = (one.sum(axis=1).astype(np.float64) for one in (wrong, judged, predicted & ~named))
    return Counts(*sums)


def impossible(
    category_scores: Scores,
    attribute_scores: Scores,
    category: Ids,
    positives: Mask,
    found: Mask,
    applies: Mask,
    named: Mask,
    *,
    seed: int,
    draws: int,
    level: float,
) -> dict[str, Any]:
    """Shares of impossible predictions, with intervals over images.

    Only images with a crop (``found`` [n]) count, as without one nothing is predicted.

    Returns:
        ``predicted_category`` and ``true_category``: by ``FIGURES``, {"value", "low", "high"} of
        all judged predictions, ``judged`` and ``left_out`` (how many); ``labels``: the same of the
        true attributes with the true category, without an interval; ``images``; ``threshold``.
        A share without a judged prediction is None.
    """
    picked = chosen(attribute_scores[found])
    guess = topk_indices(category_scores[found], 1)[:, 0]
    against = {"predicted_category": guess, "true_category": category[found]}
    rows = [counted(one, to, applies, named) for to in against.values() for one in picked]
    figures = iter(_with_intervals(rows, int(found.sum()), seed=seed, draws=draws, level=level))
    labels = counted(positives[found], category[found], applies, named)
    return {
        "images": int(found.sum()),
        "threshold": THRESHOLD,
        **{name: {figure: next(figures) for figure in FIGURES} for name in against},
        "labels": {"value": _share(labels), **_totals(labels)},
    }


def _with_intervals(
    rows: list[Counts], images: int, *, seed: int, draws: int, level: float
) -> list[dict[str, Any]]:
    """A figure of each row; a draw without a judged prediction is left out of its interval."""
    if not images:
        return [{"value": None, "low": None, "high": None, **_totals(row)} for row in rows]
    wrong, judged = (np.stack([row[i] for row in rows]) for i in (0, 1))

    def shares(weights: Floats) -> Floats:
        total = judged @ weights
        return np.divide(wrong @ weights, total, out=np.full(len(rows), np.nan), where=total > 0)

    drawn = bootstrap_values(shares, images, seed=seed, draws=draws)
    out = []
    for row, column in zip(rows, drawn.T, strict=True):
        ends = [None if np.isnan(end) else end for end in percentile_interval(column, level)]
        out.append({"value": _share(row), "low": ends[0], "high": ends[1], **_totals(row)})
    return out


def _share(row: Counts) -> float | None:
    total = row.judged.sum()
    return float(row.impossible.sum() / total) if total else None


def _totals(row: Counts) -> dict[str, int]:
    return {"judged": int(row.judged.sum()), "left_out": int(row.left_out.sum())}
