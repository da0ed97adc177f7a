"""The paper's Tables 1, 4 and 7 with the published rows and this run's, never mixed.

Every row says its source (``paper`` or ``this run``), its dataset by title, its split, its
protocol and n, the number of images. ``paper`` arguments are ``metrics/paper/tableN.json``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import pandas as pd

from fashion_hls.report.render import Table

Row = dict[str, Any]
Metrics = Mapping[str, Any]

PAPER: Final = "paper"
THIS_RUN: Final = "this run"

#: From the paper's own to the one furthest from it.
PROTOCOLS: Final = ("retained", "end_to_end", "gt_box", "whole_image")

#: Detector -> the paper's column.
DETECTORS: Final = {"faster_rcnn": "Faster R-CNN"}
DETECTION_FIGURES: Final = ("mAP", "AR@100")

#: Method -> the paper's row.
METHODS: Final = {
    "stl": "Baseline STL",
    "stl_hls": "STL w/ HLS",
    "mtl_rnn_va": "MTL w/ RNN + VA",
}
GIVEN_CATEGORY: Final = "frequencies_given_true_category"
BASELINES: Final = {
    "frequencies": "Label frequencies of the training set",
    GIVEN_CATEGORY: "Label frequencies given the true category (oracle)",
}
#: Column -> heading, place in the metrics file.
TABLE7_FIGURES: Final = {
    "category_top1": ("Top-1", ("category", "top1")),
    "category_top3": ("Top-3", ("category", "top3")),
    "category_top5": ("Top-5", ("category", "top5")),
    "recall@1": ("Recall@1", ("attributes", "recall@1")),
    "recall@3": ("Recall@3", ("attributes", "recall@3")),
    "recall@5": ("Recall@5", ("attributes", "recall@5")),
    "altered_recall@3": ("Altered@3", ("attributes", "altered_recall@3")),
    "altered_recall@5": ("Altered@5", ("attributes", "altered_recall@5")),
}


def _frame(rows: Iterable[Row], counts: Sequence[str]) -> pd.DataFrame:
    """Rows as a table; missing counts stay missing and do not turn the others into floats."""
    frame = pd.DataFrame(list(rows))
    return frame.astype(dict.fromkeys(counts, "Int64"))


def table1(
    paper: Metrics, counts: Mapping[str, Mapping[str, Mapping[str, int]]], dataset_title: str
) -> Table:
    """Categories of each object type: the paper's mapping, and this run's objects of each.

    ``counts``: object type -> the dataset's category -> {"train", "val", "test"}.
    """
    rows: list[Row] = []
    for published in paper["rows"]:
        object_type = published["object_type"].lower()
        for column, dataset in (
            ("df2_categories", "DeepFashion2"),
            ("mallzee_categories", "Mallzee"),
        ):
            if published[column]:
                listed = ", ".join(published[column])
                rows.append(_mapped(object_type, listed, PAPER, dataset))
        rows += [
            _mapped(object_type, name, THIS_RUN, dataset_title, objects)
            for name, objects in counts.get(object_type, {}).items()
        ]
    notes = [
        "train, val, test and n count objects of this run's dataset; "
        "the paper gives the mapping without counts."
    ]
    return Table(
        number=1,
        title="Garment categories per object type",
        rows=_frame(rows, ["train", "val", "test", "n"]),
        notes=notes,
    )


def _mapped(
    object_type: str,
    category: str,
    source: str,
    dataset: str,
    objects: Mapping[str, int] | None = None,
) -> Row:
    splits = dict.fromkeys(("train", "val", "test")) if objects is None else dict(objects)
    return {
        "object_type": object_type,
        "category": category,
        "source": source,
        "dataset": dataset,
        "split": None if objects is None else "train, val, test",
        "protocol": "re-mapping",
        **splits,
        "n": None if objects is None else sum(objects.values()),
    }


def table4(
    paper: Metrics,
    runs: Mapping[str, Metrics],
    detectors: Mapping[str, str] = DETECTORS,
) -> Table:
    """Detection: a row for each training and evaluation set and figure, a column a detector.

    ``runs``: detector -> {"dataset_title", "split", "figures": what coco_evaluate returned}.
    ``detectors``: detector -> heading, the paper's where the paper has that detector.
    """
    unnamed = set(runs) - set(detectors)
    if unnamed:
        raise ValueError(f"no column is named for the detectors {sorted(unnamed)}")
    rows = [_published_detection(row, detectors) for row in paper["rows"]]
    merged: dict[tuple[Any, ...], Row] = {}
    for detector, run in runs.items():
        for figure in DETECTION_FIGURES:
            row = _detection(run, figure)
            # Detectors share a row only where they were measured on the same images.
            shared = merged.setdefault(tuple(row.values()), row | dict.fromkeys(detectors))
            shared[detector] = _percent(run["figures"][figure])
    return Table(
        number=4,
        title="Object type detection, by training and evaluation dataset",
        rows=_frame([*rows, *merged.values()], ["n"]),
        figures=dict(detectors),
        notes=[
            "Rows of the paper: DF2 re-mapped to three object types, Mallzee with four.",
            "AR@100: mean over IoU 0.50 to 0.95 of the recall given 100 detections an image.",
        ],
    )


def _published_detection(row: Metrics, detectors: Mapping[str, str]) -> Row:
    return {
        "training": row["training"],
        "evaluation": row["evaluation"],
        "metric": row["metric"],
        "source": PAPER,
        "dataset": row["evaluation"],
        "split": "test",
        "protocol": "COCO",
        "n": None,
        **{detector: row.get(heading) for detector, heading in detectors.items()},
    }


def _detection(run: Metrics, figure: str) -> Row:
    return {
        "training": run["dataset_title"],
        "evaluation": run["dataset_title"],
        "metric": figure,
        "source": THIS_RUN,
        "dataset": run["dataset_title"],
        "split": run["split"],
        "protocol": "COCO",
        "n": run["figures"]["images"],
    }


def table7(paper: Metrics, runs: Mapping[str, Metrics], baselines: Metrics) -> Table:
    """Classification: the paper's rows, then this run's by protocol, with their intervals.

    ``runs``: method -> {"dataset_title", "split", "protocols": {protocol: evaluate()'s report,
    with compare()'s under "difference_to_stl" or without}}. ``baselines``: the same with a
    report for each of BASELINES under a protocol.
    """
    rows = [_published_classification(row) for row in paper["rows"]]
    for protocol in _ordered([*runs.values(), baselines]):
        rows += _baselines(baselines, protocol)
        rows += _methods(runs, protocol)
        rows += _differences(runs, protocol)
    return Table(
        number=7,
        title="Category and attribute classification",
        rows=_frame(rows, ["n"]),
        figures={column: heading for column, (heading, _) in TABLE7_FIGURES.items()},
        notes=[
            "Rows of the paper are DeepFashion's; 'as cited' means by each cited paper's protocol.",
            "retained keeps crops whose detected type matches the label: it uses the label, and "
            "the type that HLS shares is true by selection. gt_box: the dataset's own box.",
            "Top-k: category accuracy. Recall@k: micro recall of attributes (Liu et al. 2016); "
            "Altered@k: MMFashion's, over the 50 attributes with the highest recall. The two are "
            "not comparable. The paper's Table 7 has no k = 1.",
            "In brackets: bootstrap interval over images, its level in the metrics file; of "
            "'less' rows, of the paired difference in percentage points.",
        ],
    )


def _ordered(metrics: Iterable[Metrics]) -> list[str]:
    """The protocols that any of the metrics has, in the order of PROTOCOLS."""
    present = {protocol for one in metrics for protocol in one["protocols"]}
    unknown = present - set(PROTOCOLS)
    if unknown:
        raise ValueError(f"protocols {sorted(unknown)} are not among {list(PROTOCOLS)}")
    return [protocol for protocol in PROTOCOLS if protocol in present]


def _baselines(baselines: Metrics, protocol: str) -> list[Row]:
    rows = []
    for name, report in baselines["protocols"].get(protocol, {}).items():
        # Told the true category, a baseline has no category figure of its own.
        measured = {**report, "category": {}} if name == GIVEN_CATEGORY else report
        rows.append(_classification(BASELINES[name], baselines, protocol, measured, "value"))
    return rows


def _methods(runs: Mapping[str, Metrics], protocol: str) -> list[Row]:
    return [
        _classification(
            METHODS.get(method, method), run, protocol, run["protocols"][protocol], "value"
        )
        for method, run in runs.items()
        if protocol in run["protocols"]
    ]


def _differences(runs: Mapping[str, Metrics], protocol: str) -> list[Row]:
    return [
        _classification(
            f"{METHODS.get(method, method)} less {METHODS['stl']}",
            run,
            protocol,
            run["protocols"][protocol]["difference_to_stl"],
            "difference",
        )
        for method, run in runs.items()
        if "difference_to_stl" in run["protocols"].get(protocol, {})
    ]


def _published_classification(row: Metrics) -> Row:
    return {
        "method": row["method"],
        "source": PAPER,
        "dataset": "DeepFashion",
        "split": "test",
        "protocol": row["protocol"],
        "n": None,
        **{
            f"{column}{end}": row.get(column) if end == "" else None
            for column in TABLE7_FIGURES
            for end in ("", "_low", "_high")
        },
    }


def _classification(
    method: str, metrics: Metrics, protocol: str, report: Metrics, value: str
) -> Row:
    row: Row = {
        "method": method,
        "source": THIS_RUN,
        "dataset": metrics["dataset_title"],
        "split": metrics["split"],
        "protocol": protocol,
        "n": report["images"],
    }
    for column, (_, (group, name)) in TABLE7_FIGURES.items():
        figure = report[group].get(name, {})
        row[column] = _percent(figure.get(value))
        row[f"{column}_low"] = _percent(figure.get("low"))
        row[f"{column}_high"] = _percent(figure.get("high"))
    return row


def _percent(fraction: float | None) -> float | None:
    return None if fraction is None else 100 * fraction
