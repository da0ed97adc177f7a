"""From the predictions file to what one may trust: consistency, calibration, errors by label."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd

from fashion_hls.metrics import errors
from fashion_hls.metrics.calibration import BINS, expected_error, reliability
from fashion_hls.metrics.consistency import consistency, seen_pairs
from fashion_hls.metrics.protocols import Truth, by_view
from fashion_hls.metrics.topk import Mask, Scores, topk_indices

CATEGORY: Final = "category"
ATTRIBUTES: Final = "attributes"


class Labels(NamedTuple):
    """Names of the categories [c] and of the attributes [a], and the group of each attribute."""

    categories: list[str]
    attributes: list[str]
    groups: list[str]


def trust(
    table: pd.DataFrame,
    truth: Truth,
    train: Truth,
    labels: Labels,
    *,
    seed: int,
    draws: int,
    level: float,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Of each protocol, figures for the metrics file and rows for plots and tables.

    Args:
        table: predictions (image_id, view, found, category_scores, attribute_scores).
        truth: labels of at least the table's images.
        train: of the training images, which say which pairs occur.
        labels: names.
        seed: of the bootstrap.
        draws: of the bootstrap.
        level: of the intervals.

    Returns:
        Protocol -> {"consistency", "calibration", "attribute_mean_AP"}, and protocol ->
        {"reliability", "categories", "confused", "attributes"}.
    """
    seen = seen_pairs(train.category, train.positives, len(labels.categories))
    figures, rows = {}, {}
    for view, part in by_view(table):
        own = truth.of(part["image_id"].to_numpy())
        found = part["found"].to_numpy(bool)
        category, attributes = (
            np.stack(part[f"{kind}_scores"].tolist()).astype(np.float64)
            for kind in ("category", "attribute")
        )
        bins = _reliability(category[found], attributes[found], own, found)
        by_attribute = errors.attribute_rows(
            attributes, own.positives, found, labels.attributes, labels.groups
        )
        figures[view] = {
            "consistency": consistency(
                category, attributes, own.category, own.positives, found, seen,
                seed=seed, draws=draws, level=level,
            ),
            "calibration": {
                "bins": BINS,
                "best_attributes": errors.RECALL_AT,
                **{kind: expected_error(one) for kind, one in bins.items()},
            },
            "attribute_mean_AP": _mean([row["AP"] for row in by_attribute]),
        }  # fmt: skip
        rows[view] = {
            "reliability": [{"scores": kind, **row} for kind, one in bins.items() for row in one],
            "categories": errors.category_rows(category, own.category, found, labels.categories),
            "confused": errors.confused_rows(category, own.category, found, labels.categories),
            "attributes": by_attribute,
        }
    return figures, rows


def _reliability(
    category: Scores, attributes: Scores, own: Truth, found: Mask
) -> dict[str, list[dict[str, Any]]]:
    """Of the best category, and of the best attributes, on images with a crop.

    Of all attributes most are near zero and absent, which would hide how wrong the others are.
    """
    guess = errors.predicted(category)
    confidence = category[np.arange(len(guess)), guess]
    best = topk_indices(attributes, errors.RECALL_AT)
    sure = np.take_along_axis(attributes, best, axis=1)
    holds = np.take_along_axis(own.positives[found], best, axis=1)
    return {
        CATEGORY: reliability(np.clip(confidence, 0, 1), guess == own.category[found]),
        ATTRIBUTES: reliability(np.clip(sure, 0, 1).ravel(), holds.ravel()),
    }


def _mean(values: list[float]) -> float | None:
    return float(np.mean(values)) if values else None
