"""Boxes. Every array says its format in its name; no function changes its input.

``xyxy``: corners, pixels of the original image, x2 and y2 exclusive. ``xywh``: corner and size.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Boxes = NDArray[np.float64]


def xyxy_to_xywh(xyxy: Boxes) -> Boxes:
    """Corners [n, 4] to corner and size [n, 4], the format of COCO files."""
    return np.concatenate([xyxy[:, :2], xyxy[:, 2:] - xyxy[:, :2]], axis=1)


def xywh_to_xyxy(xywh: Boxes) -> Boxes:
    """Corner and size [n, 4] to corners [n, 4]."""
    return np.concatenate([xywh[:, :2], xywh[:, :2] + xywh[:, 2:]], axis=1)


def clip(xyxy: Boxes, width: float, height: float) -> Boxes:
    """Boxes [n, 4] cut at the image's edges; one wholly outside gets no area."""
    return np.clip(xyxy, 0, np.array([width, height, width, height], dtype=np.float64))


def area(xyxy: Boxes) -> NDArray[np.float64]:
    """Areas [n] in square pixels; an inverted box has none."""
    size: NDArray[np.float64] = np.maximum(xyxy[:, 2:] - xyxy[:, :2], 0)
    return size[:, 0] * size[:, 1]


def iou(a_xyxy: Boxes, b_xyxy: Boxes) -> NDArray[np.float64]:
    """Intersection over union [n, m] of every box in a [n, 4] with every box in b [m, 4]."""
    low = np.maximum(a_xyxy[:, None, :2], b_xyxy[None, :, :2])
    high = np.minimum(a_xyxy[:, None, 2:], b_xyxy[None, :, 2:])
    overlap = np.prod(np.maximum(high - low, 0), axis=2)
    union = area(a_xyxy)[:, None] + area(b_xyxy)[None, :] - overlap
    out: NDArray[np.float64] = np.divide(
        overlap, union, out=np.zeros_like(overlap), where=union > 0
    )
    return out


def whole_pixels(
    xyxy: Sequence[float] | NDArray[np.floating], width: int, height: int
) -> tuple[int, int, int, int]:
    """The smallest region of whole pixels that holds a box [4], at least one, in the image."""
    x1 = min(max(0, math.floor(xyxy[0])), width - 1)
    y1 = min(max(0, math.floor(xyxy[1])), height - 1)
    x2, y2 = min(width, math.ceil(xyxy[2])), min(height, math.ceil(xyxy[3]))
    return x1, y1, max(x2, x1 + 1), max(y2, y1 + 1)
