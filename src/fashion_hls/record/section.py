"""The page's section on how it was made: commit, settings, hashes, seconds, libraries, stages."""

from __future__ import annotations

import json
import platform
from collections import defaultdict
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

import pandas as pd

from fashion_hls.places import DATA_VARIABLE
from fashion_hls.provenance import hardware
from fashion_hls.record.drawing import draw
from fashion_hls.record.lock import Stage, edges, settings
from fashion_hls.record.source import Record
from fashion_hls.report.page import Section

TITLE: Final = "How it was made"
LIBRARIES: Final = (
    "torch", "torchvision", "timm", "effdet", "accelerate", "pycocotools", "numpy", "pandas",
    "scipy", "scikit-learn", "pillow", "opencv-python-headless", "pyarrow", "matplotlib", "dvc",
    "mlflow", "hydra-core", "optuna",
)  # fmt: skip
_UNKNOWN: Final = (
    "No record of DVC has this page: a stage was run by hand, or the workspace has had another run "
    "since. So its settings, hashes and stages are not told here; `make repro` or `make profile` "
    "makes a page that has a record."
)


def made_section(record: Record | None, profile: str, timings: Path, *, sample: bool) -> Section:
    """All that is known of how the run was made.

    Args:
        record: of the run; None where none is known.
        profile: the run's.
        timings: where the stages left their seconds, a JSON file each.
        sample: whether the run's data is generated.
    """
    stages = record.stages if record else {}
    seconds = _seconds(timings, stages)
    return Section(
        title=TITLE,
        text=_text(record, bool(seconds)),
        commands=_commands(record, profile, sample=sample),
        drawings=_drawings(stages, seconds),
        tables=[
            *([("Data and models of the run, by DVC's hash", _hashes(stages))] if stages else []),
            ("Libraries where this file was written", _libraries()),
        ],
        folded=_folded(stages, seconds),
    )


def _text(record: Record | None, timed: bool) -> str:
    parts = [_UNKNOWN]
    if record:
        commit = f"Commit {record.commit}. " if record.commit else "No commit is known. "
        parts = [
            "What follows is DVC's record of the very run that this page is of: the hash that it "
            "has of the page is the page's own.",
            commit + record.code,
        ]
    machine = hardware()
    parts.append(
        f"This file was written with Python {platform.python_version()} on {platform.system()}, "
        f"{machine['cores']} cores of {machine['cpu']}."
    )
    if timed:
        parts.append(
            "Seconds are those of each stage's last run in this workspace, whatever ran beside it; "
            "of a stage that DVC took from its cache they are from when it ran, or missing."
        )
    return "\n\n".join(parts)


def _commands(record: Record | None, profile: str, *, sample: bool) -> list[str]:
    checkout = [f"git checkout {record.commit}"] if record and record.commit else []
    if sample:
        return [*checkout, "make repro", f"make report PROFILE={profile}"]
    return [
        *checkout,
        f"{DATA_VARIABLE}=/where/they/lie make profile PROFILE={profile}"
        '  # S="key=value" for settings other than the profile\'s',
        f"make report PROFILE={profile}",
    ]


def _seconds(folder: Path, stages: Mapping[str, Stage]) -> dict[str, float]:
    """By stage, of those that the run has; of all where that is not known."""
    files = sorted(folder.glob("*.json")) if folder.is_dir() else []
    rows = [json.loads(file.read_text(encoding="utf-8")) for file in files]
    return {
        row["stage"]: float(row["seconds"]) for row in rows if not stages or row["stage"] in stages
    }


def _drawings(stages: Mapping[str, Stage], seconds: Mapping[str, float]) -> list[tuple[str, str]]:
    if not stages:
        return []
    kinds: dict[str, list[Stage]] = defaultdict(list)
    for stage in stages.values():
        kinds[stage.kind].append(stage)
    pairs = {(stages[a].kind, stages[b].kind) for a, b in edges(stages)}
    labels = {kind: [kind, *_below(members, seconds)] for kind, members in kinds.items()}
    first, last = next(iter(labels)), "report"
    title = (
        f"Graph of the {len(labels)} kinds of stages from {first} to {last}; the folded table of "
        "stages has it in words"
    )
    caption = (
        "The stages, each below what it reads from; one box for the stages of a kind (×), with the "
        "seconds of all of them"
    )
    return [(draw(labels, {(a, b) for a, b in pairs if a != b}, title=title), caption)]


def _below(members: Sequence[Stage], seconds: Mapping[str, float]) -> list[str]:
    """The second line of a box; none where there is nothing to say."""
    times = [seconds[one.name] for one in members if one.name in seconds]
    parts = [f"×{len(members)}"] if len(members) > 1 else []
    if times:
        few = "" if len(times) == len(members) else f" ({len(times)} of {len(members)})"
        parts.append(f"{sum(times):,.1f} s{few}")
    return [", ".join(parts)] if parts else []


def _hashes(stages: Mapping[str, Stage]) -> pd.DataFrame:
    rows = [
        {
            "output": path,
            "written by": stage.name,
            "MB": f"{stage.sizes[path] / 1e6:.1f}",
            "MD5": md5,
        }
        for stage in stages.values()
        for path, md5 in stage.outs.items()
        if path.startswith(("data/", "models/"))
    ]
    return pd.DataFrame(rows).sort_values("output")


def _libraries() -> pd.DataFrame:
    found = []
    for name in LIBRARIES:
        try:
            found.append({"library": name, "version": version(name)})
        except PackageNotFoundError:
            continue
    return pd.DataFrame(found)


def _folded(
    stages: Mapping[str, Stage], seconds: Mapping[str, float]
) -> list[tuple[str, pd.DataFrame]]:
    if not stages:
        rows = [{"stage": name, "seconds": value} for name, value in seconds.items()]
        return [("Seconds of each stage", pd.DataFrame(rows))] if rows else []
    before: dict[str, list[str]] = defaultdict(list)
    for first, second in sorted(edges(stages)):
        before[second].append(first)
    table = pd.DataFrame(
        [
            {
                "stage": name,
                "seconds": seconds.get(name),
                "reads from": ", ".join(before[name]) or "nothing",
            }
            for name in stages
        ]
    )
    values = settings(stages)
    given = pd.DataFrame({"setting": list(values), "value": [_plain(v) for v in values.values()]})
    return [
        ("Settings that the stages were given", given),
        ("Stages and what they read from", table),
    ]


def _plain(value: object) -> str:
    return "not set" if value is None else str(value)
