"""The page's sections on the studies."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fashion_hls import places
from fashion_hls.metrics.protocols import IN_USE
from fashion_hls.report import plots
from fashion_hls.report.page import Section
from fashion_hls.report.study_tables import gains, made_how, study_tables, title_of

_MARK = "A star marks an interval that excludes zero."
_TEXT = {
    "label_sharing": "Sharing is told apart by step, by what the label was in training and by what "
    "it is when a network is asked. Shuffled labels have as many weights and tell nothing: what "
    "they gain is no gain of sharing. Rows ending in oracle are told the truth, which nobody has "
    "in use.",
    "object_types": "The paper asks each type's network about crops of that type; in use the "
    "detector chooses the network, and a crop of another type cannot be named by it.",
    "recipe": "What the paper says of its hyper-parameters, one varied at a time.",
    "losses": "Each option alone against the paper's recipe.",
}
_PLOTTED = (
    ("type_to_category", "top1", "category top-1: points gained over sharing no type"),
    ("category_to_attributes", "recall@3", "recall@3: points gained over sharing no category"),
)


def read_studies(metrics: Path, kinds: Sequence[str]) -> list[dict[str, Any]]:
    """The studies' metrics files, in the order of ``kinds``."""
    folder = metrics / places.STUDIES
    return [json.loads((folder / f"{kind}.json").read_text(encoding="utf-8")) for kind in kinds]


def study_sections(folder: Path, metrics: Path, kinds: Sequence[str]) -> list[Section]:
    """A section for each study of the run.

    Args:
        folder: where pictures are drawn.
        metrics: the profile's metrics folder.
        kinds: the run's studies.

    Raises:
        FileNotFoundError: a study's metrics file is missing.
    """
    return [
        Section(
            title=title_of(run["study"]),
            text=f"{_TEXT[run['study']]}\n\n{made_how(run)} {_MARK}",
            tables=study_tables(run),
            pictures=_pictures(folder, run) if run["study"] == "label_sharing" else [],
        )
        for run in read_studies(metrics, kinds)
    ]


def _pictures(folder: Path, run: dict[str, Any]) -> list[tuple[Path, str]]:
    out = []
    for step, figure, label in _PLOTTED:
        picture = folder / f"study_{step}.svg"
        plots.method_comparison(
            picture, gains(run, IN_USE, step, figure), xlabel=f"{label}, {IN_USE}"
        )
        out.append((picture, f"{label} under {IN_USE}, by what is shared in training / when asked"))
    return out
