"""The paper's Tables 5 and 6, which are about a shop's catalogue.

A profile without a catalogue role has one classification set, the benchmark: what can be
computed is computed on it and says so; a cell that was not run says why.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from fashion_hls.report.render import Table
from fashion_hls.report.rows import PAPER, PAPER_PROTOCOL, THIS_RUN, Metrics, Row, frame
from fashion_hls.report.table7 import METHODS, TABLE7_FIGURES, measured

NO_CATALOGUE: Final = "no catalogue role in this profile: computed on the benchmark instead"
NO_MODEL_PER_TYPE: Final = "not run: there is no category network for one object type"
NO_METHOD: Final = "not run: the method was no part of this run"
NO_CROPS: Final = f"not run: no test image under {PAPER_PROTOCOL}"
#: The paper's training sets of Table 5 that hold one object type.
TYPES: Final = ("Full-body only", "Lower-body only", "Footwear only", "Upper-body only")
TABLE6_FIGURES: Final = (
    *("category_top1", "category_top3", "category_top5"),
    *("recall@1", "recall@3", "recall@5"),
)
_TOP1: Final = "category_top1"
_PUBLISHED: Final[Row] = {
    "source": PAPER,
    "dataset": "Mallzee",
    "split": "test",
    "protocol": "as published",
    "n": None,
}
_NOTE: Final = (
    "This run's rows: test crops under retained, whose detected type matches the label. The "
    "paper's catalogue is not public, and no row of this run compares with one of the paper's."
)


def table5(paper: Metrics, runs: Mapping[str, Metrics], dataset_title: str) -> Table:
    """Category accuracy of one model for each object type, and of one for all.

    Args:
        paper: ``metrics/paper/table5.json``.
        runs: as of table7.
        dataset_title: of this run.
    """
    rows: list[Row] = [
        {
            **{name: row[name] for name in ("training_dataset", "network", "categories")},
            **_PUBLISHED,
            _TOP1: row["accuracy@1"],
            "remark": None,
        }
        for row in paper["rows"]
    ]
    rows += [
        _not_run({"training_dataset": name}, NO_MODEL_PER_TYPE, dataset_title) for name in TYPES
    ]
    head: Row = {"training_dataset": "Full dataset"}
    if "stl" in runs:
        head["network"] = runs["stl"]["backbone"]
    rows.append(_computed(head, "stl", [_TOP1], runs, dataset_title))
    return Table(
        number=5,
        title="Baseline STL for categories: one model an object type, or one for all",
        rows=frame(rows, ["categories", "n"]),
        figures={_TOP1: "Accuracy@1"},
        notes=[_NOTE],
    )


def table6(paper: Metrics, runs: Mapping[str, Metrics], dataset_title: str) -> Table:
    """The three methods on categories and attributes.

    Args:
        paper: ``metrics/paper/table6.json``.
        runs: as of table7.
        dataset_title: of this run.
    """
    rows: list[Row] = [
        {
            "method": row["method"],
            **_PUBLISHED,
            **{name: row[name] for name in TABLE6_FIGURES},
            "remark": None,
        }
        for row in paper["rows"]
    ]
    rows += [
        _computed({"method": title}, name, TABLE6_FIGURES, runs, dataset_title)
        for name, title in METHODS.items()
    ]
    return Table(
        number=6,
        title="The two methods with hierarchical label sharing against Baseline STL",
        rows=frame(rows, ["n"]),
        figures={name: TABLE7_FIGURES[name][0] for name in TABLE6_FIGURES},
        notes=[_NOTE],
    )


def _computed(
    head: Row,
    method: str,
    figures: Sequence[str],
    runs: Mapping[str, Metrics],
    dataset_title: str,
) -> Row:
    """A row with the method's figures under the paper's protocol, or with why there are none."""
    run = runs.get(method)
    if run is None:
        return _not_run(head, NO_METHOD, dataset_title)
    report = run["protocols"].get(PAPER_PROTOCOL)
    if report is None:
        return _not_run(head, NO_CROPS, dataset_title)
    row = measured(METHODS[method], run, PAPER_PROTOCOL, report, "value")
    ends = [f"{figure}{end}" for figure in figures for end in ("", "_low", "_high")]
    kept = ("source", "dataset", "split", "protocol", "n", *ends)
    return {**head, **{key: row[key] for key in kept}, "remark": NO_CATALOGUE}


def _not_run(head: Row, reason: str, dataset_title: str) -> Row:
    return {
        **head,
        "source": THIS_RUN,
        "dataset": dataset_title,
        "split": "test",
        "protocol": PAPER_PROTOCOL,
        "n": None,
        "remark": reason,
    }
