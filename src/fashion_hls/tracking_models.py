"""Models in MLflow: fetched from its store and registry."""

from __future__ import annotations

import atexit
import importlib
import logging
import os
import re
import shutil
import tempfile
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from fashion_hls.environment import variable
from fashion_hls.errors import UserError
from fashion_hls.inference.bundle import SUFFIX
from fashion_hls.places import workspace
from fashion_hls.tracking_store import one_line, quiet_client, redact, refuse_file_store

_RUN = re.compile(r"^runs:/+([^/]+)/?$")
_VARIABLE = "MLFLOW_TRACKING_URI"
_REMEDY = "`fashion-hls publish BUNDLE` prints the address of one that has"


def store_address() -> str:
    """``MLFLOW_TRACKING_URI``, or the database in the workspace."""
    named = os.environ.get(_VARIABLE)
    return named or f"sqlite:///{workspace().absolute() / 'mlflow.db'}"


def store(uri: str) -> AbstractContextManager[None]:
    """MLflow's own functions use this store, within ``with``.

    By the environment, and not by ``mlflow.set_tracking_uri()``: that would stay, and keep later
    changes of the environment from being seen.
    """
    return variable(_VARIABLE, uri)


def silence() -> None:
    """MLflow without telemetry, bars of copied files and chatter."""
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    importlib.import_module("mlflow")  # it sets its own levels as it is imported
    logging.getLogger("mlflow").setLevel(logging.ERROR)


def silent_client(uri: str) -> Any:
    """As :func:`quiet_client`, without bars of copied files."""
    silence()
    return quiet_client(uri)


def downloaded(source: str) -> Path:
    """The one bundle below an artifact's address, in a folder that goes when the process ends.

    Args:
        source: ``runs:/ID`` (the bundle of its artifacts or its logged model), ``runs:/ID/PATH``,
            ``models:/NAME@ALIAS`` or ``models:/NAME/VERSION``.

    Raises:
        UserError: there is none, or the store cannot be reached.
    """
    uri = store_address()
    _refuse_missing(source, uri)
    try:
        client = silent_client(uri)
        folder = Path(tempfile.mkdtemp(prefix="fashion-hls-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        alone = _RUN.match(source)
        with store(uri):
            for address in _of_run(client, source, alone.group(1)) if alone else [source]:
                _fetch(address, uri, folder)
    except UserError:
        raise
    except Exception as error:  # MLflow and its stores raise errors of many kinds
        raise UserError(
            f"{source}: cannot be fetched from {redact(uri)} ({one_line(error)})"
        ) from None
    return _the_one(source, sorted(folder.rglob(f"*{SUFFIX}")))


def _refuse_missing(source: str, uri: str) -> None:
    refuse_file_store(uri)
    place = uri.removeprefix("sqlite:///").partition("?")[0]
    # Opening one that is not there would make an empty one.
    if uri.startswith("sqlite:///") and not Path(place).is_file():
        raise UserError(
            f"{source}: there is no MLflow store at {redact(uri)}; set MLFLOW_TRACKING_URI, or "
            "change to the folder that holds mlflow.db"
        )


def _of_run(client: Any, source: str, run_id: str) -> list[str]:
    """Addresses of a run's bundles: nothing else of its artifacts is fetched."""
    run = client.get_run(run_id)
    files = [f"runs:/{run_id}/{path}" for path in _bundles_below(client, run_id, "")]
    outputs = run.outputs.model_outputs if run.outputs else []
    models = [f"models:/{output.model_id}" for output in outputs]
    if not files + models:
        raise UserError(f"{source}: this run has no bundle (*{SUFFIX}); {_REMEDY}")
    return files or models


def _bundles_below(client: Any, run_id: str, path: str) -> list[str]:
    found: list[str] = []
    for item in client.list_artifacts(run_id, path or None):
        if item.is_dir:
            found += _bundles_below(client, run_id, item.path)
        elif item.path.endswith(SUFFIX):
            found.append(item.path)
    return found


def _fetch(address: str, uri: str, folder: Path) -> None:
    import mlflow

    place = tempfile.mkdtemp(dir=folder)
    mlflow.artifacts.download_artifacts(artifact_uri=address, dst_path=place, tracking_uri=uri)


def _the_one(source: str, found: list[Path]) -> Path:
    if not found:
        raise UserError(f"{source}: holds no bundle (*{SUFFIX}); {_REMEDY}")
    if len(found) > 1:
        names = ", ".join(path.name for path in found)
        raise UserError(
            f"{source}: holds {len(found)} bundles, not one ({names}); name one by its path, as "
            "runs:/ID/PATH"
        )
    return found[0]
