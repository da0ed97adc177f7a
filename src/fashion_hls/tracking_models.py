"""Models in MLflow: fetched from its store and registry."""

from __future__ import annotations

import os
from pathlib import Path

from fashion_hls.errors import UserError
from fashion_hls.tracking_store import one_line, quiet_client


def downloaded(source: str) -> Path:
    """The bundle below an artifact's address, fetched into MLflow's own cache.

    Args:
        source: ``runs:/ID``, ``runs:/ID/PATH`` or ``models:/NAME@ALIAS``.

    Raises:
        UserError: there is none, or the store cannot be reached.
    """
    uri = os.environ.get("MLFLOW_TRACKING_URI", f"sqlite:///{Path.cwd() / 'mlflow.db'}")
    quiet_client(uri)
    import mlflow

    try:
        folder = Path(mlflow.artifacts.download_artifacts(artifact_uri=source, tracking_uri=uri))
    except Exception as error:  # MLflow and its stores raise errors of many kinds
        raise UserError(f"{source}: cannot be fetched ({one_line(error)})") from error
    found = sorted(folder.rglob("*.fhls")) if folder.is_dir() else [folder]
    if len(found) != 1:
        raise UserError(f"{source}: holds {len(found)} bundles (*.fhls), not one")
    return found[0]
