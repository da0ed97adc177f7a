"""Reads what was recorded: stages' runs with their figures, settings and data, newest first.

A module of its own: stages import ``tracking_store``, and would be out of date with every change.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from fashion_hls.errors import UserError
from fashion_hls.tracking_store import EXPERIMENT, one_line, quiet_client, redact, refuse_file_store

#: As tracking.py writes them; it is not imported, since it is what stages import.
STAGE_TAG: Final = "fashion_hls.stage"
PARENT_TAG: Final = "mlflow.parentRunId"
_COMMIT_TAG: Final = "mlflow.source.git.commit"
_PAGE: Final = 500
_SQLITE: Final = "sqlite:///"


@dataclass(frozen=True)
class RecordedRun:
    """A run. ``stage``: its name as ``evaluate_classifier@stl``, empty for an invocation.
    ``parent``: the id of its invocation. ``metrics``: the last value of each."""

    id: str
    name: str
    stage: str
    parent: str
    started: datetime
    status: str
    profile: str
    commit: str
    dirty: bool
    params: dict[str, str]
    metrics: dict[str, float]

    @property
    def item(self) -> str:
        """What the stage was called with: ``stl``, ``catalogue-stl``; empty without."""
        return self.stage.partition("@")[2]


def read_runs(workspace: Path) -> list[RecordedRun]:
    """Every run of the project's experiment, newest first.

    Args:
        workspace: where ``mlflow.db`` lies unless MLFLOW_TRACKING_URI names another store.

    Raises:
        UserError: there is no store, or it cannot be read.
    """
    address = os.environ.get("MLFLOW_TRACKING_URI") or f"{_SQLITE}{workspace / 'mlflow.db'}"
    refuse_file_store(address)
    path = Path(address.removeprefix(_SQLITE).partition("?")[0])
    if address.startswith(_SQLITE) and not path.is_file():
        # Opened, it would be made.
        raise UserError(f"{path}: not there; no run has been recorded (MLFLOW_TRACKING_URI?)")
    try:
        client = quiet_client(address)
        experiment = client.get_experiment_by_name(EXPERIMENT)
        found = [] if experiment is None else _every(client, experiment.experiment_id)
    except Exception as error:  # each kind of store has errors of its own
        raise UserError(
            f"MLFLOW_TRACKING_URI={redact(address)}: cannot read the tracking store "
            f"({one_line(error)}); `fashion-hls check --network` says more"
        ) from None
    return [_run(one) for one in found]


def _every(client: Any, experiment: str) -> list[Any]:
    found: list[Any] = []
    token = None
    while True:
        page = client.search_runs(
            [experiment], order_by=["start_time DESC"], max_results=_PAGE, page_token=token
        )
        found += page
        token = page.token
        if not token:
            return found


def _run(one: Any) -> RecordedRun:
    tags = one.data.tags
    return RecordedRun(
        id=one.info.run_id,
        name=one.info.run_name or "",
        stage=tags.get(STAGE_TAG, ""),
        parent=tags.get(PARENT_TAG, ""),
        started=datetime.fromtimestamp(one.info.start_time / 1000, UTC),
        status=one.info.status,
        profile=tags.get("dataset", one.data.params.get("dataset.name", "")),
        commit=tags.get(_COMMIT_TAG, "none"),
        dirty=tags.get("dirty") == "True",
        params=dict(one.data.params),
        metrics=dict(one.data.metrics),
    )
