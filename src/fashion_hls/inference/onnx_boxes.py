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
