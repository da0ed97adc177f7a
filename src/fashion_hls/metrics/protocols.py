"""From the predictions file to figures under each protocol."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

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
from fashion_hls.metrics.intervals import bootstrap_values, percentile_interval
from fashion_hls.metrics.topk import topk_hits

Floats = NDArray[np.float64]

#: The protocol of somebody who has photos and no labels: mistakes and attention are shown on it.
IN_USE: Final = "end_to_end"


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
    """``compare``'s report of each protocol: a method's predictions less the reference's."""
    other = dict(by_view(reference))
    out = {}
    for view, part in by_view(table):
        if other[view]["image_id"].tolist() != part["image_id"].tolist():
            raise ValueError(f"{view}: the two predictions are over different images")
        labels = truth.of(part["image_id"].to_numpy())
        found = part["found"].to_numpy(bool)
        out[view] = compare(
            _scores(part), _scores(other[view]), labels.category, labels.positives, found, **options
        )
    return out


def mean_differences(
    table: pd.DataFrame,
    reference: pd.DataFrame,
    truth: Truth,
    group_of: Mapping[int, str],
    *,
    seed: int,
    draws: int,
    level: float,
) -> dict[str, Any]:
    """Top-1 of each group's own network less the reference's, as the mean over the groups.

    The paper sets "the mean accuracy of the four separate models" against the one for all
    (section 5.2.1); a large group counts no more than a small one.

    Args:
        table: predictions (``PREDICTION_COLUMNS``) of all groups' networks.
        reference: predictions of the one network, over these images and maybe others.
        truth: of the split.
        group_of: image_id -> group.
        seed: of the bootstrap.
        draws: of the bootstrap.
        level: of the interval.

    Returns:
        By protocol: images, level, draws, groups (name -> images) and, under "category", "top1"
        with "difference", "low", "high".

    Raises:
        ValueError: the reference lacks an image.
    """
    other = dict(by_view(reference))
    out = {}
    for view, part in by_view(table):
        ids = part["image_id"]
        same = other[view][other[view]["image_id"].isin(ids)].reset_index(drop=True)
        if same["image_id"].tolist() != ids.tolist():
            raise ValueError(f"{view}: the two predictions are over different images")
        category = truth.of(ids.to_numpy()).category
        ours, theirs = (
            topk_hits(_scores(one).category, category, 1, one["found"].to_numpy(bool))
            for one in (part, same)
        )
        gain = ours.astype(np.float64) - theirs.astype(np.float64)
        groups = ids.map(dict(group_of))
        names = sorted(set(groups))
        members = [(groups == name).to_numpy().astype(np.float64) for name in names]
        statistic = partial(_mean_over_groups, gain, members)
        drawn = bootstrap_values(statistic, len(ids), seed=seed, draws=draws)
        low, high = percentile_interval(drawn[:, 0], level)
        value = float(statistic(np.ones(len(ids)))[0])
        out[view] = {
            "level": level,
            "draws": draws,
            "images": len(ids),
            "groups": {n: int(own.sum()) for n, own in zip(names, members, strict=True)},
            "category": {"top1": {"difference": value, "low": low, "high": high}},
        }
    return out


def _mean_over_groups(gain: Floats, members: list[Floats], weights: Floats) -> Floats:
    """[1]: the groups' mean gains [n], each over its own images; NaN where a draw lacks a group."""
    shares = [weights * own for own in members]
    if any(share.sum() == 0 for share in shares):
        return np.full(1, np.nan)
    return np.array([np.mean([share @ gain / share.sum() for share in shares])])


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
