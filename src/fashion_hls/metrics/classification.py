"""Every classification figure of one method, with its interval (paper Tables 6 and 7).

Shapes: n images, c categories, a attributes. Which images are passed, and which of them are
``found``, is the protocol's choice, not this module's. Values are fractions.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fashion_hls.metrics.intervals import DRAWS, LEVEL, bootstrap_values, percentile_interval
from fashion_hls.metrics.recall import BEST, hits_at
from fashion_hls.metrics.topk import Mask, Scores, topk_hits

Ids = NDArray[np.integer[Any]]
Floats = NDArray[np.float64]
Report = dict[str, Any]

TOP: Final = (1, 3, 5)
RECALL_AT: Final = (1, 3, 5)
ALTERED_AT: Final = (3, 5)
CATEGORY_FIGURES: Final = tuple(f"top{k}" for k in TOP)
ATTRIBUTE_FIGURES: Final = (
    *(f"recall@{k}" for k in RECALL_AT),
    *(f"altered_recall@{k}" for k in ALTERED_AT),
)


class Predictions(NamedTuple):
    """What one method says of n images: scores [n, c] of categories and [n, a] of attributes."""

    category: Scores
    attributes: Scores


@dataclass(frozen=True, kw_only=True)
class _Figures:
    """All figures as one function of image weights [n], so that a draw serves them all.

    ``top`` [len(TOP), n]: category hits. ``hits`` [len(RECALL_AT), p]: hits at the p pairs of
    an image and an attribute that it has; ``image`` and ``attribute`` [p] name the pairs.
    """

    top: Floats
    hits: Floats
    image: NDArray[np.intp]
    attribute: NDArray[np.intp]
    attributes: int

    def __call__(self, weights: Floats) -> Floats:
        """Figures in the order of CATEGORY_FIGURES, ATTRIBUTE_FIGURES; NaN where undefined."""
        pairs = weights[self.image]
        positives = pairs.sum()
        recall = self.hits @ pairs / positives if positives else np.full(len(RECALL_AT), np.nan)
        occurring = self._per_attribute(pairs)
        altered = [self._altered(pairs, occurring, k, overall) for k, overall in self.best.items()]
        return np.concatenate([self.top @ weights / weights.sum(), recall, altered])

    def _altered(
        self, pairs: Floats, occurring: Floats, k: int, overall: dict[int, float]
    ) -> float:
        """Mean recall of these attributes; one that no image of a draw has keeps its overall one.

        Left out, it would lift the draws: rare attributes have the lowest recall.
        """
        best = list(overall)
        recalls = np.divide(
            self._per_attribute(pairs * self.hits[RECALL_AT.index(k)])[best],
            occurring[best],
            out=np.array(list(overall.values())),
            where=occurring[best] > 0,
        )
        return float(recalls.mean()) if best else float("nan")

    @cached_property
    def best(self) -> dict[int, dict[int, float]]:
        """For each of ALTERED_AT all images' best attributes, and the recall of each.

        They are chosen once and kept in every draw. Chosen anew, the luckiest of each draw
        would lift it, and with many rare attributes the interval would lie above the value.
        """
        occurring = self._per_attribute(np.ones(len(self.image)))
        occurs = np.flatnonzero(occurring)
        best = {}
        for k in ALTERED_AT:
            hits = self._per_attribute(self.hits[RECALL_AT.index(k)])
            recalls = hits[occurs] / occurring[occurs]
            order = np.argsort(-recalls, kind="stable")[:BEST]
            best[k] = {int(occurs[place]): float(recalls[place]) for place in order}
        return best

    def _per_attribute(self, pairs: Floats) -> Floats:
        counts = np.bincount(self.attribute, weights=pairs, minlength=self.attributes)
        return counts.astype(np.float64)


def _figures(predictions: Predictions, category: Ids, positives: Mask, found: Mask) -> _Figures:
    image, attribute = np.nonzero(positives)
    top = [topk_hits(predictions.category, category, k, found) for k in TOP]
    hits = hits_at(predictions.attributes, image, attribute, RECALL_AT, found)
    return _Figures(
        top=np.stack(top).astype(np.float64),
        hits=hits.astype(np.float64),
        image=image,
        attribute=attribute,
        attributes=positives.shape[1],
    )


def _number(value: float) -> float | None:
    """JSON has no NaN."""
    return None if np.isnan(value) else float(value)


def _report(
    value_name: str, positives: Mask, values: Floats, drawn: Floats, level: float
) -> Report:
    figures = []
    for value, draws in zip(values, drawn.T, strict=True):
        interval = percentile_interval(draws, level)
        figures.append(
            {
                value_name: _number(value),
                "low": _number(interval.low),
                "high": _number(interval.high),
            }
        )
    categories = len(CATEGORY_FIGURES)
    return {
        "level": level,
        "draws": len(drawn),
        "images": len(positives),
        "attribute_positives": int(positives.sum()),
        "attributes_occurring": int(positives.any(axis=0).sum()),
        "category": dict(zip(CATEGORY_FIGURES, figures[:categories], strict=True)),
        "attributes": dict(zip(ATTRIBUTE_FIGURES, figures[categories:], strict=True)),
    }


def _undefined(draws: int) -> tuple[Floats, Floats]:
    """Values and draws where there is no image."""
    figures = len(CATEGORY_FIGURES) + len(ATTRIBUTE_FIGURES)
    return np.full(figures, np.nan), np.full((draws, figures), np.nan)


def evaluate(
    category_scores: Scores,
    category: Ids,
    attribute_scores: Scores,
    positives: Mask,
    found: Mask,
    *,
    seed: int,
    draws: int = DRAWS,
    level: float = LEVEL,
) -> Report:
    """Figures of one method: {"value", "low", "high"} under "category" and "attributes".

    Scores [n, c] and [n, a], true category [n], true attributes bool [n, a]; ``found`` [n] is
    False where the detector gave no crop (wrong category, no attribute hit). Undefined is None.
    """
    values, drawn = _undefined(draws)
    if len(category):
        predictions = Predictions(category_scores, attribute_scores)
        figures = _figures(predictions, category, positives, found)
        values = figures(np.ones(len(category)))
        drawn = bootstrap_values(figures, len(category), seed=seed, draws=draws)
    return _report("value", positives, values, drawn, level)


def compare(
    a: Predictions,
    b: Predictions,
    category: Ids,
    positives: Mask,
    found: Mask,
    *,
    seed: int,
    draws: int = DRAWS,
    level: float = LEVEL,
) -> Report:
    """Figures of method a less those of b on the same images: {"difference", "low", "high"}.

    Shapes and keys as in ``evaluate``. Both are computed on the same resamples, so that what
    an easy or a hard image adds to both drops out of the interval.
    """
    values, drawn = _undefined(draws)
    if len(category):
        first, second = (_figures(one, category, positives, found) for one in (a, b))
        ones = np.ones(len(category))
        values = first(ones) - second(ones)
        drawn = bootstrap_values(
            lambda w: first(w) - second(w), len(category), seed=seed, draws=draws
        )
    return _report("difference", positives, values, drawn, level)


def frequency_scores(
    train_category: Ids, train_positives: Mask, n: int, categories: int
) -> Predictions:
    """Baseline that sees no image: the training set's label frequencies, the same n times.

    ``train_category`` [m], ``train_positives`` bool [m, a]; ``categories`` is c.
    """
    counts = np.bincount(train_category, minlength=categories).astype(np.float64)
    frequencies = train_positives.sum(axis=0) / max(len(train_positives), 1)
    return Predictions(
        np.broadcast_to(counts, (n, categories)),
        np.broadcast_to(frequencies, (n, train_positives.shape[1])),
    )


def frequency_scores_given_category(
    train_category: Ids,
    train_positives: Mask,
    category: Ids,
    categories: int,
    smoothing: float = 1.0,
) -> Predictions:
    """Oracle baseline: attribute frequencies among the training images of the true category.

    Additive smoothing toward the global frequencies p, as if every category had ``smoothing``
    more images with attributes at p: (count + smoothing * p) / (images + smoothing). So an
    attribute unseen in a category still ranks by how common it is, and a category without
    training images gets p. Category scores are one at the true category [n]: no figure to report.
    """
    overall = train_positives.sum(axis=0) / max(len(train_positives), 1)
    counts = np.zeros((categories, train_positives.shape[1]))
    image, attribute = np.nonzero(train_positives)
    np.add.at(counts, (train_category[image], attribute), 1)
    images = np.bincount(train_category, minlength=categories)[:, None]
    given = (counts + smoothing * overall) / (images + smoothing)
    return Predictions(np.eye(categories)[category], given[category])
