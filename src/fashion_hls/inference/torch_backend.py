"""Trained networks run by torch, on the CPU or a GPU."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from fashion_hls.classification.build import Classifier
from fashion_hls.detection.contract import Detector
from fashion_hls.inference.backend import CropScores, Detections
from fashion_hls.inference.embedding import Embedder


class TorchDetector:
    """A detector in eval mode, on whatever device."""

    def __init__(self, detector: Detector) -> None:
        self._detector = detector.eval()

    @torch.inference_mode()
    def detect(self, photos: Sequence[NDArray[np.uint8]]) -> list[Detections]:
        """As :meth:`DetectorBackend.detect`.

        Photos go through one by one: padding to the largest of a batch would change a photo's
        answer with its neighbours, and on a CPU a batch costs as much as its photos.
        """
        return [self._one(photo) for photo in photos]

    def _one(self, photo: NDArray[np.uint8]) -> Detections:
        device = next(self._detector.parameters()).device
        # A photo may be read-only, which torch warns of.
        image = torch.from_numpy(photo.copy()).to(device).permute(2, 0, 1).float().div_(255)
        [one] = self._detector.predict([image])
        return Detections(
            one["boxes"].float().cpu().numpy(),
            one["labels"].long().cpu().numpy(),
            one["scores"].float().cpu().numpy(),
        )


class TorchClassifier:
    """A method in eval mode, on whatever device."""

    def __init__(self, classifier: Classifier) -> None:
        self._embedder = Embedder(classifier.eval())

    @torch.inference_mode()
    def classify(self, crops: NDArray[np.uint8], types: NDArray[np.int64]) -> CropScores:
        """As :meth:`ClassifierBackend.classify`."""
        device = next(self._embedder.parameters()).device
        images = torch.from_numpy(crops).to(device).permute(0, 3, 1, 2).float().div_(255)
        scores, embedding = self._embedder(images, torch.from_numpy(types).to(device))
        attention = scores.attention
        return CropScores(
            scores.category.cpu().numpy(),
            scores.attributes.cpu().numpy(),
            None if attention is None else attention.float().cpu().numpy(),
            embedding.float().cpu().numpy(),
        )
