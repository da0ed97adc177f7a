"""The paper's Tables 5 and 6, which are about a shop's catalogue.

A profile without a catalogue role has one classification set, the benchmark: what can be
computed is computed on it and says so; a cell that was not run says why.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from fashion_hls.report.render import Table
from fashion_hls.report.rows import PAPER, PAPER_PROTOCOL, THIS_RUN, Metrics, Row, frame
from fashion_hls.report.table5_rows import networks_not_run, study_rows
from fashion_hls.report.table7 import METHODS, TABLE7_FIGURES, measured
from fashion_hls.shop.clusters import load_clusters

NO_CATALOGUE: Final = "no catalogue role in this profile: computed on the benchmark instead"
OWN_ROLES: Final = "the catalogue is this profile's benchmark"
NO_MODEL_PER_TYPE: Final = (
    "not run: networks for one type are trained for a catalogue beside the benchmark"
)
NO_TYPE: Final = "not run: the catalogue has under two categories, or no images, of this type"
NO_METHOD: Final = "not run: the method was no part of this run"
NO_CROPS: Final = f"not run: no test image under {PAPER_PROTOCOL}"
SUMMED: Final = "scores summed within clusters"
#: The paper's training sets of Table 5 that hold one object type.
TYPES: Final = {
    "Full-body only": "full-body",
    "Lower-body only": "lower-body",
    "Footwear only": "footwear",
    "Upper-body only": "upper-body",
}
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
    "This run's rows: test crops under retained, whose detected type matches the label, unless "
    "the protocol column says otherwise. The "
    "paper's catalogue is not public, and no row of this run compares with one of the paper's."
)
_CLUSTERS: Final = (
    "Rows on clusters: of networks trained on the set's own categories, whose scores are summed "
    "within each cluster at evaluation; the paper trained on its 16. Attributes are the same "
    "either way."
)


@dataclass(frozen=True, kw_only=True)
class ShopRuns:
    """What Tables 5 and 6 are computed on.

    ``categories``: of the set, None where they are not counted.
    ``title``: of the set. ``methods``: as ``runs`` of table7. ``types``: what evaluate_types
    wrote, or None. ``remark``: of every row of this run, None for a catalogue of its own.
    """

    title: str
    methods: Mapping[str, Metrics]
    categories: int | None = None
    types: Metrics | None = None
    remark: str | None = NO_CATALOGUE


def table5(paper: Metrics, shop: ShopRuns, study: Metrics | None = None) -> Table:
    """Category accuracy of one model for each object type, and of one for all.

    Args:
        paper: ``metrics/paper/table5.json``.
        shop: this run's.
        study: what the study of object types found, if the run has it.
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
    rows += [_type_row(name, kind, shop) for name, kind in TYPES.items()]
    head: Row = {"training_dataset": "Full dataset", "categories": shop.categories}
    if "stl" in shop.methods:
        head["network"] = shop.methods["stl"]["backbone"]
    rows.append(_computed(head, "stl", [_TOP1], shop))
    if study is not None:
        rows += study_rows(study, study["dataset_title"], TYPES)
    ran = {str(head.get("network")), *(study["backbones"] if study is not None else ())}
    rows += networks_not_run(paper, ran, shop.title)
    return Table(
        number=5,
        title="Baseline STL for categories: one model an object type, or one for all",
        rows=frame(rows, ["categories", "n"]),
        figures={_TOP1: "Accuracy@1"},
        notes=[_NOTE],
    )


def table6(paper: Metrics, shop: ShopRuns) -> Table:
    """The three methods on categories and attributes.

    Args:
        paper: ``metrics/paper/table6.json``.
        shop: this run's.
    """
    rows: list[Row] = [
        {
            "method": row["method"],
            "categories": len(load_clusters().clusters),
            **_PUBLISHED,
            **{name: row[name] for name in TABLE6_FIGURES},
            "remark": None,
        }
        for row in paper["rows"]
    ]
    rows += [
        _computed({"method": title, "categories": shop.categories}, name, TABLE6_FIGURES, shop)
        for name, title in METHODS.items()
    ]
    rows += _on_clusters(shop)
    return Table(
        number=6,
        title="The two methods with hierarchical label sharing against Baseline STL",
        rows=frame(rows, ["categories", "n"]),
        figures={name: TABLE7_FIGURES[name][0] for name in TABLE6_FIGURES},
        notes=[_NOTE, *_cluster_notes(shop)],
    )


def _reports(shop: ShopRuns) -> dict[str, Metrics]:
    """Method -> its report under the paper's protocol, where it has one with clusters."""
    reports = {name: run["protocols"].get(PAPER_PROTOCOL) for name, run in shop.methods.items()}
    return {name: one for name, one in reports.items() if one and "clusters" in one}


def _on_clusters(shop: ShopRuns) -> list[Row]:
    """The methods' category figures on the clusters, scores of a cluster's members summed."""
    rows = []
    for name, report in _reports(shop).items():
        clusters = report["clusters"]
        if clusters["reason"] is not None:
            continue
        head: Row = {
            "method": f"{METHODS.get(name, name)}, on clusters",
            "categories": clusters["clusters"],
        }
        told = {**report, "category": clusters, "attributes": {}}
        run = {**shop.methods[name], "protocols": {PAPER_PROTOCOL: told}}
        row = _figures(head, run, TABLE6_FIGURES, shop)
        rows.append(row | {"remark": "; ".join(filter(None, [SUMMED, shop.remark]))})
    return rows


def _cluster_notes(shop: ShopRuns) -> list[str]:
    """How the clusters were made, or why this set has no row on them."""
    reasons = [report["clusters"]["reason"] for report in _reports(shop).values()]
    if not reasons:
        return []
    if reasons[0] is not None:
        return [f"No rows on the paper's broader categories: {reasons[0]}."]
    return [_CLUSTERS, load_clusters().note()]


def _type_row(name: str, kind: str, shop: ShopRuns) -> Row:
    head: Row = {"training_dataset": name}
    if shop.types is None:
        return _not_run(head, NO_MODEL_PER_TYPE, shop.title)
    if kind not in shop.types["types"]:
        return _not_run(head, NO_TYPE, shop.title)
    report = shop.types["types"][kind]
    head |= {"network": shop.types["backbone"], "categories": report["categories"]}
    run = {**shop.types, "protocols": report["protocols"]}
    return _figures(head, run, [_TOP1], shop)


def _computed(head: Row, method: str, figures: Sequence[str], shop: ShopRuns) -> Row:
    """A row with the method's figures under the paper's protocol, or with why there are none."""
    run = shop.methods.get(method)
    if run is None:
        return _not_run(head, NO_METHOD, shop.title)
    return _figures(head, run, figures, shop)


def _figures(head: Row, run: Metrics, figures: Sequence[str], shop: ShopRuns) -> Row:
    report = run["protocols"].get(PAPER_PROTOCOL)
    if report is None:
        return _not_run(head, NO_CROPS, shop.title)
    row = measured("", {**run, "dataset_title": shop.title}, PAPER_PROTOCOL, report, "value")
    ends = [f"{figure}{end}" for figure in figures for end in ("", "_low", "_high")]
    kept = ("source", "dataset", "split", "protocol", "n", *ends)
    return {**head, **{key: row[key] for key in kept}, "remark": shop.remark}


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
