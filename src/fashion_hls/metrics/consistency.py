"""Hierarchical consistency: predicted attributes never seen with the category.

The paper asks for a way to keep incompatible pairs out (section 6: an attribute of skirts must not
be predicted for shoes). The labels of the training split say which pairs occur, whatever views the
networks are shown. A new pair is not always wrong, so the share among the true labels stands beside
that of the predictions.

Shapes: n images, c categories, a attributes.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fashion_hls.metrics.intervals import bootstrap_values, percentile_interval
from fashion_hls.metrics.topk import Mask, Scores, topk_indices

UNSEEN_AT: Final = (1, 3, 5)

Ids = NDArray[np.integer[Any]]
Floats = NDArray[np.float64]


def seen_pairs(category: Ids, positives: Mask, categories: int) -> Mask:
    """Whether an image of the category [c] has the attribute [a]: bool [c, a].

    Args:
        category: of the training images [n].
        positives: their attributes [n, a].
        categories: c.
    """
    seen = np.zeros((categories, positives.shape[1]), dtype=np.bool_)
    image, attribute = np.nonzero(positives)
    seen[category[image], attribute] = True
    return seen


def unseen_among_best(
    category_scores: Scores, attribute_scores: Scores, seen: Mask, k: int
) -> Floats:
    """Of each image's k best attributes, the share never seen with its predicted category: [n].

    Args:
        category_scores: [n, c], of which the best is the prediction.
        attribute_scores: [n, a].
        seen: [c, a].
        k: attributes looked at; all where there are fewer.
    """
    predicted = topk_indices(category_scores, 1)[:, 0]
    best = topk_indices(attribute_scores, k)
    return (~seen[predicted[:, None], best]).mean(axis=1)


def consistency(
    category_scores: Scores,
    attribute_scores: Scores,
    category: Ids,
    positives: Mask,
    found: Mask,
    seen: Mask,
    *,
    seed: int,
    draws: int,
    level: float,
) -> dict[str, Any]:
    """Shares of unseen pairs among predictions, and among true labels, with intervals.

    Only images with a crop (``found``) count, as without one nothing is predicted.

    Returns:
        ``unseen@k`` for k in ``UNSEEN_AT``, {"value", "low", "high"}; ``unseen_truth``, the share
        of the images' true attributes never seen with their true category; ``images``. None where
        there is no image, or no true attribute.
    """
    per_image = [
        unseen_among_best(category_scores[found], attribute_scores[found], seen, k)
        for k in UNSEEN_AT
    ]
    truth = positives[found]
    strange = (truth & ~seen[category[found]]).sum(axis=1)
    total = int(truth.sum())
    out: dict[str, Any] = {
        "images": int(found.sum()),
        "unseen_truth": float(strange.sum() / total) if total else None,
    }
    names = [f"unseen@{k}" for k in UNSEEN_AT]
    if not found.any():
        empty = {"value": None, "low": None, "high": None}
        return out | {name: dict(empty) for name in names}
    shares = np.stack(per_image)
    drawn = bootstrap_values(
        lambda w: shares @ w / w.sum(), shares.shape[1], seed=seed, draws=draws
    )
    for name, values, column in zip(names, shares, drawn.T, strict=True):
        low, high = percentile_interval(column, level)
        out[name] = {"value": float(values.mean()), "low": low, "high": high}
    return out
