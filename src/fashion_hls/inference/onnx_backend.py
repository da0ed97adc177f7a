"""Exported detectors and methods, run by ONNX Runtime on the CPU; torch is not imported."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from onnxruntime.capi.onnxruntime_pybind11_state import InvalidArgument

from fashion_hls.errors import UserError
from fashion_hls.inference.backend import CropScores, Detections
from fashion_hls.inference.onnx_decoding import DECODERS
from fashion_hls.inference.onnx_files import CARD, Source, open_graph, read_card
from fashion_hls.inference.onnx_photos import Frame, fit, restored

#: Crops at a time: more fill the memory and are no faster.
BATCH = 32
_Value = TypeVar("_Value")
_MISFITS = (ArithmeticError, LookupError, TypeError, ValueError, InvalidArgument)


@contextmanager
def _refused_settings() -> Iterator[None]:
    """A card that does not fit its graphs, as of an edited file, ends in one line."""
    try:
        yield
    except _MISFITS as error:
        raise UserError(
            f"{CARD}: settings: its graphs cannot be run with them ({error!r}); export the model "
            "again"
        ) from error


class _Exported:
    """What an exported detector and an exported method have in common."""

    def __init__(self, source: Source, task: str, graph: str, threads: int) -> None:
        """Open all graphs, of which it must have one."""
        self.card = read_card(source, task)
        self._graphs = {
            name: open_graph(source, self.card, name, threads)
            for name in dict.fromkeys((graph, *self.card.graphs))
        }

    def _setting(self, name: str, kind: Callable[..., _Value]) -> _Value:
        """A setting as a value of some kind."""
        try:
            given = self.card.settings[name]
            return kind(**given) if isinstance(given, Mapping) else kind(given)
        except (KeyError, TypeError, ValueError) as error:
            raise UserError(
                f"{CARD}: settings.{name}: missing or wrong; export the model again"
            ) from error


class OnnxDetector(_Exported):
    """A detector that ``export_detector`` wrote (a DetectorBackend)."""

    def __init__(self, source: Source, threads: int = 1) -> None:
        """Open it.

        Args:
            source: the folder, or its files by name.
            threads: that one photo uses.

        Raises:
            UserError: it holds no such detector, or another file than the one exported.
        """
        super().__init__(source, "detector", "maps", threads)
        if self.card.kind not in DECODERS:
            raise UserError(f"{CARD}: kind: {self.card.kind}: unknown; export the model again")
        self._decoder = DECODERS[self.card.kind]
        self._frame = self._setting("frame", Frame)

    def detect(self, photos: Sequence[NDArray[np.uint8]]) -> list[Detections]:
        """Upright RGB photos uint8 [height, width, 3] of any size; one after the other, so that
        none is padded for another."""
        return [self._one(photo) for photo in photos]

    def _run(self, name: str, inputs: dict[str, Any]) -> Sequence[Any]:
        return self._graphs[name].run(None, inputs)

    def _one(self, photo: NDArray[np.uint8]) -> Detections:
        with _refused_settings():
            fitted = fit(photo, self._frame)
            found = self._decoder(self._run, fitted, self.card.settings)
        return Detections(*restored(found, fitted, photo.shape[:2]))


class OnnxClassifier(_Exported):
    """A method that ``export_classifier`` wrote (a ClassifierBackend)."""

    def __init__(self, source: Source, threads: int = 1) -> None:
        """Open it.

        Args:
            source: the folder, or its files by name.
            threads: that one batch uses.

        Raises:
            UserError: it holds no such method, or another file than the one exported.
        """
        super().__init__(source, "classifier", "scores", threads)
        self.image_size = self._setting("image_size", int)
        self._graph = self._graphs["scores"]
        # A method that shares no type has no input for it.
        self._inputs = [one.name for one in self._graph.get_inputs()]
        self._outputs = [one.name for one in self._graph.get_outputs()]

    def classify(self, crops: NDArray[np.uint8], types: NDArray[np.int64]) -> CropScores:
        """Crops uint8 [b, s, s, 3], RGB, and detected object types [b]."""
        if crops.shape[1:] != (self.image_size, self.image_size, 3):
            raise ValueError(f"crops {crops.shape}: {self.image_size} pixels a side are needed")
        if not len(crops):
            raise ValueError("crops: there are none")
        given: dict[str, NDArray[Any]] = {"crops": crops, "types": types}
        parts = []
        for start in range(0, len(crops), BATCH):
            part = {name: given[name][start : start + BATCH] for name in self._inputs}
            with _refused_settings():
                parts.append(self._graph.run(None, part))
        arrays = (np.concatenate(one) for one in zip(*parts, strict=True))
        found = dict(zip(self._outputs, arrays, strict=True))
        return CropScores(
            found["category"], found["attributes"], found.get("attention"), found.get("embedding")
        )
