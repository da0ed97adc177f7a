"""Percentile bootstrap over images (Efron & Tibshirani 1993, section 13.3).

A statistic is a function of weights [n]: how often each image is in the resample. Sums over
images become products with the weights, which keeps 1,000 draws of 40,000 images within
seconds, where indexing the scores anew for every draw would take minutes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

DRAWS = 1000
LEVEL = 0.95


class Interval(NamedTuple):
    """A confidence interval; NaN at both ends where the statistic is undefined."""

    low: float
    high: float


def bootstrap_values(
    statistics: Callable[[Floats], Floats], n: int, *, seed: int, draws: int = DRAWS
) -> Floats:
    """Several statistics [s] of the same resamples of n images: float [draws, s]."""
    rng = np.random.default_rng(seed)
    return np.stack(
        [
            statistics(np.bincount(rng.integers(0, n, n), minlength=n).astype(np.float64))
            for _ in range(draws)
        ]
    )


def percentile_interval(values: Floats, level: float = LEVEL) -> Interval:
    """The middle ``level`` of the values [draws]; draws where the statistic was NaN are left out.

    A resample may miss all images with an attribute, and then has no recall.
    """
    if not 0 < level < 1:
        raise ValueError(f"level is {level}; it must lie between 0 and 1")
    defined = values[~np.isnan(values)]
    if len(defined) == 0:
        return Interval(float("nan"), float("nan"))
    low, high = np.quantile(defined, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(low), float(high))
