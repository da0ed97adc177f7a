"""Where trained networks come from: a bundle, a folder that the pipeline ran in, or MLflow."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from fashion_hls.errors import UserError
from fashion_hls.inference.bundle import WEIGHTS, Bundle, is_bundle
from fashion_hls.inference.networks import Networks, OpenLanes

#: The bundle that comes with the package.
PACKAGED: Final = Path(__file__).with_name("open.fhls")
BACKENDS: Final = ("torch", "onnx")
#: More than any machine's; with many more a library ends the process where it cannot have them.
MOST_THREADS: Final = 1024


@dataclass(frozen=True)
class Loaded:
    """Networks that are ready, what their card says, and how to have several photos at a time
    go through them, where the library can."""

    networks: Networks
    card: dict[str, Any]
    lanes: OpenLanes | None = None


def load_parts(
    source: str | Path | None, *, backend: str | None, threads: int | None, device: str
) -> Loaded:
    """As :meth:`Pipeline.load` says.

    Raises:
        UserError: there is none, or it is damaged or of another version.
    """
    if backend is not None and backend not in BACKENDS:
        raise UserError(f"backend {backend}: unknown; choose from {', '.join(BACKENDS)}")
    if threads is not None and not 1 <= threads <= MOST_THREADS:
        raise UserError(f"threads must be 1 to {MOST_THREADS}")
    path = located(source)
    bundle = Bundle(path) if is_bundle(path) else None
    if backend == "onnx" or (backend is None and bundle is not None and _graphs_alone(bundle)):
        if device != "cpu":
            raise UserError(
                f"device {device}: ONNX Runtime runs on the CPU here; leave it out, or take a "
                "bundle of weights, which torch runs"
            )
        return _by_onnx(path, bundle, threads)
    from fashion_hls.inference import torch_loading

    torch_loading.set_up(threads, device)
    if bundle is not None:
        return torch_loading.from_bundle(bundle, device)
    return torch_loading.from_workspace(path, device)


def _graphs_alone(bundle: Bundle) -> bool:
    names = bundle.card["files"]
    return WEIGHTS not in names and any(name.endswith(".onnx") for name in names)


def _by_onnx(path: Path, bundle: Bundle | None, threads: int | None) -> Loaded:
    try:
        from fashion_hls.inference import onnx_bundle
    except ImportError as error:
        raise UserError(
            f"backend onnx: {error.name} is not installed; pip install 'fashion-hls[app]'"
        ) from error
    if bundle is None:
        raise UserError(
            f"{path}: is no bundle; ONNX Runtime wants one with graphs: `fashion-hls bundle` and "
            "`fashion-hls export` make it"
        )
    return onnx_bundle.from_graphs(bundle, threads or os.cpu_count() or 1)


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
    if not str(source):
        raise UserError("the name of the models is empty; name a bundle, or a folder")
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
