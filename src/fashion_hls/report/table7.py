"""The paper's Table 7, category and attribute classification, and the rows it shares with 6.

``paper`` is ``metrics/paper/table7.json``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from fashion_hls.report.render import Table
from fashion_hls.report.rows import PAPER, THIS_RUN, Metrics, Row, frame, percent

#: From the paper's own to the one furthest from it.
PROTOCOLS: Final = ("retained", "end_to_end", "gt_box", "whole_image")

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
        rows=frame(rows, ["n"]),
        figures={column: heading for column, (heading, _) in TABLE7_FIGURES.items()},
        notes=[
            "Rows of the paper are DeepFashion's; 'as cited' means by each cited paper's protocol.",
            "retained keeps crops whose detected type matches the label: it uses the label, and "
            "the type that HLS shares is true by selection. gt_box: the dataset's own box.",
            "Top-k: category accuracy. Recall@k: micro recall of attributes (Liu et al. 2016); "
            "Altered@k: MMFashion's, over the 50 attributes with the highest recall, which the "
            "paper prints in parentheses. The two are not comparable. The paper's Table 7 has no "
            "k = 1.",
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
        told = {**report, "category": {}} if name == GIVEN_CATEGORY else report
        rows.append(measured(BASELINES[name], baselines, protocol, told, "value"))
    return rows


def _methods(runs: Mapping[str, Metrics], protocol: str) -> list[Row]:
    return [
        measured(METHODS.get(method, method), run, protocol, run["protocols"][protocol], "value")
        for method, run in runs.items()
        if protocol in run["protocols"]
    ]


def _differences(runs: Mapping[str, Metrics], protocol: str) -> list[Row]:
    return [
        measured(
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


def measured(method: str, metrics: Metrics, protocol: str, report: Metrics, value: str) -> Row:
    """A row of this run: figures in percent with their intervals, under TABLE7_FIGURES' names.

    Args:
        method: shown name.
        metrics: says dataset_title and split.
        protocol: of the report.
        report: what evaluate() or compare() returned.
        value: "value" or "difference".
    """
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
        row[column] = percent(figure.get(value))
        row[f"{column}_low"] = percent(figure.get("low"))
        row[f"{column}_high"] = percent(figure.get("high"))
    return row
