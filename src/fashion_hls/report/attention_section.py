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
    "that order on the blurred crop; the higher, the more faithful. Two peers: the cells in random "
    "order, and the mean of all crops' maps, the same for each; a map no better than the latter "
    "looks where garments are, whatever it is shown. Verdict: by the interval of the difference."
)
_PEERS = {"random": "random order", "mean_map": "mean map"}


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
    rows = []
    for step, kinds in run["attention"].items():
        for kind, row in kinds.items():
            for peer, name in _PEERS.items():
                own = row[peer]
                figures = {key: round(own[key], 4) for key in ("difference", "low", "high")}
                rows.append(
                    {
                        "step": step,
                        "curve": kind,
                        "attention": round(row["attention"], 4),
                        "peer": name,
                        "the peer's": round(own["area"], 4),
                        **figures,
                        "verdict": _verdict(kind, own["low"], own["high"]),
                    }
                )
    return pd.DataFrame(rows)


def _verdict(kind: str, low: float, high: float) -> str:
    """Of a difference, attention less its peer; in deletion less is better."""
    if low <= 0 <= high:
        return "undecided"
    return "better" if (high < 0) == (kind == "deletion") else "worse"
