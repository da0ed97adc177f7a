"""Where trained networks come from: a bundle, a folder that the pipeline ran in, or MLflow."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from fashion_hls.errors import UserError
from fashion_hls.inference.backend import ClassifierBackend, DetectorBackend
from fashion_hls.inference.bundle import Bundle, is_bundle

#: The bundle that comes with the package.
PACKAGED: Final = Path(__file__).with_name("open.fhls")
BACKENDS: Final = ("torch", "onnx")


@dataclass(frozen=True)
class Loaded:
    """Networks that are ready, and what their card says."""

    detector: DetectorBackend
    classifiers: dict[str, ClassifierBackend]
    card: dict[str, Any]


def load_parts(
    source: str | Path | None, *, backend: str, threads: int | None, device: str
) -> Loaded:
    """As :meth:`Pipeline.load` says.

    Raises:
        UserError: there is none, or it is damaged or of another version.
    """
    if backend not in BACKENDS:
        raise UserError(f"backend {backend}: unknown; choose from {', '.join(BACKENDS)}")
    path = located(source)
    if backend == "onnx":
        if not is_bundle(path):
            raise UserError(
                f"{path}: holds no ONNX graphs; make a bundle there with `fashion-hls bundle "
                "FILE.fhls --onnx`, and name that"
            )
        from fashion_hls.inference import onnx_loading

        return onnx_loading.from_bundle(Bundle(path), threads)
    from fashion_hls.inference import torch_loading

    torch_loading.set_up(threads, device)
    if is_bundle(path):
        return torch_loading.from_bundle(Bundle(path), device)
    return torch_loading.from_workspace(path, device)


def located(source: str | Path | None) -> Path:
    """The bundle or folder that a source means; from MLflow it is downloaded.

    Raises:
        UserError: there is none.
    """
    if source is None:
        if not PACKAGED.is_file():
            raise UserError(
                "this installation has no bundle of its own; name models with --models "
                "(a bundle, or a folder that the pipeline ran in)"
            )
        return PACKAGED
    if str(source).startswith(("runs:/", "models:/", "mlflow-artifacts:/")):
        from fashion_hls.tracking_models import downloaded

        return downloaded(str(source))
    path = Path(source)
    if not path.exists():
        raise UserError(f"{path}: not found; name a bundle, or a folder that the pipeline ran in")
    if not is_bundle(path) and not (path / "models").is_dir():
        raise UserError(
            f"{path}: holds neither a bundle nor trained models; name a bundle, or a folder "
            "that `dvc repro` ran in"
        )
    return path


def read_card(path: Path) -> dict[str, Any]:
    """A trained network's own card, as save_detector() and save_classifier() wrote it.

    Raises:
        UserError: there is none, or it is damaged.
    """
    try:
        card = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(f"{path}: holds no trained network; run `dvc repro`") from error
    if not isinstance(card, dict):
        raise UserError(f"{path}: is no trained network's card; run `dvc repro`")
    return card
