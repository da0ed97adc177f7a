"""Recall of multi-label scores at k, in the two definitions that the paper uses.

``micro_recall`` is Liu et al. 2016 (DeepFashion), the paper's conventional recall@k.
``altered_recall`` is MMFashion's, the one in parentheses in the paper's Table 7. Their values
are not comparable with each other. Shapes: n images, a attributes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fashion_hls.metrics.topk import Mask, Scores, topk_indices

Counts = NDArray[np.integer[Any]] | NDArray[np.floating[Any]]

#: Attributes that MMFashion's recall keeps (paper section 5.2.2: "top-N (N=50)").
BEST = 50


def attribute_hits(scores: Scores, positives: Mask, k: int, found: Mask | None = None) -> Mask:
    """True attributes that are among an image's k best: bool [n, a].

    Scores [n, a] are only ranked, so logits and probabilities give the same; none is masked
    by its sign. ``found`` [n] is False where the detector gave no crop: no hits there, while
    the image's positives stay in the denominator. A NaN score is never a hit.
    """
    best = topk_indices(scores, k)
    right = np.take_along_axis(positives, best, axis=1)
    right &= ~np.isnan(np.take_along_axis(scores, best, axis=1))
    if found is not None:
        right &= found[:, None]
    hits = np.zeros(positives.shape, dtype=np.bool_)
    np.put_along_axis(hits, best, right, axis=1)
    return hits


def hits_at(
    scores: Scores,
    image: NDArray[np.integer[Any]],
    attribute: NDArray[np.integer[Any]],
    ks: Sequence[int],
    found: Mask,
) -> Mask:
    """``attribute_hits`` at several k of the true pairs alone: bool [len(ks), p].

    Args:
        scores: of all images [n, a].
        image: of each pair [p].
        attribute: of each pair [p], which that image has.
        ks: the best are found once, for the greatest.
        found: [n].
    """
    same = topk_indices(scores, max(ks))[image] == attribute[:, None]
    hits = np.stack([same[:, :k].any(axis=1) for k in ks])
    hits &= found[image] & ~np.isnan(scores[image, attribute])
    return hits


def micro_recall(hits: Mask, positives: Mask) -> float:
    """Sum of hits over sum of positives, both [n, a] (Liu et al. 2016); NaN if no positives."""
    total = int(positives.sum())
    return int(hits.sum()) / total if total else float("nan")


def altered_recall(hits: Mask, positives: Mask, best: int = BEST) -> float:
    """MMFashion's recall from hits and positives, both [n, a]; NaN if there are no positives."""
    return altered_recall_of_counts(hits.sum(axis=0), positives.sum(axis=0), best)


def altered_recall_of_counts(hits: Counts, positives: Counts, best: int = BEST) -> float:
    """Mean recall of the ``best`` attributes with the highest recall, from counts [a].

    Source: mmfashion/core/evaluation/attr_predict_eval.py, the paper's footnote 11. The sum
    over the best is divided by min(best, attributes that occur), so with at most ``best``
    occurring attributes this is plain macro recall. NaN where no attribute occurs.
    """
    occurs = positives > 0
    recalls = np.sort(hits[occurs] / positives[occurs])[::-1][:best]
    return float(recalls.mean()) if len(recalls) else float("nan")
