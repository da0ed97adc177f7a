"""Figures of several seeds, and paired differences, with intervals over seeds and images.

A figure is a ratio of sums over images: correct over all for top-k, hits over positives for
recall@k. A resample draws seeds and images, both with replacement, the same for every row of a
table, so that a difference is between networks of one seed on one image.
s seeds, n images.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fashion_hls.metrics.intervals import percentile_interval
from fashion_hls.metrics.recall import attribute_hits
from fashion_hls.metrics.topk import Mask, topk_hits

Floats = NDArray[np.float64]
#: Name -> what an image contributes above and below the line, both [n].
Parts = dict[str, tuple[Floats, Floats]]
CATEGORY_K: Final = (1, 3)
ATTRIBUTE_K: Final = (3, 5)


def category_parts(scores: Floats, truth: NDArray[np.int64], found: Mask) -> Parts:
    """Top-k of scores [n, c]; no crop is wrong."""
    ones = np.ones(len(truth))
    return {
        f"top{k}": (topk_hits(scores, truth, k, found).astype(np.float64), ones) for k in CATEGORY_K
    }


def attribute_parts(scores: Floats, positives: Mask, found: Mask) -> Parts:
    """Micro recall@k of scores [n, a]; no crop is no hit."""
    below = positives.sum(axis=1).astype(np.float64)
    return {
        f"recall@{k}": (
            attribute_hits(scores, positives, k, found).sum(axis=1).astype(np.float64),
            below,
        )
        for k in ATTRIBUTE_K
    }


def judge(
    rows: Mapping[str, Sequence[Parts]],
    reference: str,
    *,
    seed: int,
    draws: int,
    level: float,
) -> dict[str, Any]:
    """Each row's figures, and its difference to the reference row.

    Args:
        rows: name -> a run's parts for each seed; all over the same images.
        reference: name of a row.
        seed: of the resamples.
        draws: resamples.
        level: of the intervals.

    Returns:
        Name -> figure -> value, low, high, seeds (each seed's value) and, but for the reference,
        difference, difference_low, difference_high.
    """
    figures = list(rows[reference][0])
    runs = len(rows[reference])
    images = len(rows[reference][0][figures[0]][1])
    rng = np.random.default_rng(seed)
    seeds = [np.arange(runs), *(rng.integers(0, runs, runs) for _ in range(draws))]
    weights = np.ones((draws + 1, images))
    for draw in range(1, draws + 1):
        weights[draw] = np.bincount(rng.integers(0, images, images), minlength=images)
    drawn = {
        name: {figure: _resampled(parts, figure, seeds, weights) for figure in figures}
        for name, parts in rows.items()
    }
    return {
        name: {
            figure: _report(
                values,
                None if name == reference else drawn[reference][figure],
                [_ratio(part[figure]) for part in rows[name]],
                level,
            )
            for figure, values in of.items()
        }
        for name, of in drawn.items()
    }


def _resampled(
    parts: Sequence[Parts], figure: str, seeds: Sequence[NDArray[np.intp]], weights: Floats
) -> Floats:
    """The figure's mean over the drawn seeds, for the images' weights: [draws + 1]."""
    above = np.stack([part[figure][0] for part in parts]) @ weights.T
    below = np.stack([part[figure][1] for part in parts]) @ weights.T
    with np.errstate(invalid="ignore", divide="ignore"):
        each = above / below
    return np.array([each[chosen, draw].mean() for draw, chosen in enumerate(seeds)])


def _ratio(part: tuple[Floats, Floats]) -> float | None:
    above, below = part[0].sum(), part[1].sum()
    return float(above / below) if below else None


def _report(
    values: Floats, reference: Floats | None, seeds: list[float | None], level: float
) -> dict[str, Any]:
    out = {"value": _number(values[0]), **_ends("", values[1:], level), "seeds": seeds}
    if reference is not None:
        gain = values - reference
        out |= {"difference": _number(gain[0]), **_ends("difference_", gain[1:], level)}
    return out


def _ends(prefix: str, values: Floats, level: float) -> dict[str, float | None]:
    interval = percentile_interval(values, level)
    return {f"{prefix}{end}": _number(x) for end, x in interval._asdict().items()}


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
