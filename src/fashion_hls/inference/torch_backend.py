"""Trained networks run by torch, on the CPU or a GPU."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from fashion_hls.classification.build import Classifier
from fashion_hls.detection.contract import Detector
from fashion_hls.inference.backend import CropScores, Detections


class TorchDetector:
    """A detector in eval mode, on whatever device."""

    def __init__(self, detector: Detector) -> None:
        self._detector = detector.eval()

    @torch.inference_mode()
    def detect(self, photos: Sequence[NDArray[np.uint8]]) -> list[Detections]:
        """As :meth:`DetectorBackend.detect`; photos of one size go through together."""
        device = next(self._detector.parameters()).device
        # Padding to the largest of a batch would change a photo's answer with its neighbours.
        groups: dict[tuple[int, ...], list[int]] = {}
        for index, photo in enumerate(photos):
            groups.setdefault(photo.shape, []).append(index)
        found: dict[int, Detections] = {}
        for places in groups.values():
            batch = torch.from_numpy(np.stack([photos[place] for place in places])).to(device)
            images = batch.permute(0, 3, 1, 2).float().div_(255)
            for place, one in zip(places, self._detector.predict(list(images)), strict=True):
                found[place] = Detections(
                    one["boxes"].float().cpu().numpy(),
                    one["labels"].long().cpu().numpy(),
                    one["scores"].float().cpu().numpy(),
                )
        return [found[index] for index in range(len(photos))]


class TorchClassifier:
    """A method in eval mode, on whatever device."""

    def __init__(self, classifier: Classifier) -> None:
        self._classifier = classifier.eval()

    @torch.inference_mode()
    def classify(self, crops: NDArray[np.uint8], types: NDArray[np.int64]) -> CropScores:
        """As :meth:`ClassifierBackend.classify`."""
        device = next(self._classifier.parameters()).device
        images = torch.from_numpy(crops).to(device).permute(0, 3, 1, 2).float().div_(255)
        scores = self._classifier.scores(images, torch.from_numpy(types).to(device))
        attention = scores.attention
        return CropScores(
            scores.category.cpu().numpy(),
            scores.attributes.cpu().numpy(),
            None if attention is None else attention.float().cpu().numpy(),
        )
