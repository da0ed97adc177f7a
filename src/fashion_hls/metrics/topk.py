"""Top-k accuracy of single-label scores (paper section 4.2: category classification).

Shapes: n images, c labels.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.floating[Any]]
Mask = NDArray[np.bool_]


def topk_indices(scores: Scores, k: int) -> NDArray[np.intp]:
    """Labels [n, min(k, c)] of the highest scores [n, c], best first.

    Ties go to the lower label; NaN ranks last.
    """
    if k < 1:
        raise ValueError(f"k is {k}; at least 1 is needed")
    return np.argsort(-scores, axis=1, kind="stable")[:, :k]


def topk_hits(scores: Scores, target: NDArray[np.integer[Any]], k: int, found: Mask | None) -> Mask:
    """Whether the true label [n] is among the k best of scores [n, c]: bool [n].

    ``found`` [n] is False where the detector gave no crop, which counts as wrong; None means
    that every image has one. A NaN score is never a hit.
    """
    rows = np.arange(len(target))
    hits = (topk_indices(scores, k) == target[:, None]).any(axis=1)
    hits &= ~np.isnan(scores[rows, target])
    return hits if found is None else hits & found
