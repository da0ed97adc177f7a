"""The page's section of a method's attention: galleries, and whether the maps are faithful."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd

from fashion_hls.report.page import Section
from fashion_hls.report.table7 import METHODS

#: What each gallery shows, in the order of the page.
RULES = {
    "right": "the category is right",
    "wrong": "the category is wrong",
    "incompatible": "one of the three best attributes never occurs with the predicted category in "
    "training",
}
_METHOD = (
    "Deletion: the cells of the map are blurred, the most attended first, and the score of the "
    "prediction is averaged on the way; the lower, the more faithful. Insertion: they are shown in "
    "that order on the blurred crop; the higher, the more faithful. Beside it the same cells in "
    "random order: where the difference's interval holds zero, the map is no better than chance."
)


def attention_section(metrics: Path, pictures: Path, name: str, below: Path) -> Section | None:
    """A method's attention; None where it has none.

    Args:
        metrics: the profile's metrics folder.
        pictures: the galleries, a folder for each method.
        name: of the method.
        below: the set's folder within metrics' and pictures'.

    Raises:
        FileNotFoundError: the metrics file is missing.
    """
    path = metrics / "attention" / below / f"{name}.json"
    run = json.loads(path.read_text(encoding="utf-8"))
    if run["attention"] is None:
        return None
    where = f", {below}" if below.parts else ""
    files = [(pictures / below / name / f"{rule}.jpg", text) for rule, text in RULES.items()]
    return Section(
        title=f"Attention{where}: {METHODS.get(name, name)}",
        text=f"{run['images']} test crops drawn at random, {run['protocol']}. {_METHOD}",
        tables=[(f"Areas, with {run['level']:.0%} intervals of the difference", _table(run))],
        pictures=[
            (
                file,
                f"The most confident of those where {text}. Left: the crop and its labels; middle: "
                "attention and word of the category step; right: of the attribute step",
            )
            for file, text in files
            if file.is_file()
        ],
    )


def _table(run: dict[str, Any]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"step": step, "curve": kind, **{key: round(value, 4) for key, value in row.items()}}
            for step, kinds in run["attention"].items()
            for kind, row in kinds.items()
        ]
    )
