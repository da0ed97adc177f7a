"""What every detector offers, whatever its library.

Shapes: an image is float32 [3, h, w] in 0-1 at any size; boxes are float32 [n, 4] xyxy pixels
of that image; labels are int64 [n], the 0-based object type; scores float32 [n], best first.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TypedDict

from torch import Tensor, nn


class Target(TypedDict):
    """The truth of one image: ``boxes`` [n, 4] xyxy and ``labels`` [n]."""

    boxes: Tensor
    labels: Tensor


class Detection(TypedDict):
    """The detections of one image: ``boxes`` [n, 4] xyxy, ``labels`` [n], ``scores`` [n]."""

    boxes: Tensor
    labels: Tensor
    scores: Tensor


class Detector(nn.Module, ABC):
    """A network that finds object types; foreign conventions end inside it."""

    @abstractmethod
    def losses(self, images: list[Tensor], targets: list[Target]) -> dict[str, Tensor]:
        """The named scalar losses of a batch, to be summed."""

    @abstractmethod
    def predict(self, images: list[Tensor]) -> list[Detection]:
        """Detections of each image, at most ``max_detections``, in eval mode."""
