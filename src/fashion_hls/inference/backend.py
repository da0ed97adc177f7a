"""What a pipeline asks of the library that runs its networks: torch, or ONNX Runtime without it.

n detections of a photo, b crops of s x s pixels, c categories, a attributes, d features.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray


class Detections(NamedTuple):
    """Of one photo, best first: ``boxes`` float32 [n, 4] xyxy pixels of the photo, ``labels``
    int64 [n] object types, ``scores`` float32 [n]."""

    boxes: NDArray[np.float32]
    labels: NDArray[np.int64]
    scores: NDArray[np.float32]


class CropScores(NamedTuple):
    """``category`` [b, c] sums to 1, ``attributes`` [b, a] in 0-1, ``attention`` [b, 2, h', w'] of
    the category and the attribute step, ``embedding`` [b, d] of length 1 (embedding.py); all
    float32. Graphs of before embeddings have none."""

    category: NDArray[np.float32]
    attributes: NDArray[np.float32]
    attention: NDArray[np.float32] | None
    embedding: NDArray[np.float32] | None


class DetectorBackend(Protocol):
    """A trained detector."""

    def detect(self, photos: Sequence[NDArray[np.uint8]]) -> list[Detections]:
        """Upright RGB photos, each uint8 [height, width, 3] of any size."""
        ...


class ClassifierBackend(Protocol):
    """A trained method."""

    def classify(self, crops: NDArray[np.uint8], types: NDArray[np.int64]) -> CropScores:
        """Crops uint8 [b, s, s, 3], RGB, and detected object types [b]."""
        ...
