"""Detectors by name, and their weights on disk."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from safetensors.torch import load_file, save

from fashion_hls.data.store import write_json, write_whole
from fashion_hls.detection.contract import Detector
from fashion_hls.detection.faster_rcnn import FasterRCNNDetector
from fashion_hls.errors import UserError

#: Architecture name -> its constructor; add one here and in conf/detector.
ARCHITECTURES: dict[str, Callable[..., Detector]] = {"faster_rcnn": FasterRCNNDetector}

WEIGHTS, CARD = "model.safetensors", "model.json"


def build_detector(architecture: str, **options: Any) -> Detector:
    """A detector by the name of its architecture; options are its constructor's.

    Raises:
        UserError: no such architecture.
    """
    if architecture not in ARCHITECTURES:
        raise UserError(
            f"detectors: {architecture}: unknown; choose from {', '.join(ARCHITECTURES)}"
        )
    return ARCHITECTURES[architecture](**options)


def save_detector(
    folder: Path, detector: Detector, architecture: str, options: dict[str, Any], notes: Any
) -> None:
    """Write weights, what it takes to build the network again, and notes (the data's terms)."""
    # Pretrained weights are about to be overwritten at loading: fetch none.
    built = {**options, "pretrained": False}
    card = {"architecture": architecture, "options": built, "notes": notes}
    weights = {k: v.contiguous() for k, v in detector.state_dict().items()}
    write_whole(folder / WEIGHTS, save(weights))
    write_json(folder / CARD, card)


def load_detector(folder: Path) -> Detector:
    """A trained detector in eval mode, without the training's configuration.

    Raises:
        UserError: the folder holds no detector.
    """
    try:
        card = json.loads((folder / CARD).read_text(encoding="utf-8"))
        weights = load_file(folder / WEIGHTS)
    except (OSError, json.JSONDecodeError) as error:
        raise UserError(f"{folder}: holds no trained detector; run `dvc repro`") from error
    detector = build_detector(card["architecture"], **card["options"])
    detector.load_state_dict(weights)
    return detector.eval()
