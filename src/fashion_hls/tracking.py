"""Records each stage as an MLflow run; with tracking_store the only importer of mlflow.

One parent run stands for one invocation of the pipeline; each stage that runs is its child.
mlflow takes seconds to import, so it is imported only when a run is opened.

Environment: ``FASHION_HLS_TRACKING=off`` records nothing. ``MLFLOW_TRACKING_URI`` names another
store than ``mlflow.db`` in the workspace. ``FASHION_HLS_RUN_ID`` or ``DVC_EXP_NAME`` names the
invocation.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock

from fashion_hls.errors import UserError
from fashion_hls.provenance import flatten, git, hardware
from fashion_hls.tracking_store import (
    clean_name,
    find_experiment,
    find_parent,
    lock_path,
    one_line,
    quiet_client,
    redact,
    refuse_file_store,
)

STAGE_TAG = "fashion_hls.stage"
_PARENT_TAG = "mlflow.parentRunId"
_LONGEST_VALUE = 500
_PARAMS_PER_CALL = 100
_METRICS_PER_CALL = 1000
_LOCK_SECONDS = 120
# After a failure metrics wait this long before the store is tried again: each try against a
# dead server costs seconds that belong to the training.
_PAUSE_SECONDS = 60


class StageRun:
    """What a stage may record. This one records nothing: tracking is off."""

    def metrics(self, values: Mapping[str, float], step: int | None = None) -> None:
        """Record numbers, as a point of a curve where a step is given."""

    def tags(self, values: Mapping[str, object]) -> None:
        """Record facts about the run that are neither parameters nor metrics."""

    def artifact(self, path: Path) -> None:
        """Keep a copy of a file with the run."""

    def metrics_file(self, path: Path) -> None:
        """Record every number in a JSON file as a metric, and keep the file."""


@contextmanager
def track_stage(
    stage: str,
    *,
    params: Mapping[str, object],
    data: Mapping[str, str] | None = None,
    parent_name: str | None = None,
) -> Iterator[StageRun]:
    """Record one stage: parameters, data, commit, hardware, duration, how it ended.

    Once the run is open, a failing store is reported once on stderr and never raises.

    Args:
        stage: the stage's name, such as ``train_detector@centernet``.
        params: nested values; keys are joined by dots.
        data: SHA-256 of each input file by its name.
        parent_name: shown name of the invocation, used where its run is made here.

    Raises:
        UserError: the store cannot be opened.
    """
    if not _enabled():
        yield StageRun()
        return
    run = _open(stage, params, data or {}, parent_name)
    try:
        yield run
    except KeyboardInterrupt:
        run.close("KILLED")
        raise
    except SystemExit as error:
        run.close("FINISHED" if error.code in (None, 0) else "FAILED")
        raise
    except BaseException as error:
        run.tags({"error": type(error).__name__})
        run.close("FAILED")
        raise
    run.close("FINISHED")


class _MlflowRun(StageRun):
    """A child run. The store may fail at any call; the stage goes on."""

    def __init__(self, client: Any, run_id: str, parent_id: str, lock: FileLock) -> None:
        self._client = client
        self._run_id = run_id
        self._parent_id = parent_id
        self._lock = lock
        self._started = time.monotonic()
        self._unsent: list[Any] = []
        self._paused_until = 0.0
        self._warned = False

    def metrics(self, values: Mapping[str, float], step: int | None = None) -> None:
        self._queue(values, step or 0)
        if time.monotonic() >= self._paused_until:
            self._attempt(self._send)

    def tags(self, values: Mapping[str, object]) -> None:
        from mlflow.entities import RunTag

        tags = [RunTag(clean_name(k), str(v)[:_LONGEST_VALUE]) for k, v in values.items()]
        self._attempt(lambda: self._client.log_batch(self._run_id, tags=tags))

    def artifact(self, path: Path) -> None:
        self._attempt(lambda: self._client.log_artifact(self._run_id, str(path)))

    def metrics_file(self, path: Path) -> None:
        leaves = flatten(json.loads(path.read_text()), lists=True)
        # A JSON true is an int to Python, and no figure.
        self.metrics(
            {
                name: value
                for name, value in leaves.items()
                if isinstance(value, int | float) and not isinstance(value, bool)
            }
        )
        self.artifact(path)

    def params(self, values: Mapping[str, str]) -> None:
        """Record parameters, long values cut; raises where the store does."""
        from mlflow.entities import Param

        cleaned = {clean_name(name): value[:_LONGEST_VALUE] for name, value in values.items()}
        items = [Param(name, value) for name, value in cleaned.items()]
        for start in range(0, len(items), _PARAMS_PER_CALL):
            self._client.log_batch(self._run_id, params=items[start : start + _PARAMS_PER_CALL])

    def close(self, status: str) -> None:
        """Send what waits, then end this run and settle the parent's status."""
        self._queue({"duration_seconds": time.monotonic() - self._started}, 0)
        if self._attempt(self._send):
            # Again: most stages import torch, and set its threads, after the run was opened.
            self.tags(hardware())
        # Even where figures could not be sent: a run that has ended must not look as if it went on.
        self._attempt(lambda: self._client.set_terminated(self._run_id, status=status))
        self._attempt(self._settle_parent)

    def _settle_parent(self) -> None:
        """The parent's status follows the latest run of each stage."""
        # Locked, or of two stages that end together the slower could write what it saw before.
        with self._lock:
            experiment = self._client.get_run(self._parent_id).info.experiment_id
            query = f"tags.`{_PARENT_TAG}` = '{self._parent_id}'"
            runs = self._client.search_runs([experiment], query, order_by=["start_time ASC"])
            latest = {run.data.tags.get(STAGE_TAG): run.info.status for run in runs}.values()
            if "RUNNING" not in latest:
                worst = next((s for s in ("KILLED", "FAILED") if s in latest), "FINISHED")
                self._client.set_terminated(self._parent_id, status=worst)

    def _queue(self, values: Mapping[str, float], step: int) -> None:
        from mlflow.entities import Metric

        now = int(time.time() * 1000)
        self._unsent += [Metric(clean_name(k), float(v), now, step) for k, v in values.items()]

    def _send(self) -> None:
        while self._unsent:
            batch = self._unsent[:_METRICS_PER_CALL]
            self._client.log_batch(self._run_id, metrics=batch)
            del self._unsent[: len(batch)]

    def _attempt(self, action: Callable[[], object]) -> bool:
        try:
            action()
            return True
        # Whatever the store raises, hours of training are worth more than its record.
        except Exception as error:
            self._paused_until = time.monotonic() + _PAUSE_SECONDS
            if not self._warned:
                self._warned = True
                print(
                    f"warning: tracking failed and may be incomplete: {one_line(error)}",
                    file=sys.stderr,
                )
            return False


