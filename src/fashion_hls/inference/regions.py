"""Which detections of a photo are garments, and their crops as a network takes them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fashion_hls.boxes import iou, whole_pixels
from fashion_hls.inference.backend import Detections

#: Two boxes that overlap by more show one garment: the better one stays. Of one type: chosen by F1
#: on the street photos of ``open``'s validation split. Of two types: a dress that was seen as a top
#: as well.
SAME_TYPE, OTHER_TYPE = 0.4, 0.8


def garments_of(found: Detections, min_score: float, most: int) -> Detections:
    """The detections that count: above a score, one for each garment, the best ``most``."""
    chosen: list[int] = []
    good = int((found.scores >= min_score).sum())
    boxes, labels = found.boxes[:good].astype(np.float64), found.labels[:good]
    overlap = iou(boxes, boxes)
    limit = np.where(labels[:, None] == labels[None, :], SAME_TYPE, OTHER_TYPE)
    for index in range(good):
        if len(chosen) < most and (overlap[index] < limit[index])[chosen].all():
            chosen.append(index)
    return Detections(found.boxes[chosen], found.labels[chosen], found.scores[chosen])


def crops_of(photo: NDArray[np.uint8], boxes: NDArray[np.float32], size: int) -> NDArray[np.uint8]:
    """Regions of a photo [h, w, 3] stretched to squares, uint8 [n, size, size, 3].

    As training's crops are (classification/crops.py), but that those were stored as JPEG between.
    """
    height, width = photo.shape[:2]
    out = np.empty((len(boxes), size, size, 3), dtype=np.uint8)
    for index, box in enumerate(boxes):
        x1, y1, x2, y2 = whole_pixels(box, width, height)
        region = Image.fromarray(photo[y1:y2, x1:x2])
        out[index] = np.asarray(region.resize((size, size), Image.Resampling.BILINEAR))
    return out
