"""A bundle out of a folder that the pipeline ran in: the best of it by validation."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from safetensors import SafetensorError
from safetensors.torch import load_file

from fashion_hls.classification.build import build_classifier, read_classifier
from fashion_hls.errors import UserError
from fashion_hls.hashing import file_sha256
from fashion_hls.inference.bundle import README, WEIGHTS, pack
from fashion_hls.inference.figures import classifier_figures, detector_figures
from fashion_hls.inference.model_card import model_card
from fashion_hls.inference.thresholds import choose_thresholds
from fashion_hls.inference.torch_loading import (
    DETECTOR,
    workspace_card,
    workspace_detector,
    workspace_methods,
)
from fashion_hls.inference.weights_file import pack_weights, unpack_weights
from fashion_hls.provenance import git

#: What users of models that learnt drawings are told at every prediction.
DRAWINGS: Final = (
    "these models were trained on generated drawings: they know drawings, not photos; for photos "
    "name others with --models"
)


@dataclass(frozen=True)
class Made:
    """A bundle's bytes, its card, and what was chosen."""

    content: bytes
    card: dict[str, Any]


def make_bundle(
    root: Path,
    *,
    methods: Sequence[str] = (),
    detector: str | None = None,
    half: bool = True,
    onnx: bool = False,
    threads: int = 2,
) -> Made:
    """Pack a run's networks with thresholds chosen on validation, figures and a model card.

    Args:
        root: a folder that the pipeline ran in: models/, data/, metrics/.
        methods: to hold, the first speaks where none is named; empty: the one with the best mean
            of category top-1 and attribute recall@5 on validation.
        detector: to hold; None: the one that the run cropped with.
        half: store weights as float16.
        onnx: hold the networks as ONNX graphs as well, of the weights as they are stored.
        threads: for reading crops.

    Raises:
        UserError: models, crops or figures are missing.
    """
    trained = workspace_methods(root)
    chosen = list(methods) or [_best_method(root, trained)]
    if unknown := [one for one in chosen if one not in trained]:
        raise UserError(
            f"{root / 'models/classifier'}: holds no {', '.join(unknown)}; it has "
            f"{', '.join(trained)}"
        )
    name = detector or workspace_detector(root)
    card = workspace_card(root, name, chosen)
    weights = pack_weights(_states(root, name, chosen), half=half)
    stored = unpack_weights(weights, WEIGHTS)
    validation: dict[str, Any] = {}
    for method in chosen:
        # With the weights as they are stored, so that rounding is part of what is told.
        network = build_classifier(method, **card["classifiers"][method]["options"])
        network.load_state_dict(stored[method])
        picked = choose_thresholds(
            network.eval(),
            root,
            categories=len(card["vocabulary"]["categories"]),
            attributes=len(card["vocabulary"]["attributes"]),
            size=card["classifiers"][method]["image_size"],
            threads=threads,
        )
        card["thresholds"][method] = picked.thresholds
        validation[method] = picked.figures
    if card["data"]["dataset"] == "sample":
        card["data"] = {**card["data"], "note": DRAWINGS}
    metrics = root / "metrics" / card["data"]["dataset"]
    card |= {
        "precision": "float16" if half else "float32",
        "figures": {
            "detector": detector_figures(metrics / "detector" / f"{name}.json"),
            "classifiers": {
                method: classifier_figures(metrics / "classifier" / f"{method}.json")
                for method in chosen
            },
            "validation": validation,
        },
        "provenance": _provenance(root, name, chosen),
    }
    files = {WEIGHTS: weights, README: model_card(card).encode()}
    if onnx:
        from fashion_hls.inference.onnx_packing import onnx_files

        files |= onnx_files(card, stored)
    return Made(pack(card, files), card)


def _best_method(root: Path, trained: Sequence[str]) -> str:
    """By the curves of training, as its epochs were chosen; the first of equals."""
    profile = workspace_card(root, workspace_detector(root), trained[:1])["data"]["dataset"]
    scores = {}
    for method in trained:
        place = root / "metrics" / profile / "curves" / f"{method}.json"
        try:
            rows = json.loads(place.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise UserError(f"{place}: cannot be read; name --methods, or run `dvc repro`") from (
                error
            )
        if paired := [row["val/mean"] for row in rows if "val/mean" in row]:
            scores[method] = max(paired)
        else:
            figures = ("val/top1", "val/recall@5")
            own = (max((row[key] for row in rows if key in row), default=0.0) for key in figures)
            scores[method] = sum(own) / len(figures)
    return max(scores, key=lambda method: scores[method])


def _states(root: Path, detector: str, methods: Sequence[str]) -> dict[str, Any]:
    place = root / "models/detector" / detector / "model.safetensors"
    try:
        states = {DETECTOR: load_file(place)}
    except (OSError, SafetensorError) as error:
        raise UserError(f"{place}: cannot be read ({error}); run `dvc repro`") from error
    for method in methods:
        states[method] = read_classifier(root / "models/classifier" / method)[0]
    return states


def _provenance(root: Path, detector: str, methods: Sequence[str]) -> dict[str, Any]:
    """What the bundle was made from; hashes are SHA-256."""
    files = {
        "detector": root / "models/detector" / detector / "model.safetensors",
        **{m: root / "models/classifier" / m / "model.safetensors" for m in methods},
    }
    data = {
        part: root / "data" / part / table
        for part, table in (
            ("detection", "objects.parquet"),
            ("benchmark", "images.parquet"),
            ("crops", "manifest.parquet"),
        )
    }
    from fashion_hls import __version__

    return {
        "fashion_hls": __version__,
        "commit": git("-C", str(root), "rev-parse", "HEAD") or "unknown",
        "changed_files": bool(git("-C", str(root), "status", "--porcelain", "src", "stages")),
        "weights": {key: file_sha256(path) for key, path in files.items()},
        "data": {key: file_sha256(path) for key, path in data.items() if path.is_file()},
    }
