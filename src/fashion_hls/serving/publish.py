"""A bundle logged as a model of an MLflow run, and registered."""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from filelock import FileLock

from fashion_hls.errors import UserError
from fashion_hls.inference.bundle import README, WEIGHTS, Bundle
from fashion_hls.places import workspace
from fashion_hls.provenance import flatten
from fashion_hls.tracking_models import silent_client, store, store_address
from fashion_hls.tracking_store import (
    clean_name,
    find_experiment,
    lock_path,
    one_line,
    redact,
    refuse_file_store,
)

#: The model's name within its run: ``runs:/ID/pipeline``.
MODEL: Final = "pipeline"
ENTRY: Final = Path(__file__).with_name("entry.py")
_LOCK_SECONDS = 120
_LONGEST_VALUE = 500
#: That MLflow takes at a time; three methods with long options have as many.
_MOST_PARAMS = 100
#: Of a version's description, which is the model card.
_LONGEST_CARD = 5000
_ALIAS = re.compile(r"(?!latest$|v\d+$)[a-z0-9_-]{1,255}", re.IGNORECASE)
#: Long lists that say nothing in a table of runs; the bundle has them.
_NOT_LOGGED = ("files", "thresholds", "vocabulary")


@dataclass(frozen=True)
class Published:
    """Where a bundle lies in MLflow. ``version`` and ``alias`` are of the registered model."""

    run_id: str
    name: str | None = None
    version: str | None = None
    alias: str | None = None

    @property
    def address(self) -> str:
        """By which ``--models`` and MLflow find it."""
        if self.name is None:
            return f"runs:/{self.run_id}/{MODEL}"
        if self.alias is None:
            return f"models:/{self.name}/{self.version}"
        return f"models:/{self.name}@{self.alias}"


def log_bundle(path: Path, register_as: str | None = None, alias: str | None = None) -> Published:
    """Log a bundle's file as a pyfunc model with its card, in a run of its own.

    The store is ``MLFLOW_TRACKING_URI``'s, else ``mlflow.db`` in the workspace. The bundle is
    loaded and asked first, so one that cannot answer is never registered.

    Args:
        path: of the bundle's file.
        register_as: the registered model that gets a version; None: none.
        alias: of that version, taken from another one that has it.

    Raises:
        UserError: it is no bundle, it is damaged, a name is none that MLflow
            takes, or the store cannot be reached or refuses.
    """
    _refuse_names(register_as, alias)
    if path.is_dir():
        raise UserError(f"{path}: is a folder; name the file that `fashion-hls bundle` writes")
    bundle = Bundle(path)
    _try_out(path)
    uri = store_address()
    refuse_file_store(uri)
    try:
        client = silent_client(uri)
        with FileLock(lock_path(uri, workspace()), timeout=_LOCK_SECONDS):
            experiment = find_experiment(client, uri, workspace().absolute())
        with store(uri):
            return _log(client, experiment, bundle, register_as, alias)
    except UserError:
        raise
    except Exception as error:  # MLflow and its stores raise errors of many kinds
        raise UserError(
            f"{path}: cannot be published to MLFLOW_TRACKING_URI={redact(uri)} ({one_line(error)})"
        ) from None


def _refuse_names(name: str | None, alias: str | None) -> None:
    """MLflow refuses them as well, but with the run logged and the version registered."""
    if name is not None and (not name.strip() or set(name) & set("/:@")):
        raise UserError(f"--name {name!r}: cannot be a model's name; leave out /, : and @")
    if alias is not None and not _ALIAS.fullmatch(alias):
        raise UserError(
            f"--alias {alias!r}: cannot be an alias; take letters, digits, _ and -, but not "
            "latest, nor v and a number"
        )


def _try_out(path: Path) -> None:
    from fashion_hls.inference.pipeline import Pipeline
    from fashion_hls.serving.description import example_photo

    Pipeline.load(path)(example_photo())


def _log(
    client: Any, experiment: str, bundle: Bundle, register_as: str | None, alias: str | None
) -> Published:
    import mlflow

    facts = _facts(bundle)
    name = str(bundle.card["name"])
    with mlflow.start_run(experiment_id=experiment, run_name=f"publish {name}") as run:
        run_id = str(run.info.run_id)
        params, metrics = card_facts(bundle.card)
        mlflow.set_tags({f"fashion_hls.{key}": value for key, value in facts.items()})
        for start in range(0, len(params), _MOST_PARAMS):
            mlflow.log_params(dict(list(params.items())[start : start + _MOST_PARAMS]))
        mlflow.log_metrics(metrics)
        logged = mlflow.pyfunc.log_model(name=MODEL, **_described(bundle, facts))
    if register_as is None:
        return Published(run_id)
    with contextlib.redirect_stderr(io.StringIO()):  # it prints what the caller will say
        registered = mlflow.register_model(logged.model_uri, register_as, tags=facts)
    version = str(registered.version)
    if README in bundle.card["files"]:
        text = bundle.read(README).decode()[:_LONGEST_CARD]
        client.update_model_version(register_as, version, description=text)
    if alias is not None:
        client.set_registered_model_alias(register_as, alias, version)
    return Published(run_id, register_as, version, alias)


def save_bundle(path: Path, folder: Path) -> None:
    """Write a bundle's file as a pyfunc model into a new folder; no store is asked.

    Raises:
        UserError: it is no bundle.
    """
    import mlflow

    bundle = Bundle(path)
    mlflow.pyfunc.save_model(str(folder), **_described(bundle, _facts(bundle)))


def _facts(bundle: Bundle) -> dict[str, str]:
    return {
        "bundle": bundle.path.name,
        "bundle_sha256": bundle.sha256,
        "methods": ", ".join(bundle.card["classifiers"]),
    }


def _described(bundle: Bundle, facts: dict[str, str]) -> dict[str, Any]:
    """What MLflow's functions that write a model take."""
    from fashion_hls.serving.description import input_example, requirements, signature

    return {
        "python_model": str(ENTRY),
        "artifacts": {"bundle": str(bundle.path)},
        "signature": signature(),
        "input_example": input_example(),
        "pip_requirements": requirements(graphs=WEIGHTS not in bundle.card["files"]),
        "metadata": facts,
    }


def card_facts(card: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, float]]:
    """What a card says as parameters, and the numbers of its figures as metrics."""
    told = {key: value for key, value in card.items() if key not in _NOT_LOGGED}
    figures = flatten(told.pop("figures", {}))
    params = {
        clean_name(name): str(value)[:_LONGEST_VALUE] for name, value in flatten(told).items()
    }
    metrics = {
        clean_name(name.removesuffix(".value")): float(value)
        for name, value in figures.items()
        if isinstance(value, int | float) and not isinstance(value, bool)
    }
    return params, metrics
