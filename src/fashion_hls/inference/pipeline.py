"""The merged pipeline (paper §5.2.1, Figure 2): detect, crop, classify.

>>> from fashion_hls import Pipeline
>>> result = Pipeline.load()("photo.jpg")
>>> [(g.object_type, g.category.name) for g in result.garments]
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fashion_hls.errors import UserError
from fashion_hls.inference.backend import (
    ClassifierBackend,
    CropScores,
    Detections,
    DetectorBackend,
)
from fashion_hls.inference.photo import Photo, name_of, read_photo
from fashion_hls.inference.regions import crops_of, garments_of
from fashion_hls.inference.results import Garment, Label, Result

#: Categories that a garment names, best first.
CATEGORIES = 5
STEPS = ("category", "attributes")


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
        backend: str = "torch",
        threads: int | None = None,
        device: str = "cpu",
    ) -> Pipeline:
        """Trained networks by where they lie.

        Args:
            source: a bundle (file or folder), a folder that the pipeline ran in, an MLflow run
                (``runs:/ID``) or registered model (``models:/NAME@alias``); None: the bundle
                that comes with the package.
            method: the one that speaks where none is named; None: the bundle's own choice.
            backend: ``torch``, or ``onnx`` (ONNX Runtime; a bundle exported with ``--onnx``).
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
            min_score: of a detection; None: the bundle's.
            top: so many attributes of each garment, whatever their scores; None: those above the
                bundle's thresholds.

        Raises:
            UserError: it cannot be read, or there is no such method.
        """
        pixels = read_photo(photo)
        return self._results(
            [(name_of(photo), pixels)], method or self.method, min_score=min_score, top=top
        )[0]

    def compare(self, photo: Photo, *, min_score: float | None = None) -> dict[str, Result]:
        """What each method says of the same detections."""
        named = [(name_of(photo), read_photo(photo))]
        regions = self._regions(named, min_score)
        return {
            method: self._described(named, regions, method, top=None)[0] for method in self.methods
        }

    def predict(
        self,
        photos: Iterable[Photo],
        *,
        on_error: Callable[[Photo, UserError], None] | None = None,
        **options: Any,
    ) -> Iterator[Result]:
        """Results of many photos, in their order; as :meth:`stream` without the pixels."""
        for seen in self.stream(photos, on_error=on_error, **options):
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
    ) -> Iterator[Seen]:
        """Many photos, read ahead by threads; only a few are in memory at a time.

        Args:
            photos: any number of them.
            method: one of :attr:`methods`.
            min_score: as in a call.
            top: as in a call.
            batch_size: photos whose crops are classified together.
            workers: threads that read photos.
            on_error: told of each photo that cannot be read, which is left out; None: the first
                one ends the iteration.
        """
        chosen = method or self.method
        self._classifier(chosen)
        for batch in _batches(photos, batch_size, workers, on_error):
            results = self._results(batch, chosen, min_score=min_score, top=top)
            for (_, pixels), result in zip(batch, results, strict=True):
                yield Seen(pixels, result)

    def _results(
        self,
        named: list[tuple[str | None, NDArray[np.uint8]]],
        method: str,
        *,
        min_score: float | None,
        top: int | None,
    ) -> list[Result]:
        self._classifier(method)
        return self._described(named, self._regions(named, min_score), method, top=top)

    def _regions(
        self, named: list[tuple[str | None, NDArray[np.uint8]]], min_score: float | None
    ) -> list[Detections]:
        rule = self.card["detection"]
        least = rule["min_score"] if min_score is None else min_score
        found = self._detector.detect([pixels for _, pixels in named])
        return [garments_of(one, least, rule["most"]) for one in found]

    def _described(
        self,
        named: list[tuple[str | None, NDArray[np.uint8]]],
        regions: list[Detections],
        method: str,
        *,
        top: int | None,
    ) -> list[Result]:
        """Results of the regions of photos; the crops of all photos are classified together."""
        size = self.card["classifiers"][method]["image_size"]
        pairs = zip(named, regions, strict=True)
        crops = [crops_of(pixels, found.boxes, size) for (_, pixels), found in pairs]
        count = sum(map(len, crops))
        types = np.concatenate([found.labels for found in regions])
        scores = self._classifier(method).classify(np.concatenate(crops), types) if count else None
        results, start = [], 0
        for (source, pixels), found in zip(named, regions, strict=True):
            height, width = pixels.shape[:2]
            garments = tuple(
                self._garment(found, place, scores, start + place, method, top)
                for place in range(len(found.labels))
                if scores is not None
            )
            start += len(found.labels)
            results.append(Result(width, height, garments, method, source))
        return results

    def _garment(
        self,
        found: Detections,
        place: int,
        scores: CropScores,
        row: int,
        method: str,
        top: int | None,
    ) -> Garment:
        names = self.card["vocabulary"]
        category, attributes = scores.category[row], scores.attributes[row]
        maps = None
        if scores.attention is not None:
            maps = dict(zip(STEPS, scores.attention[row], strict=True))
        x1, y1, x2, y2 = found.boxes[place].tolist()
        own_type = names["category_types"][int(category.argmax())]
        return Garment(
            object_type=self.card["object_types"][int(found.labels[place])],
            box=(x1, y1, x2, y2),
            score=float(found.scores[place]),
            categories=_labels(category, names["categories"], np.arange(len(category)), CATEGORIES),
            attributes=self._attributes(attributes, method, top),
            type_agrees=bool(own_type == found.labels[place]),
            attention=maps,
        )

    def _attributes(
        self, scores: NDArray[np.float32], method: str, top: int | None
    ) -> tuple[Label, ...]:
        names = self.card["vocabulary"]["attributes"]
        thresholds = self.card["thresholds"].get(method)
        if top is None and thresholds is not None:
            above = np.flatnonzero(scores >= np.asarray(thresholds, dtype=np.float32))
            return _labels(scores, names, above, len(above))
        most = self.card["attributes_shown"] if top is None else top
        return _labels(scores, names, np.arange(len(scores)), most)

    def _classifier(self, method: str) -> ClassifierBackend:
        if method not in self._classifiers:
            raise UserError(
                f"method {method}: these models have {', '.join(self.methods)}; choose one of them"
            )
        return self._classifiers[method]


def _labels(
    scores: NDArray[np.float32], names: list[str], among: NDArray[np.int64], most: int
) -> tuple[Label, ...]:
    """The best of some labels; of equal scores the first in the vocabulary."""
    order = among[np.argsort(-scores[among], kind="stable")][:most]
    return tuple(Label(names[int(index)], float(scores[index])) for index in order)


def _batches(
    photos: Iterable[Photo],
    size: int,
    workers: int,
    on_error: Callable[[Photo, UserError], None] | None,
) -> Iterator[list[tuple[str | None, NDArray[np.uint8]]]]:
    """Photos read ahead, at most two batches of them, in batches of ``size``."""
    waiting: deque[tuple[Photo, Future[NDArray[np.uint8]]]] = deque()
    batch: list[tuple[str | None, NDArray[np.uint8]]] = []
    left = iter(photos)
    pool = ThreadPoolExecutor(max(1, workers))
    try:
        while True:
            while len(waiting) < 2 * size and (photo := next(left, None)) is not None:
                waiting.append((photo, pool.submit(read_photo, photo)))
            if not waiting:
                break
            photo, reading = waiting.popleft()
            try:
                batch.append((name_of(photo), reading.result()))
            except UserError as error:
                if on_error is None:
                    raise
                on_error(photo, error)
            if len(batch) == size:
                yield batch
                batch = []
        if batch:
            yield batch
    finally:
        pool.shutdown(cancel_futures=True)
