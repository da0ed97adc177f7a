"""The page's section of a method: what one may trust, and where it errs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd

from fashion_hls.metrics.protocols import IN_USE
from fashion_hls.report import plots
from fashion_hls.report.mistakes import COUNT, FILE
from fashion_hls.report.page import Section
from fashion_hls.report.table7 import METHODS

#: Rows of the longest tables: the page stays readable, the metrics file has them all.
SHOWN = 15


def classifier_section(
    folder: Path, *, metrics: Path, pictures: Path, name: str, below: Path
) -> Section:
    """A method's calibration, consistency and errors under ``IN_USE``.

    Args:
        folder: where the reliability is drawn.
        metrics: the profile's metrics folder.
        pictures: what the evaluations drew, a folder for each method.
        name: of the method.
        below: the set's folder within metrics' and pictures'.

    Raises:
        FileNotFoundError: a metrics file is missing.
    """
    run = _read(metrics / "classifier" / below / f"{name}.json")
    report = run["protocols"][IN_USE]
    rows = _read(metrics / "classifier_plots" / below / f"{name}.json")[IN_USE]
    drawn = folder / "_".join(["reliability", *below.parts, f"{name}.svg"])
    bins: dict[str, list[Any]] = {"category": [], "attributes": []}
    for row in rows["reliability"]:
        bins[row["scores"]].append(row)
    plots.reliability(drawn, bins)
    confused = pd.DataFrame(rows["confused"], columns=["truth", "predicted", "count"])
    wrong = confused[confused["truth"] != confused["predicted"]]
    sheet = pictures / below / name / FILE
    where = f", {below}" if below.parts else ""
    return Section(
        title=f"Errors{where}: {METHODS.get(name, name)}",
        text=_text(report),
        tables=[
            (f"Categories most often confused (up to {SHOWN} pairs)", wrong.head(SHOWN)),
            ("By category: recall, precision and F1 of the best guess", _table(rows["categories"])),
            (
                f"By attribute, the {SHOWN} with the lowest average precision (AP)",
                _table(rows["attributes"], by="AP").head(SHOWN),
            ),
        ],
        pictures=[
            (
                drawn,
                "Reliability: of predictions with about the same confidence, the share that holds. "
                "On the dashed line confidence is right; larger dots stand for more predictions",
            ),
            *(
                [
                    (
                        sheet,
                        f"Up to {COUNT} wrong categories, the most confident first: label, "
                        "prediction, confidence. Some of the labels are wrong themselves",
                    )
                ]
                if sheet.is_file()
                else []
            ),
        ],
    )


def _text(report: dict[str, Any]) -> str:
    found, calibration = report["consistency"], report["calibration"]
    unseen = found["unseen@3"]
    told = (
        f"{report['images']} test images under {IN_USE}, {found['images']} with a crop. Expected "
        f"calibration error: category {_percent(calibration['category'])}, an image's "
        f"{calibration['best_attributes']} best attributes {_percent(calibration['attributes'])}. "
        f"Mean average precision of the attributes: "
        f"{_percent(report['attribute_mean_AP'])}."
    )
    if unseen["value"] is None:
        return told
    return (
        f"{told}\n\nHierarchical consistency: {_percent(unseen['value'])} "
        f"[{_percent(unseen['low'])}, {_percent(unseen['high'])}] of the three best attributes "
        f"never occur with the predicted category in the training split; of the true labels, "
        f"{_percent(found['unseen_truth'])} never occur with the true one."
    )


def _percent(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.1%}"


def _table(rows: list[dict[str, Any]], *, by: str | None = None) -> pd.DataFrame:
    table = pd.DataFrame(rows)
    return table.sort_values(by, kind="stable") if by and len(table) else table


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
