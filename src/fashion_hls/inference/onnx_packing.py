"""A bundle's networks as ONNX graphs, to lie beside its weights."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from fashion_hls.classification.build import build_classifier
from fashion_hls.detection.build import build_detector
from fashion_hls.inference.onnx_export import export_classifier, export_detector
from fashion_hls.inference.onnx_loading import DETECTOR, FOLDER


def onnx_files(
    card: Mapping[str, Any], weights: Mapping[str, Mapping[str, Tensor]]
) -> dict[str, bytes]:
    """The files of every network, by their names in the bundle.

    Args:
        card: the bundle's.
        weights: of each network, as the bundle stores them.
    """
    told = card["detector"]
    detector = build_detector(told["architecture"], **told["options"])
    detector.load_state_dict(weights[DETECTOR])
    with tempfile.TemporaryDirectory() as place:
        root = Path(place)
        export_detector(detector, told, root / DETECTOR)
        for method, told in card["classifiers"].items():
            classifier = build_classifier(told["method"], **told["options"])
            classifier.load_state_dict(weights[method])
            export_classifier(classifier, told, root / method, told["image_size"])
        return {
            f"{FOLDER}/{path.relative_to(root).as_posix()}": path.read_bytes()
            for path in sorted(root.rglob("*"))
            if path.is_file()
        }
