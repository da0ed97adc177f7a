"""Detectors by name, and their weights on disk."""

from __future__ import annotations

import importlib
import json
import pkgutil
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from safetensors.torch import load_file, save

from fashion_hls.data.store import write_json, write_whole
from fashion_hls.detection import architectures
from fashion_hls.detection.contract import Detector
from fashion_hls.errors import UserError

WEIGHTS, CARD = "model.safetensors", "model.json"


def known_architectures() -> list[str]:
    """The modules of ``detection/architectures``; each names its class ``DETECTOR``."""
    return sorted(module.name for module in pkgutil.iter_modules(architectures.__path__))


def build_detector(architecture: str, **options: Any) -> Detector:
    """A detector by the name of its architecture's module.

    Args:
        architecture: one of known_architectures().
        options: the architecture's ``Options``.

    Raises:
        UserError: no such architecture, or an option is unknown or wrong.
    """
    if architecture not in known_architectures():
        raise UserError(
            f"conf/detector: module {architecture}: unknown; choose from "
            f"{', '.join(known_architectures())}"
        )
    # Imported when asked for: some libraries take seconds.
    module = importlib.import_module(f"{architectures.__name__}.{architecture}")
    kind: type[Detector] = module.DETECTOR
    try:
        checked = kind.Options(**options)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise UserError(
            f"conf/detector: {architecture}: options.{field}: {first['msg']}"
        ) from error
    return kind(checked)


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
