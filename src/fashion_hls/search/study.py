"""Optuna's side of a search: proposals, pruning, and a study that outlives a kill.

Proposals come from the seed, the trial's number and the finished trials alone, so a search that
was killed goes on with the very proposals of an undisturbed one.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple

import optuna
from filelock import FileLock, Timeout
from optuna.trial import FrozenTrial, Trial, TrialState
from tqdm import tqdm

from fashion_hls.errors import UserError
from fashion_hls.search.space import SearchConfig, Space, Value
from fashion_hls.training.seed import numpy_generator

_FINISHED = (TrialState.COMPLETE, TrialState.PRUNED)
_NAME = "search"

#: ``failed``: the training ended in an error, such as a loss that is not finite.
State = Literal["complete", "pruned", "failed"]


class Outcome(NamedTuple):
    """How a trial ended; ``figure`` None where no epoch was finished, ``error`` where it failed."""

    state: State
    figure: float | None
    epochs: int
    error: str | None = None


class Tried(NamedTuple):
    """A finished trial, numbered from 0 in the order of finishing."""

    number: int
    params: dict[str, Value]
    outcome: Outcome


#: A trial's number, its settings, and who judges its figure at a step, to how it ended.
Train = Callable[[int, dict[str, Value], Callable[[float, int], None]], Outcome]


def search_on(
    folder: Path, search: SearchConfig, own: Mapping[str, Value], train: Train
) -> list[Tried]:
    """Run trials until so many are finished as the search asks for, those of before included.

    Args:
        folder: of this very search; its database and lock.
        search: space, number of trials, seed, pruning.
        own: the run's own settings, which are the first trial where the space has them.
        train: trains one; what it raises ends the search, and the trial is begun anew next time.

    Raises:
        UserError: another process is at this search.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / "lock")
    try:
        lock.acquire(blocking=False)
    except Timeout:
        raise UserError(
            f"{lock.lock_file}: another process runs this search; wait until it ends, or stop it"
        ) from None
    try:
        study = _open(folder, search)
        tried = finished(study)
        with tqdm(total=search.trials, initial=len(tried), desc="search", unit="trial") as bar:
            while len(tried) < search.trials:
                _show_best(bar, tried)
                _one_more(study, search, own, train, len(tried))
                tried = finished(study)
                bar.update()
            _show_best(bar, tried)
    finally:
        lock.release()
    # Asked for more before, and for fewer now: the rest stays in the study, unseen.
    return tried[: search.trials]


def finished(study: optuna.Study) -> list[Tried]:
    """All that ended by themselves, first first."""
    trials = study.get_trials(deepcopy=False, states=_FINISHED)
    return [_tried(number, trial) for number, trial in enumerate(trials)]


def best_of(tried: list[Tried]) -> Tried | None:
    """The complete trial of the highest figure, the first of equals."""
    complete = [one for one in tried if one.outcome.state == "complete"]
    return max(complete, key=lambda one: (one.outcome.figure or 0.0, -one.number), default=None)


def _open(folder: Path, search: SearchConfig) -> optuna.Study:
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    pruner: optuna.pruners.BasePruner = optuna.pruners.NopPruner()
    if search.pruning is not None:
        pruner = optuna.pruners.MedianPruner(
            n_startup_trials=search.pruning.startup_trials,
            n_warmup_steps=search.pruning.warmup_epochs,
        )
    # SQLite writes a trial whole or not at all, whenever the process is killed.
    storage = optuna.storages.RDBStorage(f"sqlite:///{(folder / 'study.db').absolute()}")
    study = optuna.create_study(
        storage=storage, study_name=_NAME, direction="maximize", pruner=pruner, load_if_exists=True
    )
    for trial in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
        study.tell(trial.number, state=TrialState.FAIL)  # a killed process left it behind
    return study


def _one_more(
    study: optuna.Study,
    search: SearchConfig,
    own: Mapping[str, Value],
    train: Train,
    number: int,
) -> None:
    study.sampler = _sampler(search, own, number)
    trial = study.ask()

    def judge(figure: float, step: int) -> None:
        trial.report(figure, step)
        if trial.should_prune():
            raise optuna.TrialPruned

    outcome = train(number, _suggest(trial, search.space), judge)
    trial.set_user_attr("epochs", outcome.epochs)
    if outcome.error is not None:
        trial.set_user_attr("error", outcome.error)
    if outcome.state == "complete":
        study.tell(trial, outcome.figure)
    else:
        # Failed ones as well: the sampler ignores Optuna's failures, and would go there again.
        study.tell(trial, state=TrialState.PRUNED)


def _sampler(
    search: SearchConfig, own: Mapping[str, Value], number: int
) -> optuna.samplers.BaseSampler:
    if number == 0 and search.space.holds(own):
        return _Given(own)
    # A sampler of its own for each trial: one that lived on would forget its state in a kill.
    seed = int(numpy_generator(search.seed, "trial", number).integers(2**32))
    return optuna.samplers.TPESampler(
        seed=seed, n_startup_trials=search.startup_trials, multivariate=True, constant_liar=False
    )


class _Given(optuna.samplers.BaseSampler):
    """Proposes what it was given."""

    def __init__(self, params: Mapping[str, Value]) -> None:
        self._params = params

    def infer_relative_search_space(self, *_: Any) -> dict[str, Any]:
        return {}

    def sample_relative(self, *_: Any) -> dict[str, Any]:
        return {}

    def sample_independent(self, _study: Any, _trial: Any, param_name: str, _space: Any) -> Value:
        return self._params[param_name]


def _suggest(trial: Trial, space: Space) -> dict[str, Value]:
    out: dict[str, Value] = {}
    if space.lr is not None:
        out["lr"] = trial.suggest_float("lr", *space.lr, log=True)
    if space.dropout is not None:
        out["dropout"] = trial.suggest_float("dropout", *space.dropout)
    for key in ("batch_size", "trained_from", "optimizer"):
        if (choice := getattr(space, key)) is not None:
            out[key] = trial.suggest_categorical(key, choice)
    return out


def _tried(number: int, trial: FrozenTrial) -> Tried:
    error = trial.user_attrs.get("error")
    state: State = "complete"
    if trial.state == TrialState.PRUNED:
        state = "pruned" if error is None else "failed"
    outcome = Outcome(state, trial.value, trial.user_attrs.get("epochs", 0), error)
    return Tried(number, dict(trial.params), outcome)


def _show_best(bar: tqdm, tried: list[Tried]) -> None:
    best = best_of(tried)
    if best is not None:
        bar.set_postfix_str(f"best {best.outcome.figure:.4f}, of trial {best.number}")
