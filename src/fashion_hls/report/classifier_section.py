"""The page's section of a method: what one may trust, and where it errs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd

from fashion_hls.metrics.protocols import IN_USE
from fashion_hls.report import plots
from fashion_hls.report.confusion_grid import write_grid
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
        folder: where reliability and confusion are drawn.
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
    grid = folder / "_".join(["confusion", *below.parts, f"{name}.svg"])
    drawn_grid = write_grid(grid, rows["confused"], [one["category"] for one in rows["categories"]])
    sheet = pictures / below / name / FILE
    where = f", {below}" if below.parts else ""
    return Section(
        title=f"Errors{where}: {METHODS.get(name, name)}",
        text=_text(report),
        tables=[
            *_impossible_table(report),
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
                [(grid, "Category confusion: counts, shaded by the share of their row")]
                if drawn_grid
                else []
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
    consistent = (
        f"{told}\n\nHierarchical consistency: {_percent(unseen['value'])} "
        f"[{_percent(unseen['low'])}, {_percent(unseen['high'])}] of the three best attributes "
        f"never occur with the predicted category in the training split; of the true labels, "
        f"{_percent(found['unseen_truth'])} never occur with the true one."
    )
    return f"{consistent} {_impossible_text(report)}".rstrip()


def _impossible_text(report: dict[str, Any]) -> str:
    """The share of what the taxonomy rules out, or why there is none.

    Nothing of a run that was evaluated before there was such a figure.
    """
    found = report.get("impossible")
    if found is None:
        return ""
    if found["reason"] is not None:
        return f"Impossible predictions by the paper's Table 2: not counted ({found['reason']})."
    predicted, true = (found[f"{which}_category"]["best@3"] for which in ("predicted", "true"))
    return (
        f"Impossible by the paper's Table 2: {_interval(predicted)} of the three best attributes "
        f"do not apply to the predicted category, {_interval(true)} not to the true one (of the "
        f"true labels, {_percent(found['labels']['value'])}); {found['left_out']} of "
        f"{found['attributes'] + found['left_out']} attributes are unknown to it and left out."
    )


def _impossible_table(report: dict[str, Any]) -> list[tuple[str, pd.DataFrame]]:
    """Impossible predictions by which attributes count as predicted; none of another taxonomy."""
    found = report.get("impossible")
    if found is None or found["reason"] is not None:
        return []
    against = {
        "not of the predicted category": found["predicted_category"],
        "not of the true category": found["true_category"],
    }
    rows = []
    for name, one in found["true_category"].items():
        sure = f"score at least {found['threshold']}"
        rows.append(
            {
                "predicted": sure if name == "at_threshold" else name.replace("@", " "),
                **{column: _interval(figures[name]) for column, figures in against.items()},
                "judged": one["judged"],
                "left out": one["left_out"],
            }
        )
    title = "Impossible predictions: attributes that Table 2 does not allow for the category"
    return [(title, pd.DataFrame(rows))]


def _interval(figure: dict[str, Any]) -> str:
    if figure["value"] is None:
        return _percent(None)
    return f"{_percent(figure['value'])} [{_percent(figure['low'])}, {_percent(figure['high'])}]"


def _percent(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.1%}"


def _table(rows: list[dict[str, Any]], *, by: str | None = None) -> pd.DataFrame:
    table = pd.DataFrame(rows)
    return table.sort_values(by, kind="stable") if by and len(table) else table


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
