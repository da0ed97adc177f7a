"""What a detector's network puts out as boxes, in NumPy; torchvision's arithmetic, step for step.

n candidates. Boxes are float32 [n, 4] xyxy pixels of the scaled photo, scores float32 [n].
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Integers = NDArray[np.int64]

# Of torchvision's BoxCoder: no box grows by more than this in one step.
LARGEST_GROWTH = math.log(1000 / 16)
_CHUNK = 128


class Candidates(NamedTuple):
    """``boxes`` [n, 4], ``labels`` [n] (an object type, or a pyramid's level), ``scores`` [n]."""

    boxes: Floats
    labels: Integers
    scores: Floats

    def at(self, rows: NDArray[np.generic]) -> Candidates:
        """Some of them: places [m] or a mask [n]."""
        return Candidates(self.boxes[rows], self.labels[rows], self.scores[rows])


def joined(parts: Sequence[Candidates]) -> Candidates:
    """One after the other."""
    return Candidates(*(np.concatenate(field) for field in zip(*parts, strict=True)))


def sigmoid(logits: Floats) -> Floats:
    """Logits to 0-1; a large negative one overflows to infinity on its way to 0."""
    with np.errstate(over="ignore"):
        return np.asarray(1 / (1 + np.exp(-logits)), dtype=np.float32)


def softmax(logits: Floats) -> Floats:
    """Of each row [n, k]."""
    raised = np.exp(logits - logits.max(1, keepdims=True))
    out: Floats = raised / raised.sum(1, keepdims=True)
    return out


def highest(values: Floats, most: int) -> Integers:
    """Places of the highest values [n], highest first; equal ones in their order."""
    places = np.arange(len(values))
    if most < len(values):
        places = np.sort(np.argpartition(-values, most)[:most])
    return places[np.argsort(-values[places], kind="stable")]


def anchors_at(places: Integers, base: Floats, stride: int, columns: int) -> Floats:
    """Anchors [n, 4] by their place in a level: cells row by row, each with all of ``base``.

    Args:
        places: [n].
        base: the anchors of the first cell [a, 4] xyxy.
        stride: pixels of a cell.
        columns: cells in a row.
    """
    cell, which = np.divmod(places, len(base))
    row, column = np.divmod(cell, columns)
    shift = np.stack([column, row, column, row], axis=1) * stride
    return base[which] + shift.astype(np.float32)


def decoded(
    deltas: Floats, anchors: Floats, weights: Sequence[float], growth: float = LARGEST_GROWTH
) -> Floats:
    """Anchors moved and grown by what the network says (Ren et al. 2015, Equation 2).

    Args:
        deltas: dx, dy, dw, dh of each [n, 4].
        anchors: [n, 4] xyxy.
        weights: that the four were multiplied by in training.
        growth: the most that dw and dh may be.
    """
    size = anchors[:, 2:] - anchors[:, :2]
    centre = anchors[:, :2] + np.float32(0.5) * size
    moved = deltas / np.asarray(weights, dtype=np.float32)
    centre = moved[:, :2] * size + centre
    # Without a limit a box may become infinite, which is cut at the photo's edges.
    with np.errstate(over="ignore"):
        half = np.float32(0.5) * np.exp(np.minimum(moved[:, 2:], np.float32(growth))) * size
    return np.concatenate([centre - half, centre + half], axis=1)


def clipped(boxes: Floats, size: tuple[int, int]) -> Floats:
    """Boxes cut at the edges of a photo of ``size`` (height, width)."""
    limits = np.asarray([size[1], size[0]] * 2, dtype=np.float32)
    return np.minimum(np.maximum(boxes, np.float32(0)), limits)


def wide_enough(boxes: Floats, least: float) -> NDArray[np.bool_]:
    """Which boxes have both sides of at least so many pixels [n]."""
    return np.all(boxes[:, 2:] - boxes[:, :2] >= np.float32(least), axis=1)


def not_empty(boxes: Floats) -> NDArray[np.bool_]:
    """Which boxes have any area [n]."""
    return np.all(boxes[:, 2:] > boxes[:, :2], axis=1)


def suppressed(found: Candidates, overlap: float, most: int) -> Candidates:
    """Non-maximum suppression among those of one label: the best ``most``, best first.

    A candidate falls where one kept before it, of its label, overlaps it by more than ``overlap``
    (intersection over union). Candidates are taken in chunks, best first, so that it ends once
    ``most`` are kept and no table of all pairs is made.
    """
    ranked = found.at(np.argsort(-found.scores, kind="stable"))
    kept = np.zeros(0, dtype=np.int64)
    for start in range(0, len(ranked.scores), _CHUNK):
        chunk = np.arange(start, min(start + _CHUNK, len(ranked.scores)))
        if len(kept):
            chunk = chunk[~_overlapping(ranked, chunk, kept, overlap).any(1)]
        kept = np.concatenate([kept, chunk[_greedy(_overlapping(ranked, chunk, chunk, overlap))]])
        if len(kept) >= most:
            break
    return ranked.at(kept[:most])


def _greedy(overlapping: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which rows of a chunk stay [n], of which of them overlap [n, n]."""
    alive = np.ones(len(overlapping), dtype=bool)
    for row in range(len(overlapping)):
        if alive[row]:
            alive[row + 1 :] &= ~overlapping[row, row + 1 :]
    return alive


def _overlapping(
    found: Candidates, rows: Integers, others: Integers, overlap: float
) -> NDArray[np.bool_]:
    """Whether each of ``rows`` and each of ``others`` are of one label and overlap too much."""
    a, b = found.boxes[rows].T[:, :, None], found.boxes[others].T[:, None]
    width = np.minimum(a[2], b[2]) - np.maximum(a[0], b[0])
    height = np.minimum(a[3], b[3]) - np.maximum(a[1], b[1])
    both = np.maximum(width, 0) * np.maximum(height, 0)
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (a, b)]
    too_much: NDArray[np.bool_] = both > np.float32(overlap) * (areas[0] + areas[1] - both)
    too_much &= found.labels[rows][:, None] == found.labels[others][None]
    return too_much
