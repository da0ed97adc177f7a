"""Reliability of scores as probabilities (Guo et al., ICML 2017): bins and expected error.

Shapes: n predictions.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fashion_hls.metrics.topk import Mask, Scores

BINS: Final = 10

Floats = NDArray[np.float64]


def reliability(confidence: Scores, right: Mask, bins: int = BINS) -> list[dict[str, Any]]:
    """How often predictions of about the same confidence are right.

    Args:
        confidence: of each prediction [n], 0 to 1.
        right: whether it holds [n].
        bins: of equal width; a confidence on an edge belongs to the bin below it, as in the source.

    Returns:
        A row for each bin that has predictions: ``low``, ``high``, ``count``, ``confidence`` and
        ``accuracy``, both means.

    Raises:
        ValueError: a confidence lies outside 0 to 1, or is none.
    """
    values = np.asarray(confidence, dtype=np.float64)
    if not np.all((values >= 0) & (values <= 1)):
        raise ValueError("confidences must lie between 0 and 1")
    place = np.clip(np.ceil(values * bins).astype(int) - 1, 0, bins - 1)
    rows = []
    for index in range(bins):
        inside = place == index
        if inside.any():
            rows.append(
                {
                    "low": index / bins,
                    "high": (index + 1) / bins,
                    "count": int(inside.sum()),
                    "confidence": float(values[inside].mean()),
                    "accuracy": float(right[inside].mean()),
                }
            )
    return rows


def expected_error(rows: list[dict[str, Any]]) -> float | None:
    """Mean gap between confidence and accuracy of ``reliability``'s bins, weighed by their counts.

    None where there is no prediction.
    """
    total = sum(row["count"] for row in rows)
    if not total:
        return None
    gaps = [row["count"] * abs(row["confidence"] - row["accuracy"]) for row in rows]
    return float(sum(gaps) / total)
