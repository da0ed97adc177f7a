"""Where runs are recorded: MLflow's store, its lock, and names and messages fit for it."""

from __future__ import annotations

import logging
import os
import re
from pathlib import Path
from typing import Any

from fashion_hls.errors import UserError

EXPERIMENT = "fashion-hls"
KEY_TAG = "fashion_hls.invocation"
_LONGEST_NAME = 250


def refuse_file_store(uri: str) -> None:
    """Refuse a folder as a store, which MLflow only reads by now.

    Raises:
        UserError: the address is one.
    """
    if uri.startswith("file:") or ("://" not in uri and uri != "databricks"):
        raise UserError(
            f"MLFLOW_TRACKING_URI={redact(uri)}: MLflow no longer writes to a folder; "
            "use sqlite:///PATH.db or the address of a server, or unset it"
        )


def lock_path(uri: str, root: Path) -> Path:
    """Beside a SQLite database, so that every workspace that uses it meets at one lock."""
    path = uri.removeprefix("sqlite:///").partition("?")[0]
    if uri.startswith("sqlite:///") and path and not path.startswith(":"):
        return Path(f"{path}.lock")
    return root / "mlflow.db.lock"


def quiet_client(uri: str) -> Any:
    """An MLflow client without its chatter, without telemetry, and quick to give up."""
    for name, value in {
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
        "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
        "MLFLOW_HTTP_REQUEST_TIMEOUT": "20",
    }.items():
        os.environ.setdefault(name, value)
    from mlflow import MlflowClient

    for name in ("mlflow", "alembic", "urllib3.connectionpool"):
        logging.getLogger(name).setLevel(logging.ERROR)
    # It prints a traceback of what it then raises, and a full disk is told in one line.
    logging.getLogger("mlflow.store.db.utils").setLevel(logging.CRITICAL)
    return MlflowClient(tracking_uri=uri)


def find_experiment(client: Any, uri: str, root: Path) -> str:
    """The id of the project's experiment, made where it is missing."""
    found = client.get_experiment_by_name(EXPERIMENT)
    if found is None:
        # A server decides itself; otherwise the place is frozen here, and the default would
        # follow the working folder, which a temporary experiment removes.
        local = None if uri.startswith("http") else (root / "mlruns").as_uri()
        return str(client.create_experiment(EXPERIMENT, artifact_location=local))
    if found.lifecycle_stage != "active":
        raise ValueError(f"experiment {EXPERIMENT} was deleted there; restore or purge it")
    return str(found.experiment_id)


def find_parent(client: Any, experiment: str, key: str, name: str) -> str:
    """The id of the invocation's run, marked as running; made where it is missing."""
    found = client.search_runs(
        [experiment], f"tags.`{KEY_TAG}` = '{key}'", max_results=1, order_by=["start_time ASC"]
    )
    if not found:
        run = client.create_run(experiment, tags={KEY_TAG: key}, run_name=name)
        return str(run.info.run_id)
    client.update_run(found[0].info.run_id, status="RUNNING")
    return str(found[0].info.run_id)


def clean_name(name: str) -> str:
    """A name that MLflow takes: letters, digits and ``_-. /``; ``recall@5`` is recall_at_5."""
    name = re.sub(r"[^\w\-. /]", "_", name.replace("@", "_at_"))[:_LONGEST_NAME]
    # MLflow refuses what is not one plain relative path.
    if name.startswith("..") or any(part in ("", ".", "..") for part in name.split("/")):
        return re.sub(r"[./]", "_", name) or "_"
    return name


def one_line(error: Exception) -> str:
    """An error as one short line without passwords."""
    text = " ".join(redact(str(error)).split())
    return f"{type(error).__name__}: {text[:300]}"


def redact(text: str) -> str:
    """Without user, password and token in addresses."""
    text = re.sub(r"(^|://)[^\s'\"/]*(?:/[^\s'\"]*)?@", r"\1***@", text)
    return re.sub(r"(?i)((?:password|passwd|pwd|token|secret)\s*[=:]\s*)[^\s&'\"]+", r"\1***", text)
