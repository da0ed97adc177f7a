"""From which score on an attribute is named, chosen on the validation split.

n crops, a attributes.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fashion_hls.classification.build import Classifier
from fashion_hls.classification.predict import predict_split
from fashion_hls.data.labels import label_matrix
from fashion_hls.data.store import IMAGES, read_table
from fashion_hls.errors import UserError
from fashion_hls.metrics.recall import attribute_hits, micro_recall
from fashion_hls.metrics.topk import topk_hits

#: An attribute with fewer positives on validation takes the threshold of all together.
FEWEST: Final = 10
#: What people's photos are like: the crop of the best detection, whatever its type.
VIEW: Final = "end_to_end"


class Picked(NamedTuple):
    """``thresholds`` [a], and the validation ``figures`` of the weights they were chosen with."""

    thresholds: list[float]
    figures: dict[str, Any]


def choose_thresholds(
    classifier: Classifier, root: Path, *, categories: int, attributes: int, size: int, threads: int
) -> Picked:
    """Predict the validation crops, and give each attribute the threshold of its best F1.

    Args:
        classifier: in eval mode.
        root: a folder that the pipeline ran in.
        categories: c.
        attributes: a.
        size: side of the crops in pixels.
        threads: that read crops.

    Raises:
        UserError: the crops are missing.
    """
    manifest = read_table(root / "data/crops/manifest.parquet")
    wanted = manifest[(manifest["view"] == VIEW) & manifest["found"]]
    stores = {name: root / "data" / name / IMAGES for name in ("crops", "benchmark")}
    if not (wanted["split"] == "val").any():
        raise UserError(f"{root / 'data/crops/manifest.parquet'}: no validation crop of {VIEW}")
    table = predict_split(
        classifier, wanted, "val", stores, categories=categories, attributes=attributes, size=size,
        threads=threads,
    )  # fmt: skip
    rows = wanted[wanted["split"] == "val"]
    positives = label_matrix(rows["attributes"].tolist(), attributes)
    scores = np.stack(table["attribute_scores"].tolist())
    named = np.stack(table["category_scores"].tolist())
    thresholds = best_thresholds(scores, positives)
    truth = rows["category"].to_numpy()
    said = scores >= thresholds
    right = float((said & positives).sum())
    return Picked(
        [float(value) for value in thresholds],
        {
            "split": "val",
            "protocol": VIEW,
            "images": len(rows),
            "top1": float(topk_hits(named, truth, 1, None).mean()),
            "recall@5": micro_recall(attribute_hits(scores, positives, 5), positives),
            "precision": right / max(1.0, float(said.sum())),
            "recall": right / max(1.0, float(positives.sum())),
            "attributes_named": float(said.sum(axis=1).mean()),
        },
    )


def best_thresholds(
    scores: NDArray[np.float32], positives: NDArray[np.bool_]
) -> NDArray[np.float32]:
    """The score [a] from which on naming an attribute gives the best F1.

    Args:
        scores: [n, a] in 0-1.
        positives: [n, a].
    """
    together = best_threshold(scores.ravel(), positives.ravel())
    own = [
        best_threshold(scores[:, one], positives[:, one])
        if positives[:, one].sum() >= FEWEST
        else together
        for one in range(scores.shape[1])
    ]
    return np.array(own, dtype=np.float32)


def best_threshold(scores: NDArray[np.float32], positives: NDArray[np.bool_]) -> float:
    """The score [n] with the best F1; the middle between it and the next lower one.

    Where nothing is positive: 1, which names nothing that is not certain.
    """
    total = int(positives.sum())
    if not total:
        return 1.0
    order = np.argsort(-scores, kind="stable")
    ranked = scores[order].astype(np.float64)
    hits = np.cumsum(positives[order])
    f1 = 2 * hits / (np.arange(1, len(ranked) + 1) + total)
    # Equal scores are named together or not at all.
    last = np.append(ranked[1:] < ranked[:-1], True)
    place = int(np.argmax(np.where(last, f1, -1.0)))
    lower = ranked[place + 1] if place + 1 < len(ranked) else 0.0
    return float((ranked[place] + lower) / 2)
