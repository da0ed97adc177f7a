"""Networks by ONNX Runtime out of a bundle that was made with ``--onnx``; torch is not imported.

The bundle holds one folder of files for each network (onnx_files.py): ``onnx/detector/`` and
``onnx/METHOD/``.
"""

from __future__ import annotations

from typing import Final

from fashion_hls.errors import UserError
from fashion_hls.inference.backend import ClassifierBackend
from fashion_hls.inference.bundle import Bundle
from fashion_hls.inference.onnx_backend import OnnxClassifier, OnnxDetector
from fashion_hls.inference.source import Loaded

FOLDER, DETECTOR = "onnx", "detector"
_OWN_CHOICE: Final = 0


def from_bundle(bundle: Bundle, threads: int | None) -> Loaded:
    """The networks of a bundle.

    Args:
        bundle: opened.
        threads: that a prediction uses; None: as ONNX Runtime chooses.

    Raises:
        UserError: it holds no ONNX graphs, or damaged ones.
    """
    count = _OWN_CHOICE if threads is None else threads
    detector = OnnxDetector(_files(bundle, DETECTOR), count)
    classifiers: dict[str, ClassifierBackend] = {
        method: OnnxClassifier(_files(bundle, method), count)
        for method in bundle.card["classifiers"]
    }
    return Loaded(detector, classifiers, bundle.card)


def _files(bundle: Bundle, network: str) -> dict[str, bytes]:
    """A network's files by their plain names, each checked."""
    start = f"{FOLDER}/{network}/"
    names = [name for name in bundle.card["files"] if name.startswith(start)]
    if not names:
        raise UserError(
            f"{bundle.path}: holds no ONNX graphs of {network}; make it anew with "
            "`fashion-hls bundle --onnx`, or use the backend torch"
        )
    return {name.removeprefix(start): bundle.read(name) for name in names}
