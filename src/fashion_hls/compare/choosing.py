"""Which runs are meant: by id, by the last ones, by method."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from fashion_hls.errors import UserError
from fashion_hls.tracking_read import RecordedRun

#: Stages whose runs have figures of the test split, in the order in which they are looked for.
EVALUATIONS: Final = ("evaluate_classifier", "evaluate_detector")
_ANY: Final = "evaluate_"
_SHOWN: Final = 5


def listed(
    runs: Sequence[RecordedRun], *, stage: str | None, profile: str | None
) -> list[RecordedRun]:
    """The stages' runs to list: those of evaluations, or whose stage begins with ``stage``."""
    start = _ANY if stage is None else stage
    return [
        one
        for one in runs
        if one.stage.startswith(start) and one.stage and profile in (None, one.profile)
    ]


def by_ids(runs: Sequence[RecordedRun], wanted: Sequence[str]) -> list[RecordedRun]:
    """The runs of these ids, their beginnings, or invocations' names.

    An invocation stands for the methods that it evaluated, or for the detectors where it
    evaluated no method.

    Raises:
        UserError: no run, or several, begin so.
    """
    chosen: dict[str, RecordedRun] = {}
    for name in wanted:
        found = [one for one in runs if one.id == name or (one.name == name and not one.stage)]
        found = found or [one for one in runs if name and one.id.startswith(name.lower())]
        if not found:
            raise UserError(f"{name}: no run has this id; `fashion-hls compare` lists them")
        if len(found) > 1:
            several = ", ".join(f"{one.id[:12]} ({one.name})" for one in found[:_SHOWN])
            raise UserError(f"{name}: {len(found)} runs begin so: {several}; type more of the id")
        for one in [found[0]] if found[0].stage else _evaluated(runs, found[0]):
            chosen[one.id] = one
    return list(chosen.values())


def _evaluated(runs: Sequence[RecordedRun], invocation: RecordedRun) -> list[RecordedRun]:
    own = [one for one in runs if one.parent == invocation.id and one.status == "FINISHED"]
    for stage in EVALUATIONS:
        latest: dict[str, RecordedRun] = {}
        for one in own:  # newest first: of a stage that ran twice, the later
            if one.stage.startswith(f"{stage}@"):
                latest.setdefault(one.stage, one)
        if latest:
            return list(latest.values())[::-1]
    raise UserError(f"{invocation.name}: evaluated no method and no detector")


def last(runs: Sequence[RecordedRun], count: int, stage: str | None) -> list[RecordedRun]:
    """The last finished runs of a stage, oldest first.

    Raises:
        UserError: there are fewer than two.
    """
    start = EVALUATIONS[0] if stage is None else stage
    found = [one for one in runs if one.stage.startswith(start) and one.status == "FINISHED"]
    if len(found) < 2:
        raise UserError(f"--last {count}: {len(found)} finished runs of {start} are recorded")
    return found[:count][::-1]


def by_method(
    runs: Sequence[RecordedRun], methods: Sequence[str], stage: str | None
) -> list[RecordedRun]:
    """The last finished evaluation of each method (or detector), in the order given.

    Raises:
        UserError: one was never evaluated.
    """
    stages = EVALUATIONS if stage is None else (stage,)
    chosen = []
    for method in methods:
        found = [
            one
            for start in stages
            for one in runs
            if one.status == "FINISHED"
            and one.stage.partition("@")[0].startswith(start)
            and (one.item == method or one.item.endswith(f"-{method}"))
        ]
        if not found:
            known = sorted({one.item for one in runs if one.stage.startswith(stages) and one.item})
            raise UserError(
                f"--method {method}: no finished evaluation; recorded: {', '.join(known) or 'none'}"
            )
        chosen.append(found[0])
    return chosen
