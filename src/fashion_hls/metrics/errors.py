"""Where a classifier errs: by category, by attribute, and which categories it confuses.

Shapes: n images, c categories, a attributes. An image without a crop (not ``found``) has no
prediction: it lowers recall, and no confusion counts it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score

from fashion_hls.metrics.recall import attribute_hits
from fashion_hls.metrics.topk import Mask, Scores, topk_indices

#: Recall of an attribute: whether it is among this many best of the images that have it.
RECALL_AT: Final = 5

Ids = NDArray[np.integer[Any]]
Row = dict[str, Any]


def predicted(category_scores: Scores) -> NDArray[np.intp]:
    """The best category of each image [n]."""
    return topk_indices(category_scores, 1)[:, 0]


def category_rows(
    category_scores: Scores, category: Ids, found: Mask, names: Sequence[str]
) -> list[Row]:
    """Recall, precision and F1 of each category that occurs or is predicted.

    Returns:
        Rows of ``category``, ``images`` that have it, ``predicted`` as it, ``recall``,
        ``precision``, ``F1``; None where undefined.
    """
    guess = np.where(found, predicted(category_scores), -1)
    rows = []
    for label, name in enumerate(names):
        true, said = category == label, guess == label
        if not true.any() and not said.any():
            continue
        hits = int((true & said).sum())
        recall, precision = _share(hits, int(true.sum())), _share(hits, int(said.sum()))
        both = (recall or 0.0) + (precision or 0.0)
        rows.append(
            {
                "category": name,
                "images": int(true.sum()),
                "predicted": int(said.sum()),
                "recall": recall,
                "precision": precision,
                "F1": 2 * (recall or 0.0) * (precision or 0.0) / both if both else 0.0,
            }
        )
    return rows


def confused_rows(
    category_scores: Scores, category: Ids, found: Mask, names: Sequence[str]
) -> list[Row]:
    """Pairs of true and predicted category with their counts, the right ones too, by count.

    Returns:
        Rows of ``truth``, ``predicted``, ``count``; the most frequent first, ties by name.
    """
    guess = predicted(category_scores)
    pairs, counts = np.unique(
        np.stack([category[found], guess[found]], axis=1), axis=0, return_counts=True
    )
    rows = [
        {"truth": names[true], "predicted": names[said], "count": int(count)}
        for (true, said), count in zip(pairs.tolist(), counts, strict=True)
    ]
    return sorted(rows, key=lambda row: (-row["count"], row["truth"], row["predicted"]))


def attribute_rows(
    attribute_scores: Scores,
    positives: Mask,
    found: Mask,
    names: Sequence[str],
    groups: Sequence[str],
) -> list[Row]:
    """Recall among the best ``RECALL_AT`` and average precision of each attribute that occurs.

    Average precision ranks the images that have a crop by the attribute's score; an image without
    one is never reached, so what it has counts as missed at every recall.

    Returns:
        Rows of ``attribute``, ``group``, ``images``, ``recall@5``, ``AP``.
    """
    hits = attribute_hits(attribute_scores, positives, RECALL_AT, found)
    rows = []
    for label, (name, group) in enumerate(zip(names, groups, strict=True)):
        true = positives[:, label]
        if not true.any():
            continue
        reached = true[found]
        ap = (
            average_precision_score(reached, attribute_scores[found, label]) if reached.any() else 0
        )
        rows.append(
            {
                "attribute": name,
                "group": group,
                "images": int(true.sum()),
                f"recall@{RECALL_AT}": _share(int(hits[:, label].sum()), int(true.sum())),
                "AP": float(ap * reached.sum() / true.sum()),
            }
        )
    return rows


def worst(category_scores: Scores, category: Ids, found: Mask, count: int) -> NDArray[np.intp]:
    """Places of the wrong predictions [at most count], the most confident first, ties by place."""
    guess = predicted(category_scores)
    wrong = np.flatnonzero(found & (guess != category))
    confidence = category_scores[wrong, guess[wrong]]
    return wrong[np.argsort(-confidence, kind="stable")][:count]


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
