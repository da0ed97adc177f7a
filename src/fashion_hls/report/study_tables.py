"""What the studies found, as tables for the page and for ``make show``.

``run`` arguments are ``metrics/PROFILE/classifier/study/KIND.json``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import pandas as pd

from fashion_hls.report.render import FEWEST_IMAGES, seeds

Metrics = Mapping[str, Any]
Tables = list[tuple[str, pd.DataFrame]]

_TITLES: Final = {
    "label_sharing": "Label sharing examined",
    "object_types": "One network for each object type, or one for all",
    "losses": "Losses",
    "recipe": "Fine-tuning: learning rate, dropout, depth, backbone",
}
_HEADINGS: Final = {
    "top1": "top-1",
    "top3": "top-3",
    "recall@3": "recall@3",
    "recall@5": "recall@5",
    "unseen@3": "pairs never seen among the best 3",
}
_STEPS: Final = (
    ("type_to_category", "object type → category", ("top1", "top3")),
    ("category_to_attributes", "category → attributes", ("recall@3", "recall@5")),
)
_METHODS: Final = {"stl_hls": "STL w/ HLS", "mtl_rnn_va": "MTL w/ RNN+VA"}
_WRONG: Final = "top1, detected type wrong"


def title_of(kind: str) -> str:
    """The heading of a study."""
    return _TITLES[kind]


def made_how(run: Metrics) -> str:
    """How the figures came about, in two sentences."""
    over = "over seeds and test images at once" if run["seeds"] > 1 else "over test images"
    return (
        f"{seeds(run)}; {run['note']}; crops of {run['image_size']} pixels, trained on "
        f"those of {run['trained_on']}. Intervals of {run['level']:.0%} are {over} "
        "(few seeds make them too narrow, and of many rows some exclude zero by chance); "
        "differences are between networks of one seed on one image."
    )


def study_tables(run: Metrics) -> Tables:
    """Caption and table of each part of a study."""
    if run["study"] == "label_sharing":
        return _label_sharing(run)
    if run["study"] == "object_types":
        return _object_types(run)
    return _recipe(run) if run["study"] == "recipe" else _losses(run)


def gains(
    run: Metrics, protocol: str, step: str, figure: str
) -> list[tuple[str, float, float, float]]:
    """Label, difference and its interval in points, of each row but the reference."""
    rows = run["protocols"][protocol][step]
    out = []
    for name, row in rows.items():
        one = row[figure]
        if one.get("difference") is not None:
            value, low, high = (100 * one[f"difference{end}"] for end in ("", "_low", "_high"))
            out.append((name, value, low, high))
    return out


def study_markdown(runs: Sequence[Metrics]) -> str:
    """The studies for ``tables.md``; empty without any."""
    parts = []
    for run in runs:
        parts.append(f"## Study: {title_of(run['study'])} (percent)\n\n{made_how(run)}\n")
        for caption, frame in study_tables(run):
            body = frame.to_markdown(index=False, disable_numparse=True)
            parts.append(f"{caption}\n\n{body}\n")
    return "\n".join(parts) + "\n" if parts else ""


def _label_sharing(run: Metrics) -> Tables:
    out = []
    for protocol, report in run["protocols"].items():
        right = 100 * run["detected_type_right"][protocol]
        for step, heading, figures in _STEPS:
            caption = f"{heading}, {protocol}, {report['images']} images"
            if step == "type_to_category":
                caption += f"; detected type right on {right:.1f}%"
                caption += " (truth by selection)" if protocol == "retained" else ""
            out.append((caption, _frame("shared in training / when asked", report[step], figures)))
    return out


def _object_types(run: Metrics) -> Tables:
    out = []
    for backbone, protocols in run["backbones"].items():
        for protocol, report in protocols.items():
            rows = report["rows"]
            counts = {name: n for name, n in report["images_by_type"].items() if n}
            figures = ["top1", *(f"top1, {name}" for name in counts)]
            enough = {f"top1, {name}" for name, n in counts.items() if n >= FEWEST_IMAGES}
            if report["wrong_type"]:
                figures.append(_WRONG)
                enough |= {_WRONG} if report["wrong_type"] >= FEWEST_IMAGES else set()
            frame = _frame("networks", rows, figures, ["top1"])
            for figure in figures[1:]:
                if figure not in enough:
                    frame[_heading(figure)] = "–"
            caption = f"{backbone}, {protocol}, {report['images']} images ("
            caption += ", ".join(f"{n} {name}" for name, n in counts.items())
            caption += f"), {report['wrong_type']} with a wrong type"
            out.append((caption, frame))
    return out


def _losses(run: Metrics) -> Tables:
    return [
        (
            f"{_METHODS[method]}, {protocol}, {report['images']} images",
            _frame("option", report["rows"], tuple(_HEADINGS), ("top1", "recall@5")),
        )
        for method, protocols in run["methods"].items()
        for protocol, report in protocols.items()
    ]


def _recipe(run: Metrics) -> Tables:
    return [
        (
            f"{what}, {protocol}, {report['images']} images",
            _frame(what, rows, ("top1", "top3"), ("top1",)),
        )
        for protocol, report in run["protocols"].items()
        for what, rows in report["varied"].items()
        if len(rows) > 1
    ]


def _frame(
    first: str, rows: Metrics, figures: Sequence[str], compared: Sequence[str] | None = None
) -> pd.DataFrame:
    """A row each: the figures, then the difference of those compared (all) to the first row."""
    table = []
    for name, row in rows.items():
        line = {first: name} | {_heading(f): _value(row[f]) for f in figures}
        for figure in figures if compared is None else compared:
            line[f"{_heading(figure)}, less the first row"] = _difference(row[figure])
        table.append(line)
    return pd.DataFrame(table)


def _heading(figure: str) -> str:
    return _HEADINGS.get(figure, figure.replace("top1", "top-1"))


def _value(figure: Metrics) -> str:
    if figure["value"] is None:
        return "–"
    value, low, high = (100 * figure[key] for key in ("value", "low", "high"))
    return f"{value:.1f} [{low:.1f}, {high:.1f}]"


def _difference(figure: Metrics) -> str:
    if figure.get("difference") is None:
        return "–"
    keys = ("difference", "difference_low", "difference_high")
    value, low, high = (100 * figure[key] for key in keys)
    mark = " *" if low > 0 or high < 0 else ""
    return f"{value:+.2f} [{low:+.2f}, {high:+.2f}]{mark}"
