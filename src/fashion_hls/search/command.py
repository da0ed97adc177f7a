"""``fashion-hls search``: a search over the prepared sets of the workspace."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import optuna

import fashion_hls
from fashion_hls import places
from fashion_hls.classification.trunk import Trunk
from fashion_hls.config import Config, load
from fashion_hls.data.labels import check_labels
from fashion_hls.data.store import IMAGES, read_table, read_vocabulary
from fashion_hls.environment import variable
from fashion_hls.errors import UserError
from fashion_hls.hashing import file_sha256
from fashion_hls.search.results import summary, write_trials, write_tuned
from fashion_hls.search.space import SearchConfig, Value, load_search, own_params
from fashion_hls.search.study import Outcome, State, search_on
from fashion_hls.search.trial import Setup, category_weights, train_trial, watch
from fashion_hls.stage import header, metrics_folder
from fashion_hls.taxonomy import NO_TYPE
from fashion_hls.tracking import track_stage
from fashion_hls.training.checkpoint import fingerprint, library_versions
from fashion_hls.training.views import training_set
from fashion_hls.weights import input_side

_INVOCATION = "FASHION_HLS_RUN_ID"
#: Columns of the crops' manifest; check_labels() asks for those of labels.
_NEEDED = ["image_id", "split", "view", "found", "store", "file", "detected_type", "object_type"]


def run_search(file: Path, settings: Sequence[str]) -> None:
    """Search, or go on with a search that was stopped; write and print what it found.

    Writes ``metrics/PROFILE/search/[SET/]METHOD.json`` and ``conf/tuned/NAME.yaml``.

    Args:
        file: the space and all else of the search.
        settings: changes to it, ``KEY=VALUE``.

    Raises:
        UserError: a field of the search or of params.yaml is wrong, a prepared set is missing,
            or no trial was trained to its end.
    """
    search, config = load_search(file, settings), load()
    _check_cuts(file, search, config)
    setup, digests = _setup(search, config)
    name, own = _name(search, config), own_params(config, search.space)
    key = _key(search, setup, config, list(digests))
    folder = places.workspace() / ".search" / f"{name}-{key[:16]}"
    train = _Trainer(setup, folder, name, key, digests)
    tried = search_on(folder, search, own, train)
    figure = setup.figure_name()
    below = places.SETS[search.set].below
    metrics = metrics_folder(config) / "search" / below / f"{search.method}.json"
    write_trials(
        metrics, header(config), search, tried, figure=figure,
        own=0 if search.space.holds(own) else None,
    )  # fmt: skip
    tuned = Path("conf/tuned") / f"{name}.yaml"
    write_tuned(tuned, search, tried, figure=figure, title=config.dataset.title)
    print(
        f"{summary(tried, figure)}\ntrials: {metrics}   use it: dvc exp run -S tuned={tuned.stem}"
    )


def _check_cuts(file: Path, search: SearchConfig, config: Config) -> None:
    """A module that the backbone lacks would otherwise end a search in its middle."""
    for cut in search.space.trained_from or ():
        try:
            Trunk(config.backbone.name, pretrained=False, trained_from=cut)
        except UserError as error:
            raise UserError(f"{file}: space.trained_from: {error}") from error


def _setup(search: SearchConfig, config: Config) -> tuple[Setup, dict[str, str]]:
    """What trials share, crops decoded; and the hashes of the files that they come from."""
    chosen = places.SETS[search.set]
    path = chosen.crops / "manifest.parquet"
    manifest = read_table(path, _NEEDED)
    vocabulary = read_vocabulary(chosen.photos / "vocabulary.json")
    check_labels(manifest, vocabulary, path)
    stores = {"crops": chosen.crops / IMAGES, "benchmark": chosen.photos / IMAGES}
    files = [path, chosen.photos / "vocabulary.json"]
    digests = {str(path): file_sha256(path) for path in [*files, *stores.values()]}
    options = config.heads.model_dump() | {
        "backbone": config.backbone.name,
        "pretrained": config.backbone.pretrained,
        "trained_from": config.backbone.trained_from,
        "object_types": NO_TYPE + 1,
        "categories": len(vocabulary.categories),
        "attributes": len(vocabulary.attributes),
        "sharing": config.train.label_sharing,
    }
    data = training_set(
        manifest,
        stores,
        views=config.train.views,
        attributes=len(vocabulary.attributes),
        size=input_side(config.train.image_size, config.backbone.name),
        threads=config.threads,
    )
    setup = Setup(
        method=search.method,
        network=search.network,
        data=data,
        options=options,
        recipe=config.train,
        epochs=search.epochs,
        seed=config.seed,
        threads=config.threads,
    )
    return setup, digests


def _name(search: SearchConfig, config: Config) -> str:
    parts = [config.dataset.name, *places.SETS[search.set].below.parts, search.method]
    parts += [] if search.network == "both" else [search.network]
    return search.name or re.sub(r"\W", "_", "_".join(parts))


def _key(search: SearchConfig, setup: Setup, config: Config, files: list[str]) -> str:
    """What the trials depend on. Not on how many there are: a search may be asked for more."""
    params = {
        "search": search.model_dump(mode="json", exclude={"name", "trials"}),
        "options": setup.options,
        "train": config.train.model_dump(mode="json"),
        "libraries": library_versions() | {"optuna": version("optuna")},
        "seed": config.seed,
        "threads": config.threads,
    }
    code = Path(fashion_hls.__file__).parent
    return fingerprint(params, [Path(file) for file in files], [code])


@dataclass
class _Trainer:
    """Trains a trial as a run of MLflow, with checkpoints that last until it is finished."""

    setup: Setup
    folder: Path
    name: str
    key: str
    digests: Mapping[str, str]

    def __post_init__(self) -> None:
        self._taught: Any = None

    def __call__(
        self, number: int, params: dict[str, Value], judge: Callable[[float, int], None]
    ) -> Outcome:
        if self._taught is None:
            self._taught = category_weights(self.setup, self.folder)
        text = json.dumps(params, sort_keys=True)
        place = self.folder / f"trial-{number}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"
        _, recipe = self.setup.tuned(params)
        facts = {
            "method": self.setup.method,
            "network": self.setup.network,
            "trial": number,
            "seed": self.setup.seed,
            "params": params,
            "train": recipe.model_dump(mode="json"),
        }
        with (
            # All trials under one parent run, also those after a kill.
            variable(_INVOCATION, f"search-{self.name}-{self.key[:12]}"),
            track_stage(
                f"search@{self.name}-{number}",
                params=facts,
                data=self.digests,
                parent_name=f"search {self.name}",
            ) as tracked,
        ):
            watched = watch(
                self.setup,
                params,
                report=lambda name, epoch, figures: tracked.metrics(
                    {f"{name}/{key}": value for key, value in figures.items()}, step=epoch
                ),
                judge=judge,
            )
            state: State = "complete"
            error = None
            try:
                train_trial(
                    self.setup, params, folder=place, taught=self._taught, watched=watched
                )  # fmt: skip
            except optuna.TrialPruned:
                state = "pruned"
            except UserError as failure:  # such as a rate at which the loss is not finite
                state, error = "failed", str(failure)
            figure = watched.figure if watched.epochs else None
            if figure is not None:
                tracked.metrics({"figure": figure})
            tracked.tags({"state": state} | ({"error": error} if error else {}))
        shutil.rmtree(place, ignore_errors=True)
        return Outcome(state, figure, watched.epochs, error)
