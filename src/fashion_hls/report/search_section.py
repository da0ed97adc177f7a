"""The page's section of a hyper-parameter search: its best trials, figure against rate."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd

from fashion_hls.report import plots
from fashion_hls.report.page import Section
from fashion_hls.report.table7 import METHODS

#: Rows of the table.
SHOWN = 10


def search_section(folder: Path, metrics: Path, name: str, below: Path) -> Section | None:
    """The search of a method's settings; None where none was made.

    Args:
        folder: where its picture is written to.
        metrics: the profile's metrics folder.
        name: of the method.
        below: the set's folder within metrics'.
    """
    path = metrics / "search" / below / f"{name}.json"
    if not path.is_file():
        return None
    run = json.loads(path.read_text(encoding="utf-8"))
    where = f", {below}" if below.parts else ""
    rows = [_row(run, trial) for trial in _ranked(run["trials"])[:SHOWN]]
    return Section(
        title=f"Search of settings{where}: {METHODS.get(name, name)}",
        text=_text(run),
        tables=[(f"The best {len(rows)} trials, best first", pd.DataFrame(rows))],
        pictures=_pictures(folder / "_".join(["search", *below.parts, f"{name}.svg"]), run),
    )


def _ranked(trials: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Complete ones before those that were ended early, the higher figure first."""
    judged = [trial for trial in trials if trial["figure"] is not None]
    return sorted(judged, key=lambda one: (one["state"] != "complete", -one["figure"]))


def _row(run: dict[str, Any], trial: dict[str, Any]) -> dict[str, Any]:
    own = " (the run's own settings)" if trial["trial"] == run["own_settings"] else ""
    params = {
        key: float(f"{value:.3g}") if isinstance(value, float) else value
        for key, value in trial["params"].items()
    }
    return {
        "trial": f"{trial['trial']}{own}",
        run["figure"]: round(trial["figure"], 4),
        **params,
        "epochs": trial["epochs"],
        "ended": trial["state"],
    }


def _text(run: dict[str, Any]) -> str:
    trials, search = run["trials"], run["search"]
    early = sum(trial["state"] == "pruned" for trial in trials)
    failed = sum(trial["state"] == "failed" for trial in trials)
    network = "" if run["network"] == "both" else f" ({run['network']} network)"
    return (
        f"{len(trials)} trials{network}, seed {search['seed']}; {early} ended early below the "
        f"median of the others, {failed} failed. Judged by {run['figure']} on the {run['split']} "
        "split: the best of several flatters itself by that choice, and says nothing of the test "
        "split."
    )


def _pictures(path: Path, run: dict[str, Any]) -> list[tuple[Path, str]]:
    points = [
        (
            trial["params"].get("optimizer", "all trials"),
            trial["params"]["lr"],
            trial["figure"],
            trial["state"] == "complete",
        )
        for trial in run["trials"]
        if "lr" in trial["params"] and trial["figure"] is not None
    ]
    if not points:
        return []
    plots.trials(path, points, ylabel=f"{run['figure']}, {run['split']}")
    return [(path, "Figure of each trial against its learning rate; hollow: ended early, so far")]
