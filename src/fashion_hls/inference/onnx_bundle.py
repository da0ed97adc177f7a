"""A bundle of ONNX graphs: the same card, for prediction without torch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fashion_hls.errors import UserError
from fashion_hls.inference.backend import ClassifierBackend
from fashion_hls.inference.bundle import CARD, README, WEIGHTS, Bundle, pack
from fashion_hls.inference.card import check_card
from fashion_hls.inference.networks import Lanes, Networks
from fashion_hls.inference.onnx_backend import OnnxClassifier, OnnxDetector
from fashion_hls.inference.photo import Photo, read_photo
from fashion_hls.inference.source import Loaded

#: Folder of the graphs within a bundle: ``onnx/detector/…``, ``onnx/METHOD/…``.
FOLDER, DETECTOR = "onnx", "detector"
#: Photos at a time; with more of them Python itself, one thread at a time, would be the limit.
MOST_LANES = 8


@dataclass(frozen=True)
class Calibration:
    """What 8-bit ranges are taken from: photos as people will bring.

    They are read anew each time they are gone through: only one is in memory.
    """

    photos: Sequence[Photo]

    def __iter__(self) -> Iterator[NDArray[np.uint8]]:
        """The photos, uint8 [h, w, 3].

        Raises:
            UserError: one cannot be read.
        """
        return (read_photo(one) for one in self.photos)


def has_graphs(bundle: Bundle) -> bool:
    """Whether a bundle holds ONNX graphs."""
    return any(name.startswith(f"{FOLDER}/") for name in bundle.card["files"])


def from_graphs(bundle: Bundle, threads: int) -> Loaded:
    """The networks of a bundle of graphs; torch is not imported.

    Args:
        bundle: opened.
        threads: that one photo uses, and that many photos share.

    Raises:
        UserError: it holds no graphs, or damaged ones.
    """
    if not has_graphs(bundle):
        raise UserError(
            f"{bundle.path}: holds no ONNX graphs; `fashion-hls export OUT.fhls --models "
            f"{bundle.path}` makes a bundle that does"
        )
    check_card(bundle.card, f"{bundle.path}: {CARD}")
    methods = bundle.card["classifiers"]
    files = {name: _files(bundle, name) for name in (DETECTOR, *methods)}
    classifiers = {name: _classifier(bundle, name, files[name], threads) for name in methods}
    networks = Networks(OnnxDetector(files[DETECTOR], threads), classifiers)
    lanes = _OpenLanes(bundle, files, threads) if threads > 1 else None
    return Loaded(networks, bundle.card, lanes)


class _OpenLanes:
    """Opens lanes when photos come (OpenLanes)."""

    def __init__(self, bundle: Bundle, files: dict[str, dict[str, bytes]], threads: int) -> None:
        """Keep the graphs' bytes until they are opened: the bundle may be gone by then."""
        self._bundle, self._files = bundle, files
        self._at_once, self._each = shared_out(threads)
        self._detector: OnnxDetector | None = None
        self._classifiers: dict[str, ClassifierBackend] = {}
        self._lock = Lock()

    def __call__(self, method: str) -> Lanes:
        with self._lock:
            if self._detector is None:
                self._detector = OnnxDetector(self._files.pop(DETECTOR), self._each)
            if method not in self._classifiers:
                files = self._files.pop(method)
                self._classifiers[method] = _classifier(self._bundle, method, files, self._each)
        return Lanes(Networks(self._detector, self._classifiers), self._at_once)


def shared_out(threads: int) -> tuple[int, int]:
    """Of so many threads, how many photos are at work at a time, and the threads of a graph.

    A graph's helpers are shared by all who call it, and each caller works as well.
    """
    at_once = min(threads, MOST_LANES)
    return at_once, threads - at_once + 1


def _classifier(
    bundle: Bundle, method: str, files: Mapping[str, bytes], threads: int
) -> OnnxClassifier:
    """A method whose crops are of the size that the card names."""
    told = bundle.card["classifiers"][method]["image_size"]
    classifier = OnnxClassifier(files, threads)
    if classifier.image_size != told:
        raise UserError(
            f"{bundle.path}: {CARD}: classifiers.{method}.image_size: is {told}, and its graph "
            f"takes {classifier.image_size} pixels; fetch the bundle again"
        )
    return classifier


def export_bundle(bundle: Bundle, calibration: Calibration | None = None) -> bytes:
    """A bundle of weights as a bundle of graphs.

    Args:
        bundle: of weights.
        calibration: quantises all networks to 8-bit integers by these photos.

    Raises:
        UserError: it holds no weights, or its detector has no export.
    """
    from fashion_hls.inference.onnx_export import export_classifier, export_detector
    from fashion_hls.inference.torch_loading import networks_of

    detector, classifiers = networks_of(bundle)
    card = bundle.card
    with TemporaryDirectory() as temporary:
        root = Path(temporary)
        export_detector(detector, card["detector"], root / DETECTOR)
        for method, network in classifiers.items():
            told = card["classifiers"][method]
            export_classifier(network, told, root / method, told["image_size"])
        precision = "float32"
        if calibration is not None:
            root, precision = _quantised(root, card, calibration), "int8"
        names = [DETECTOR, *classifiers]
        graphs = {
            f"{FOLDER}/{name}/{path.name}": path.read_bytes()
            for name in names
            for path in sorted((root / name).iterdir())
        }
    others = {name: bundle.read(name) for name in card["files"] if name not in (WEIGHTS, README)}
    readme = bundle.read(README) if README in card["files"] else b""
    note = f"\nExported to ONNX, {precision}; the figures above are of the weights before.\n"
    told = {key: value for key, value in card.items() if key not in ("format", "version", "files")}
    told |= {"precision": precision, "exported_from": bundle.sha256}
    return pack(told, {**others, **graphs, README: readme + note.encode()})


def _quantised(root: Path, card: Mapping[str, Any], calibration: Calibration) -> Path:
    """The exported folders anew in 8-bit integers, ranges from crops of these photos."""
    from fashion_hls.inference.onnx_quantize import quantize_classifier, quantize_detector
    from fashion_hls.inference.regions import crops_of, garments_of

    out = root / "int8"
    quantize_detector(root / DETECTOR, out / DETECTOR, calibration)
    rule, detector = card["detection"], OnnxDetector(root / DETECTOR)
    found = [
        garments_of(detector.detect([photo])[0], rule["min_score"], rule["most"])
        for photo in calibration
    ]
    if not any(len(one.labels) for one in found):
        raise UserError("--int8: no garment was found in these photos; give others")
    types = np.concatenate([one.labels for one in found])
    for method, told in card["classifiers"].items():
        crops = [
            crops_of(photo, one.boxes, told["image_size"])
            for photo, one in zip(calibration, found, strict=True)
        ]
        quantize_classifier(root / method, out / method, np.concatenate(crops), types)
    return out


def _files(bundle: Bundle, network: str) -> dict[str, bytes]:
    prefix = f"{FOLDER}/{network}/"
    names = [name for name in bundle.card["files"] if name.startswith(prefix)]
    return {name.removeprefix(prefix): bundle.read(name) for name in names}
