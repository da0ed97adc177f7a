"""The merged pipeline (paper §5.2.1, Figure 2): detect, crop, classify.

>>> from fashion_hls import Pipeline
>>> result = Pipeline.load()("photo.jpg")
>>> [(g.object_type, g.category.name) for g in result.garments]
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fashion_hls.errors import UserError
from fashion_hls.inference.backend import (
    ClassifierBackend,
    Detections,
    DetectorBackend,
)
from fashion_hls.inference.naming import garments
from fashion_hls.inference.photo import Photo, name_of, read_photo
from fashion_hls.inference.reading import read_ahead
from fashion_hls.inference.regions import crops_of, garments_of
from fashion_hls.inference.results import Garment, Result


class Seen(NamedTuple):
    """A photo's pixels, uint8 [h, w, 3], and what was found in it."""

    pixels: NDArray[np.uint8]
    result: Result


class Pipeline:
    """A detector and one or more methods that name what it finds. Calls change nothing in it."""

    def __init__(
        self,
        detector: DetectorBackend,
        classifiers: Mapping[str, ClassifierBackend],
        card: Mapping[str, Any],
    ) -> None:
        """Join loaded networks; :meth:`load` is the usual way.

        Args:
            detector: finds object types.
            classifiers: method to its networks.
            card: what bundle.json says (docs/bundle.md).
        """
        self._detector = detector
        self._classifiers = dict(classifiers)
        self.card = card

    @classmethod
    def load(
        cls,
        source: str | Path | None = None,
        *,
        method: str | None = None,
        backend: str | None = None,
        threads: int | None = None,
        device: str = "cpu",
    ) -> Pipeline:
        """Trained networks by where they lie.

        Args:
            source: a bundle (file or folder), a folder that the pipeline ran in, an MLflow run
                (``runs:/ID``) or registered model (``models:/NAME@alias``); None: the bundle
                that comes with the package.
            method: the one that speaks where none is named; None: the bundle's own choice.
            backend: ``torch``, or ``onnx`` (ONNX Runtime, of a bundle that ``fashion-hls export``
                made); None: what the bundle has.
            threads: of the library that runs the networks; None leaves it as it is.
            device: of torch, as ``cuda``.

        Raises:
            UserError: there is none, or it is damaged, of another version, or lacks the method.
        """
        from fashion_hls.inference.source import load_parts

        loaded = load_parts(source, backend=backend, threads=threads, device=device)
        pipeline = cls(loaded.detector, loaded.classifiers, loaded.card)
        if method is not None:
            pipeline._classifier(method)
            pipeline.card = {**loaded.card, "method": method}
        return pipeline

    @property
    def methods(self) -> tuple[str, ...]:
        """Those that it has."""
        return tuple(self._classifiers)

    @property
    def method(self) -> str:
        """The one that speaks where none is named."""
        return str(self.card["method"])

    def __call__(
        self,
        photo: Photo,
        *,
        method: str | None = None,
        min_score: float | None = None,
        top: int | None = None,
    ) -> Result:
        """The garments of one photo.

        Args:
            photo: a path, a file's bytes, a Pillow image, or a uint8 array [h, w, 3], RGB.
            method: one of :attr:`methods`.
            min_score: of a detection, 0 to 1; None: the bundle's.
            top: so many attributes of each garment, whatever their scores; None: those above the
                bundle's thresholds.

        Raises:
            UserError: it cannot be read, there is no such method, or an option is wrong.
        """
        chosen = self._chosen(method, min_score, top)
        pixels = read_photo(photo)
        return self._result(name_of(photo), pixels, chosen, min_score=min_score, top=top)

    def compare(self, photo: Photo, *, min_score: float | None = None) -> dict[str, Result]:
        """What each method says of the same detections."""
        self._chosen(None, min_score, None)
        name, pixels = name_of(photo), read_photo(photo)
        found = self._regions(pixels, min_score)
        return {
            method: self._described(name, pixels, found, method, top=None)
            for method in self.methods
        }

    def predict(
        self,
        photos: Iterable[Photo],
        *,
        on_error: Callable[[Photo, UserError], None] | None = None,
        **options: Any,
    ) -> Iterator[Result]:
        """Results of many photos, in their order; as :meth:`stream` without the pixels."""
        with closing(self.stream(photos, on_error=on_error, **options)) as stream:
            for seen in stream:
                yield seen.result

    def stream(
        self,
        photos: Iterable[Photo],
        *,
        method: str | None = None,
        min_score: float | None = None,
        top: int | None = None,
        batch_size: int = 8,
        workers: int = 2,
        on_error: Callable[[Photo, UserError], None] | None = None,
    ) -> Generator[Seen, None, None]:
        """Many photos, read ahead by threads; ``batch_size`` of them ahead.

        Each photo goes through the networks alone, so that its answer is the same whatever comes
        before or after it. Arrays must stay as they are until their results are out.

        Args:
            photos: any number of them.
            method: one of :attr:`methods`.
            min_score: as in a call.
            top: as in a call.
            batch_size: photos that are read ahead.
            workers: threads that read photos.
            on_error: told of each photo that cannot be read, which is left out; None: the first
                one ends the iteration, after the results of those before it.

        Raises:
            UserError: a photo cannot be read (see ``on_error``), or an option is wrong.
        """
        alone = isinstance(photos, str | bytes | os.PathLike | Image.Image)
        # Of an array [h, w, 3] each row would be taken for a photo.
        if alone or (isinstance(photos, np.ndarray) and photos.ndim < 4):
            raise UserError(f"{type(photos).__name__} is one photo; give a list of photos")
        if batch_size < 1 or workers < 1:
            raise UserError("batch_size and workers must be 1 or more")
        chosen = self._chosen(method, min_score, top)
        with closing(read_ahead(photos, batch_size, workers)) as reading:
            for photo, pixels in reading:
                if isinstance(pixels, UserError):
                    if on_error is None:
                        raise pixels
                    on_error(photo, pixels)
                    continue
                result = self._result(name_of(photo), pixels, chosen, min_score=min_score, top=top)
                yield Seen(pixels, result)
                # The next ones are read while this name would still hold the last one.
                del pixels

    def _result(
        self,
        name: str | None,
        pixels: NDArray[np.uint8],
        method: str,
        *,
        min_score: float | None,
        top: int | None,
    ) -> Result:
        return self._described(name, pixels, self._regions(pixels, min_score), method, top=top)

    def _regions(self, pixels: NDArray[np.uint8], min_score: float | None) -> Detections:
        rule = self.card["detection"]
        least = rule["min_score"] if min_score is None else min_score
        [found] = self._detector.detect([pixels])
        return garments_of(found, least, rule["most"])

    def _described(
        self,
        name: str | None,
        pixels: NDArray[np.uint8],
        found: Detections,
        method: str,
        *,
        top: int | None,
    ) -> Result:
        """What a method says of a photo's regions, whose crops are classified together."""
        size = self.card["classifiers"][method]["image_size"]
        named: tuple[Garment, ...] = ()
        if len(found.labels):
            crops = crops_of(pixels, found.boxes, size)
            scores = self._classifier(method).classify(crops, found.labels)
            named = garments(self.card, found, scores, method, top)
        height, width = pixels.shape[:2]
        return Result(width, height, named, method, name)

    def _chosen(self, method: str | None, min_score: float | None, top: int | None) -> str:
        """The method that is to speak; options that mean nothing are refused."""
        number = isinstance(min_score, int | float | np.number)
        if min_score is not None and not (number and 0 <= min_score <= 1):
            raise UserError(f"min_score: {min_score!r}: must be in 0 to 1")
        if top is not None and not (isinstance(top, int | np.integer) and top >= 1):
            raise UserError(f"top: {top!r}: must be 1 or more")
        chosen = method or self.method
        self._classifier(chosen)
        return chosen

    def _classifier(self, method: str) -> ClassifierBackend:
        if method not in self._classifiers:
            raise UserError(
                f"method {method}: these models have {', '.join(self.methods)}; choose one of them"
            )
        return self._classifiers[method]
