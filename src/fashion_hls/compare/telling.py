"""A comparison as text, as JSON and as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any, Final

from tabulate import tabulate

from fashion_hls.compare.figures import Figure
from fashion_hls.tracking_read import RecordedRun

_LONGEST: Final = 40
#: What the list shows of a run, the first that it has of each pair.
_FIRST: Final = (
    ("mAP", "figures.mAP"),
    ("top-1", "protocols.end_to_end.category.top1.value"),
    ("top-1", "protocols.whole_image.category.top1.value"),
    ("recall@5", "protocols.end_to_end.attributes.recall_at_5.value"),
    ("recall@5", "protocols.whole_image.attributes.recall_at_5.value"),
)


def short(run: RecordedRun) -> str:
    """A run's id, as much of it as is typed."""
    return run.id[:8]


def _commit(run: RecordedRun) -> str:
    return f"{run.commit[:7]}{'+' if run.dirty else ''}"


def _when(run: RecordedRun) -> str:
    return f"{run.started.astimezone():%Y-%m-%d %H:%M}"


def run_list(runs: Sequence[RecordedRun]) -> str:
    """A line for each run."""
    rows = []
    for one in runs:
        shown: dict[str, str] = {}
        for name, metric in _FIRST:
            if metric in one.metrics:
                shown.setdefault(name, f"{name} {one.metrics[metric]:.4f}")
        told = ", ".join(shown.values()) or one.status.lower()
        rows.append([short(one), _when(one), one.profile, one.stage, _commit(one), told])
    return _table(rows, ["run", "begun", "profile", "stage", "commit", "figures"])


def comparison(
    runs: Sequence[RecordedRun],
    rows: Sequence[Figure],
    settings: Mapping[str, Sequence[str]],
    said: Sequence[str],
) -> str:
    """Warnings, the runs, their figures with the best marked, settings that differ."""
    heads = [f"{short(one)}\n{one.item or one.stage}" for one in runs]
    facts = [
        ["stage", *(one.stage for one in runs)],
        ["profile", *(one.profile for one in runs)],
        ["begun", *map(_when, runs)],
        ["commit", *map(_commit, runs)],
    ]
    cells = [[row.name, *(_cell(row, number) for number in range(len(runs)))] for row in rows]
    parts = [f"warning: {one}" for one in said]
    parts += [_table(facts, ["", *heads]), _table(cells, ["figure", *heads])]
    parts.append(
        "* best of its row; [low, high] is its interval, and a difference within it is no finding"
    )
    if settings:
        changed = [[name, *(_cut(value) for value in values)] for name, values in settings.items()]
        parts.append(_table(changed, ["parameter", *heads]))
    else:
        parts.append("no parameter differs")
    return "\n\n".join(parts)


def as_dict(
    runs: Sequence[RecordedRun],
    rows: Sequence[Figure],
    settings: Mapping[str, Sequence[str]],
    said: Sequence[str],
) -> dict[str, Any]:
    """``runs``, ``warnings``, ``figures`` and ``parameters``; values in the order of the runs."""
    return {
        "runs": [
            {
                "id": one.id,
                "stage": one.stage,
                "profile": one.profile,
                "begun": one.started.isoformat(),
                "status": one.status,
                "commit": one.commit,
                "dirty": one.dirty,
            }
            for one in runs
        ],
        "warnings": list(said),
        "figures": [
            {
                "name": row.name,
                "better": row.better or None,
                "values": row.values,
                "intervals": row.intervals,
                "best": [runs[number].id for number in row.best],
            }
            for row in rows
        ],
        "parameters": dict(settings),
    }


def as_csv(runs: Sequence[RecordedRun], rows: Sequence[Figure]) -> str:
    """A row for each figure and run: what it is, its value and interval."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["figure", "run", "stage", "profile", "value", "low", "high", "best"])
    for row in rows:
        for number, one in enumerate(runs):
            low, high = row.intervals[number] or ("", "")
            value = "" if row.values[number] is None else row.values[number]
            best = "yes" if number in row.best else ""
            writer.writerow([row.name, one.id, one.stage, one.profile, value, low, high, best])
    return out.getvalue()


def _cell(row: Figure, number: int) -> str:
    value, interval = row.values[number], row.intervals[number]
    if value is None:
        return "—"
    text = f"{value:g}" if float(value).is_integer() else f"{value:.4f}"
    if interval is not None:
        text += f" [{interval[0]:.4f}, {interval[1]:.4f}]"
    return f"{text} *" if number in row.best else text


def _cut(value: str) -> str:
    return value if len(value) <= _LONGEST else f"{value[: _LONGEST - 1]}…"


def _table(rows: Sequence[Sequence[str]], headers: Sequence[str]) -> str:
    return tabulate(rows, headers, tablefmt="simple", disable_numparse=True)
