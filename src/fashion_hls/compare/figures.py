"""Figures of several runs in rows, with their intervals, and which is the best."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from fashion_hls.errors import UserError
from fashion_hls.tracking_read import RecordedRun

#: What is shown unless asked for otherwise: of methods by protocol, of detectors, of trainings.
_MAIN: Final = re.compile(
    r"protocols\.\w+\.(category\.top[13]|attributes\.(altered_)?recall_at_[35]|attribute_mean_AP"
    r"|calibration\.category)\Z"
    r"|figures\.(mAP|AP50|AP75|AR_at_100|per_class\.[^.]+\.AP)\Z"
    r"|(.*/)?val/[^/]+\Z"
)
#: Counts and settings: neither more nor less of them is better.
_NEITHER: Final = re.compile(
    r"(^|[./])(seed|level|draws|images|objects|detections|bins|min_score|image_size|\w*_positives"
    r"|\w*_occurring|best_attributes|unseen_truth|right)\Z|objects_by_size|per_class\.[^.]+\.objects"
    r"|images_per|\.counts?\."
)
_LESS: Final = re.compile(
    r"loss|calibration|unseen|impossible|duration|mistaken|missed|(^|\.)false|rare|error"
)
HIGHER, LOWER = "higher", "lower"


class Figure(NamedTuple):
    """A row. ``values``: of each run, None where it has none. ``intervals``: (low, high) of each,
    or None. ``better``: higher, lower, or empty where neither is. ``best``: numbers of the runs."""

    name: str
    values: list[float | None]
    intervals: list[tuple[float, float] | None]
    better: str
    best: list[int]


def figures(runs: Sequence[RecordedRun], wanted: str | None) -> list[Figure]:
    """The rows for these runs, in the order in which names sort.

    Args:
        runs: two or more.
        wanted: a regular expression that a name must have in it; None: the main figures.

    Raises:
        UserError: it is no regular expression, or fits no figure.
    """
    names = sorted({_shown(name) for one in runs for name in one.metrics} - {""})
    try:
        pattern = _MAIN if wanted is None else re.compile(wanted)
    except re.error as error:
        raise UserError(f"--metrics {wanted}: is no regular expression ({error})") from error
    chosen = [n for n in names if (pattern.match(n) if wanted is None else pattern.search(n))]
    if not chosen and wanted is not None:
        raise UserError(f"--metrics {wanted}: fits none of the {len(names)} figures of these runs")
    return [_figure(name, runs) for name in chosen or names]


def _shown(name: str) -> str:
    """A figure's name; ends of intervals have none."""
    if name.endswith((".low", ".high")):
        return ""
    return name.removesuffix(".value")


def _figure(name: str, runs: Sequence[RecordedRun]) -> Figure:
    values = [_finite(one.metrics.get(name, one.metrics.get(f"{name}.value"))) for one in runs]
    better = direction(name)
    known = [value for value in values if value is not None]
    best: list[int] = []
    if better and len(set(known)) > 1:
        top = max(known) if better == HIGHER else min(known)
        best = [number for number, value in enumerate(values) if value == top]
    return Figure(name, values, [_interval(name, one.metrics) for one in runs], better, best)


def _finite(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else value


def _interval(name: str, metrics: dict[str, float]) -> tuple[float, float] | None:
    """Methods have an interval's ends beside the figure, detectors below ``intervals``."""
    for stem in (name, f"intervals.{name.removeprefix('figures.')}"):
        low, high = (_finite(metrics.get(f"{stem}.{end}")) for end in ("low", "high"))
        if low is not None and high is not None:
            return low, high
    return None


def direction(name: str) -> str:
    """Whether a figure is better ``higher`` or ``lower``; empty where neither is."""
    if _NEITHER.search(name):
        return ""
    return LOWER if _LESS.search(name) else HIGHER