def _open(
    stage: str, params: Mapping[str, object], data: Mapping[str, str], parent_name: str | None
) -> _MlflowRun:
    """Open store, experiment, parent and child; anything that fails here is configuration."""
    root = Path(os.environ.get("DVC_ROOT") or Path.cwd()).absolute()
    uri = os.environ.get("MLFLOW_TRACKING_URI") or f"sqlite:///{root / 'mlflow.db'}"
    refuse_file_store(uri)
    commit = git("rev-parse", "HEAD")
    key = _invocation_key(commit)
    lock = FileLock(lock_path(uri, root), timeout=_LOCK_SECONDS)
    try:
        # Two starters on a fresh database both create its tables, and both make the parent.
        with lock:
            client = quiet_client(uri)
            experiment = find_experiment(client, uri, root)
            parent = find_parent(client, experiment, key, parent_name or key)
        tags = {_PARENT_TAG: parent, STAGE_TAG: stage, "mlflow.source.name": stage}
        child = client.create_run(experiment, tags=tags, run_name=stage).info.run_id
        run = _MlflowRun(client, child, parent, lock)
        flat = {name: str(value) for name, value in flatten(params).items()}
        run.params(flat | {f"data.{name}": digest[:16] for name, digest in data.items()})
    except Exception as error:
        raise UserError(
            f"MLFLOW_TRACKING_URI={redact(uri)}: cannot open the tracking store "
            f"({one_line(error)}); correct it, or set FASHION_HLS_TRACKING=off"
        ) from None
    changed = bool(git("status", "--porcelain", "--untracked-files=no"))
    facts: dict[str, object] = {"mlflow.source.git.commit": commit or "none", "dirty": changed}
    if "seed" in params:
        facts["seed"] = params["seed"]
    run.tags(facts | hardware())
    return run


def _enabled() -> bool:
    value = os.environ.get("FASHION_HLS_TRACKING", "on").lower()
    if value not in ("on", "off"):
        raise UserError(f"FASHION_HLS_TRACKING={value}: set it to on or off")
    return value == "on"


def _invocation_key(commit: str) -> str:
    """What makes stages belong together; without a name, the same code and parameters."""
    named = os.environ.get("FASHION_HLS_RUN_ID") or os.environ.get("DVC_EXP_NAME")
    if named:
        # It goes into a quoted search expression.
        return re.sub(r"[^\w.\- ]", "_", named)
    params = Path("params.yaml")
    text = params.read_bytes() if params.exists() else b""
    return hashlib.sha256(commit.encode() + b"\n" + text).hexdigest()[:12]
