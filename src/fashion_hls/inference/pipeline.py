"""The merged pipeline (paper §5.2.1, Figure 2): detect, crop, classify.

>>> from fashion_hls import Pipeline
>>> result = Pipeline.load()("photo.jpg")
>>> [(g.object_type, g.category.name) for g in result.garments]
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sized
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fashion_hls.errors import UserError
from fashion_hls.inference.backend import ClassifierBackend, DetectorBackend
from fashion_hls.inference.networks import Asked, Networks, OpenLanes
from fashion_hls.inference.photo import Photo, name_of, read_photo
from fashion_hls.inference.reading import Read, Unread, in_order, read
from fashion_hls.inference.results import Result

#: From so many photos on lanes save more time than it takes to open them.
_MANY = 8


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
        lanes: OpenLanes | None = None,
    ) -> None:
        """Join loaded networks; :meth:`load` is the usual way.

        Args:
            detector: finds object types.
            classifiers: method to its networks.
            card: what bundle.json says (docs/bundle.md).
            lanes: opens the same networks for several photos at a time, where many are asked for;
                None: photos go through the networks one after the other.
        """
        self._networks = Networks(detector, dict(classifiers))
        self._lanes = lanes
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
            threads: of the library that runs the networks; by ONNX Runtime many photos share them
                out among themselves. None leaves it as it is.
            device: of torch, as ``cuda``.

        Raises:
            UserError: there is none, or it is damaged, of another version, or lacks the method.
        """
        from fashion_hls.inference.source import load_parts

        loaded = load_parts(source, backend=backend, threads=threads, device=device)
        pipeline = cls(*loaded.networks, loaded.card, loaded.lanes)
        if method is not None:
            pipeline._networks.classifier(method)
            pipeline.card = {**loaded.card, "method": method}
        return pipeline

    @property
    def methods(self) -> tuple[str, ...]:
        """Those that it has."""
        return tuple(self._networks.classifiers)

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
        asked = self._asked(method, min_score, top)
        return self._networks.result(self.card, name_of(photo), read_photo(photo), asked)

    def compare(self, photo: Photo, *, min_score: float | None = None) -> dict[str, Result]:
        """What each method says of the same detections."""
        self._asked(None, min_score, None)
        name, pixels = name_of(photo), read_photo(photo)
        found = self._networks.regions(self.card, pixels, min_score)
        return {
            method: self._networks.described(self.card, name, pixels, found, Asked(method))
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
        before or after it; by ONNX Runtime several do so side by side. Arrays must stay as they
        are until their results are out.

        Args:
            photos: any number of them.
            method: one of :attr:`methods`.
            min_score: as in a call.
            top: as in a call.
            batch_size: photos that are read ahead; as many more, at most, are being named.
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
        asked = self._asked(method, min_score, top)
        with ExitStack() as stack:
            reading = in_order(read, photos, ahead=batch_size, workers=workers, name="read-photo")
            stack.enter_context(closing(reading))
            networks, at_once = self._networks, 1
            if self._lanes is not None and not _few(photos):
                networks, at_once = self._lanes(asked.method)
                at_once = min(at_once, batch_size)

            def named(one: Read | Unread) -> Seen | Unread:
                if isinstance(one, Unread):
                    return one
                name = name_of(one.photo)
                return Seen(one.pixels, networks.result(self.card, name, one.pixels, asked))

            naming: Iterator[Seen | Unread] = map(named, reading)
            if at_once > 1:
                # More than there are threads, so that a slow photo leaves none without work.
                ahead = min(2 * at_once, batch_size)
                naming = in_order(named, reading, ahead=ahead, workers=at_once, name="name-photo")
                stack.enter_context(closing(naming))
            for one in naming:
                if isinstance(one, Seen):
                    yield one
                elif on_error is None:
                    raise one.error
                else:
                    on_error(one.photo, one.error)
                # The next ones are read while this name would still hold the last one.
                del one

    def _asked(self, method: str | None, min_score: float | None, top: int | None) -> Asked:
        """Options, of which those that mean nothing are refused."""
        number = isinstance(min_score, int | float | np.number)
        if min_score is not None and not (number and 0 <= min_score <= 1):
            raise UserError(f"min_score: {min_score!r}: must be in 0 to 1")
        if top is not None and not (isinstance(top, int | np.integer) and top >= 1):
            raise UserError(f"top: {top!r}: must be 1 or more")
        chosen = method or self.method
        self._networks.classifier(chosen)
        return Asked(chosen, min_score, top)


def _few(photos: Iterable[Photo]) -> bool:
    """Whether to open lanes would take longer than they save."""
    return isinstance(photos, Sized) and len(photos) < _MANY
