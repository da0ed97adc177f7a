"""From the predictions file to figures under each protocol."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fashion_hls.metrics.classification import (
    Predictions,
    compare,
    evaluate,
    frequency_scores,
    frequency_scores_given_category,
)


@dataclass(frozen=True, kw_only=True)
class Truth:
    """True labels of n images: ids [n], category [n], positives bool [n, a]."""

    image_id: NDArray[np.int64]
    category: NDArray[np.int64]
    positives: NDArray[np.bool_]

    def of(self, image_ids: NDArray[np.int64]) -> Truth:
        """The labels of these images, in their order."""
        place = {int(name): row for row, name in enumerate(self.image_id)}
        rows = np.array([place[int(name)] for name in image_ids], dtype=np.intp)
        return Truth(
            image_id=image_ids, category=self.category[rows], positives=self.positives[rows]
        )


def by_view(table: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """The rows of each protocol, in the order of image ids."""
    for view, part in table.groupby("view", sort=True):
        yield str(view), part.sort_values("image_id").reset_index(drop=True)


def _scores(part: pd.DataFrame) -> Predictions:
    return Predictions(
        np.stack(part["category_scores"].tolist()).astype(np.float64),
        np.stack(part["attribute_scores"].tolist()).astype(np.float64),
    )


def method_figures(table: pd.DataFrame, truth: Truth, **options: Any) -> dict[str, Any]:
    """``evaluate``'s report of each protocol in a predictions file.

    Args:
        table: image_id, view, found, category_scores, attribute_scores.
        truth: labels of at least the table's images.
        options: seed, draws and level of the intervals.
    """
    out = {}
    for view, part in by_view(table):
        labels, scores = truth.of(part["image_id"].to_numpy()), _scores(part)
        found = part["found"].to_numpy(bool)
        out[view] = evaluate(
            scores.category, labels.category, scores.attributes, labels.positives, found, **options
        )
    return out


def differences(
    table: pd.DataFrame, reference: pd.DataFrame, truth: Truth, **options: Any
) -> dict[str, Any]:
    """``compare``'s report of each protocol: a method's predictions less the reference's.

    Over the images that the method predicted. A method that names no attributes is compared by
    its categories alone.

    Raises:
        ValueError: the reference lacks an image of the method's, or has other attributes.
    """
    other = dict(by_view(reference))
    out = {}
    for view, part in by_view(table):
        same = other[view][other[view]["image_id"].isin(part["image_id"])].reset_index(drop=True)
        if same["image_id"].tolist() != part["image_id"].tolist():
            raise ValueError(f"{view}: the two predictions are over different images")
        labels = truth.of(part["image_id"].to_numpy())
        found = part["found"].to_numpy(bool)
        ours, theirs = _scores(part), _scores(same)
        width = ours.attributes.shape[1]
        if width not in (0, theirs.attributes.shape[1]):
            raise ValueError(f"{view}: the two predictions are over different attributes")
        out[view] = compare(
            ours,
            Predictions(theirs.category, theirs.attributes[:, :width]),
            labels.category,
            labels.positives[:, :width],
            found,
            **options,
        )
    return out


def baseline_figures(
    views: dict[str, pd.DataFrame], train: Truth, test: Truth, categories: int, **options: Any
) -> dict[str, Any]:
    """Two rows that any method must beat, under each protocol.

    They see no picture; on an image without a crop they are wrong as every method is.

    Args:
        views: rows of the test split (image_id, found) by protocol.
        train: labels that the frequencies come from.
        test: labels of the test split.
        categories: c.
        options: seed, draws and level of the intervals.
    """
    out: dict[str, Any] = {}
    for view, part in views.items():
        labels = test.of(part["image_id"].to_numpy())
        found = part["found"].to_numpy(bool)
        rows = {
            "frequencies": frequency_scores(train.category, train.positives, len(part), categories),
            "frequencies_given_true_category": frequency_scores_given_category(
                train.category, train.positives, labels.category, categories
            ),
        }
        out[view] = {
            name: evaluate(
                scores.category,
                labels.category,
                scores.attributes,
                labels.positives,
                found,
                **options,
            )
            for name, scores in rows.items()
        }
    return out
