"""Loaded networks, and what they say of one photo (paper §5.2.1, Figure 2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fashion_hls.errors import UserError
from fashion_hls.inference.backend import ClassifierBackend, Detections, DetectorBackend
from fashion_hls.inference.naming import garments
from fashion_hls.inference.regions import crops_of, garments_of
from fashion_hls.inference.results import Garment, Result


class Asked(NamedTuple):
    """What a caller wants of a photo: ``method`` speaks; the rest as in ``Pipeline``'s call."""

    method: str
    min_score: float | None = None
    top: int | None = None


class Networks(NamedTuple):
    """A detector and, by method, what names its finds. Calls change nothing in them."""

    detector: DetectorBackend
    classifiers: Mapping[str, ClassifierBackend]

    def classifier(self, method: str) -> ClassifierBackend:
        """A method's own.

        Raises:
            UserError: there is no such method.
        """
        if method not in self.classifiers:
            raise UserError(
                f"method {method}: these models have {', '.join(self.classifiers)}; choose one "
                "of them"
            )
        return self.classifiers[method]

    def regions(
        self, card: Mapping[str, Any], pixels: NDArray[np.uint8], min_score: float | None
    ) -> Detections:
        """The garments' boxes of a photo uint8 [h, w, 3]; ``card`` is bundle.json's content."""
        rule = card["detection"]
        least = rule["min_score"] if min_score is None else min_score
        [found] = self.detector.detect([pixels])
        return garments_of(found, least, rule["most"])

    def described(
        self,
        card: Mapping[str, Any],
        name: str | None,
        pixels: NDArray[np.uint8],
        found: Detections,
        asked: Asked,
    ) -> Result:
        """What a method says of a photo's regions, whose crops are classified together."""
        size = card["classifiers"][asked.method]["image_size"]
        named: tuple[Garment, ...] = ()
        if len(found.labels):
            crops = crops_of(pixels, found.boxes, size)
            scores = self.classifier(asked.method).classify(crops, found.labels)
            named = garments(card, found, scores, asked.method, asked.top)
        height, width = pixels.shape[:2]
        return Result(width, height, named, asked.method, name)

    def result(
        self, card: Mapping[str, Any], name: str | None, pixels: NDArray[np.uint8], asked: Asked
    ) -> Result:
        """Both steps; ``name`` is the photo's."""
        found = self.regions(card, pixels, asked.min_score)
        return self.described(card, name, pixels, found, asked)


class Lanes(NamedTuple):
    """The same networks for several photos: ``at_once`` threads are to call them.

    A network's layers leave cores idle between them, the smaller the layer the more; photos side by
    side do not. What is said of a photo is the same.
    """

    networks: Networks
    at_once: int


#: Lanes by the method that speaks; opened when they are first asked for, a part of a second.
OpenLanes = Callable[[str], Lanes]
