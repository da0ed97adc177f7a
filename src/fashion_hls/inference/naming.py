"""Scores of crops as named garments, by what a bundle's card says (docs/bundle.md)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fashion_hls.inference.backend import CropScores, Detections
from fashion_hls.inference.results import Garment, Label

#: Categories that a garment names, best first.
CATEGORIES = 5
STEPS = ("category", "attributes")


def garments(
    card: Mapping[str, Any], found: Detections, scores: CropScores, method: str, top: int | None
) -> tuple[Garment, ...]:
    """Garments in the order of their detections.

    Args:
        card: vocabulary, object types, thresholds.
        found: detections [n].
        scores: of their crops [n].
        method: whose scores they are.
        top: so many attributes of each; None: those above the method's thresholds.
    """
    return tuple(
        _garment(card, found, scores, place, method, top) for place in range(len(found.labels))
    )


def _garment(
    card: Mapping[str, Any],
    found: Detections,
    scores: CropScores,
    place: int,
    method: str,
    top: int | None,
) -> Garment:
    names = card["vocabulary"]
    category = scores.category[place]
    maps = None
    if scores.attention is not None:
        maps = dict(zip(STEPS, scores.attention[place], strict=True))
    x1, y1, x2, y2 = found.boxes[place].tolist()
    own_type = names["category_types"][int(category.argmax())]
    return Garment(
        object_type=card["object_types"][int(found.labels[place])],
        box=(x1, y1, x2, y2),
        score=float(found.scores[place]),
        categories=_labels(category, names["categories"], np.arange(len(category)), CATEGORIES),
        attributes=_attributes(card, scores.attributes[place], method, top),
        type_agrees=bool(own_type == found.labels[place]),
        attention=maps,
        embedding=None if scores.embedding is None else scores.embedding[place],
    )


def _attributes(
    card: Mapping[str, Any], scores: NDArray[np.float32], method: str, top: int | None
) -> tuple[Label, ...]:
    names = card["vocabulary"]["attributes"]
    thresholds = card["thresholds"].get(method)
    if top is None and thresholds is not None:
        above = np.flatnonzero(scores >= np.asarray(thresholds, dtype=np.float32))
        return _labels(scores, names, above, len(above))
    most = card["attributes_shown"] if top is None else top
    return _labels(scores, names, np.arange(len(scores)), most)


def _labels(
    scores: NDArray[np.float32], names: list[str], among: NDArray[np.int64], most: int
) -> tuple[Label, ...]:
    """The best of some labels; of equal scores the first in the vocabulary."""
    order = among[np.argsort(-scores[among], kind="stable")][:most]
    return tuple(Label(names[int(index)], float(scores[index])) for index in order)
