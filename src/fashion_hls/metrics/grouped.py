"""Top-k accuracy on groups of categories, whose scores are summed (paper Table 6's 16).

Shapes: n images, c categories, g groups.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fashion_hls.metrics.classification import TOP
from fashion_hls.metrics.intervals import bootstrap_values, percentile_interval
from fashion_hls.metrics.topk import Mask, Scores, topk_hits

Ids = NDArray[np.integer[Any]]


def summed(scores: Scores, group: Ids, groups: int) -> NDArray[np.float64]:
    """Scores [n, c] added up within the group [c] of each category: [n, g]."""
    out = np.zeros((len(scores), groups))
    np.add.at(out.T, group, np.asarray(scores, dtype=np.float64).T)
    return out


def grouped_figures(
    scores: Scores,
    category: Ids,
    found: Mask,
    group: Ids,
    *,
    seed: int,
    draws: int,
    level: float,
) -> dict[str, dict[str, float | None]]:
    """Top-1, 3 and 5 on the groups: {"value", "low", "high"} each; None where there is no image.

    Args:
        scores: of the categories [n, c], probabilities.
        category: true one [n].
        found: whether the image has a crop [n]; without one it counts as wrong.
        group: of each category [c].
        seed: of the bootstrap; the same draws images as ``evaluate`` does.
        draws: of the bootstrap.
        level: of the intervals.
    """
    names = [f"top{k}" for k in TOP]
    if not len(category):
        return {name: {"value": None, "low": None, "high": None} for name in names}
    of_groups = summed(scores, group, int(group.max()) + 1)
    hits = np.stack([topk_hits(of_groups, group[category], k, found) for k in TOP]).astype(float)
    drawn = bootstrap_values(lambda w: hits @ w / w.sum(), len(category), seed=seed, draws=draws)
    out: dict[str, dict[str, float | None]] = {}
    for name, values, column in zip(names, hits, drawn.T, strict=True):
        low, high = percentile_interval(column, level)
        out[name] = {"value": float(values.mean()), "low": low, "high": high}
    return out
