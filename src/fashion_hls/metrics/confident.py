"""Confident learning (Northcutt, Jiang & Chuang, JAIR 2021): which labels are probably wrong.

Shapes: n images, c classes. Probabilities are meant to be out-of-sample: a network that was trained
on a wrong label has learnt to agree with it.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ids = NDArray[np.integer[Any]]

#: Of an image whose probabilities reach no class's threshold.
UNSURE = -1


class Suspects(NamedTuple):
    """``rows`` [k]: images whose label is probably wrong, the surest first. ``suggested`` [k]:
    what they more probably are. ``expected``: how many of all n labels are wrong, estimated."""

    rows: NDArray[np.intp]
    suggested: NDArray[np.intp]
    expected: float


def thresholds(probabilities: Floats, given: Ids) -> Floats:
    """Mean self-confidence of each class [c] (Eq. 2): of what the images that bear its label get.

    A class without an image has an infinite one, which nothing reaches.

    Args:
        probabilities: [n, c].
        given: labels [n].
    """
    classes = probabilities.shape[1]
    own = probabilities[np.arange(len(given)), given]
    images = np.bincount(given, minlength=classes)
    sums = np.bincount(given, weights=own, minlength=classes)
    return np.divide(sums, images, out=np.full(classes, np.inf), where=images > 0)


def confident_labels(probabilities: Floats, given: Ids) -> NDArray[np.intp]:
    """The best of the classes whose threshold an image reaches [n]; ``UNSURE`` where there is none.

    Args:
        probabilities: [n, c].
        given: labels [n].
    """
    # A mean of equal numbers may lie a rounding above them.
    reached = probabilities >= thresholds(probabilities, given) - 1e-9
    best = np.where(reached, probabilities, -np.inf).argmax(axis=1)
    return np.where(reached.any(axis=1), best, UNSURE)


def confident_joint(given: Ids, confident: Ids, classes: int) -> NDArray[np.int64]:
    """Counts [c, c] of given label (row) and confident label (column), Eq. 1."""
    joint = np.zeros((classes, classes), dtype=np.int64)
    sure = confident != UNSURE
    np.add.at(joint, (given[sure], confident[sure]), 1)
    return joint


def expected_errors(joint: NDArray[np.int64], given: Ids) -> float:
    """How many labels are wrong, estimated (Eq. 3): each row scaled to the images of its label.

    A label of which no image is sure of anything adds none.
    """
    images = np.bincount(given, minlength=len(joint))
    sums = joint.sum(axis=1)
    wrong = sums - np.diag(joint)
    shares = np.divide(wrong, sums, out=np.zeros(len(joint)), where=sums > 0)
    return float(shares @ images)


def suspects(probabilities: Floats, given: Ids) -> Suspects:
    """Labels off the diagonal of the confident joint, by the margin to what is suggested.

    A label that its image finds more probable than the suggestion is not listed.

    Args:
        probabilities: [n, c], each row summing to 1.
        given: labels [n].
    """
    confident = confident_labels(probabilities, given)
    joint = confident_joint(given, confident, probabilities.shape[1])
    rows = np.arange(len(given))
    # Of the unsure the last class is read, and then left out.
    margin = probabilities[rows, given] - probabilities[rows, confident]
    chosen = np.flatnonzero((confident != UNSURE) & (confident != given) & (margin < 0))
    chosen = chosen[np.argsort(margin[chosen], kind="stable")]
    return Suspects(chosen, confident[chosen], expected_errors(joint, given))
