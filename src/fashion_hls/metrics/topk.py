"""Top-k accuracy of single-label scores (paper section 4.2: category classification).

Shapes: n images, c labels.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.floating[Any]]
Mask = NDArray[np.bool_]

#: Up to this k the best are taken one after the other; beyond, whole rows are sorted.
FEW = 16
#: Scores at a time, which stay in the processor's cache meanwhile.
BLOCK = 2**18


def topk_indices(scores: Scores, k: int) -> NDArray[np.intp]:
    """Labels [n, min(k, c)] of the highest scores [n, c], best first.

    Ties go to the lower label; NaN ranks last.
    """
    if k < 1:
        raise ValueError(f"k is {k}; at least 1 is needed")
    images, labels = scores.shape
    best = np.empty((images, min(k, labels)), dtype=np.intp)
    rows = max(1, BLOCK // max(1, labels))
    for start in range(0, images, rows):
        best[start : start + rows] = _best_of_block(scores[start : start + rows], best.shape[1])
    return best


def _best_of_block(scores: Scores, k: int) -> NDArray[np.intp]:
    """As ``topk_indices``, of few rows and k of at most their labels."""
    # Minus infinity stands for "taken", so it must be no score; NaN is not above it either.
    if k > FEW or scores.dtype.kind != "f" or not (scores > -np.inf).all():
        return np.argsort(-scores, axis=1, kind="stable")[:, :k]
    left = scores.copy()
    rows = np.arange(len(scores))
    best = np.empty((len(scores), k), dtype=np.intp)
    for place in range(k):
        # The first of equal maxima, which is the lower label.
        best[:, place] = left.argmax(axis=1)
        left[rows, best[:, place]] = -np.inf
    return best


def topk_hits(scores: Scores, target: NDArray[np.integer[Any]], k: int, found: Mask | None) -> Mask:
    """Whether the true label [n] is among the k best of scores [n, c]: bool [n].

    ``found`` [n] is False where the detector gave no crop, which counts as wrong; None means
    that every image has one. A NaN score is never a hit.
    """
    rows = np.arange(len(target))
    hits = (topk_indices(scores, k) == target[:, None]).any(axis=1)
    hits &= ~np.isnan(scores[rows, target])
    return hits if found is None else hits & found
