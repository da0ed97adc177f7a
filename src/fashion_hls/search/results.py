"""What a search leaves: its trials as a metrics file, its best as a group file of the settings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from fashion_hls.data.store import write_json, write_whole
from fashion_hls.errors import UserError
from fashion_hls.search.space import SearchConfig, nested
from fashion_hls.search.study import Tried, best_of

SPLIT = "val"


def require_best(tried: list[Tried]) -> Tried:
    """The best trial.

    Raises:
        UserError: none was trained to its end.
    """
    best = best_of(tried)
    if best is None:
        errors = [one.outcome.error for one in tried if one.outcome.error]
        raise UserError(f"no trial was trained to its end; the first says: {errors[0]}")
    return best


def write_trials(
    path: Path,
    facts: dict[str, Any],
    search: SearchConfig,
    tried: list[Tried],
    *,
    figure: str,
    own: int | None,
) -> None:
    """Write all trials as JSON.

    Args:
        path: where to.
        facts: what every metrics file begins with.
        search: what was asked for.
        tried: all finished trials.
        figure: what ``figure`` of each is.
        own: number of the trial with the run's own settings, if there was one.
    """
    best = require_best(tried)
    content = {
        **facts,
        "method": search.method,
        "set": search.set,
        "network": search.network,
        "split": SPLIT,
        "figure": figure,
        "note": "the best of several trials on the split that chose it; flatters by that choice",
        "search": search.model_dump(mode="json", exclude={"name"}),
        "best": best.number,
        "own_settings": own,
        "trials": [_row(one) for one in tried],
    }
    write_json(path, content)


def write_tuned(
    path: Path, search: SearchConfig, tried: list[Tried], *, figure: str, title: str
) -> None:
    """Write the best trial's settings, only the keys that were searched, as a Hydra group file.

    Args:
        path: below conf/tuned.
        search: what was asked for.
        tried: all finished trials.
        figure: what the trials were judged by.
        title: of the dataset.
    """
    best = require_best(tried)
    of = "" if search.network == "both" else f", {search.network} network"
    lines = [
        "# @package _global_",
        f"# Found by `fashion-hls search`: {search.method}{of}, on the {search.set} set of",
        f"# {title}.",
        f"# Trial {best.number} of {len(tried)}, seed {search.seed}: {figure} "
        f"{best.outcome.figure:.4f} on the {SPLIT} split.",
    ]
    values = yaml.safe_dump(nested(best.params), sort_keys=False)
    write_whole(path, ("\n".join(lines) + f"\n{values}").encode())


def summary(tried: list[Tried], figure: str) -> str:
    """A few lines for the terminal."""
    best = require_best(tried)
    counts = {
        state: sum(one.outcome.state == state for one in tried)
        for state in ("complete", "pruned", "failed")
    }
    ended = ", ".join(f"{count} {state}" for state, count in counts.items() if count)
    settings = ", ".join(
        f"{key} {value:.4g}" if isinstance(value, float) else f"{key} {value}"
        for key, value in best.params.items()
    )
    return (
        f"{len(tried)} trials ({ended}); best of them: trial {best.number}, "
        f"{figure} {best.outcome.figure:.4f}\n{settings}"
    )


def _row(one: Tried) -> dict[str, Any]:
    outcome = one.outcome
    row: dict[str, Any] = {
        "trial": one.number,
        "state": outcome.state,
        "figure": outcome.figure,
        "epochs": outcome.epochs,
        "params": one.params,
    }
    return row | ({"error": outcome.error} if outcome.error else {})
