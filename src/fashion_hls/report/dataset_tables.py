"""The paper's Tables 2 and 3: which attributes there are, and how much data.

``paper`` arguments are ``metrics/paper/tableN.json``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from fashion_hls.report.render import Table
from fashion_hls.report.rows import PAPER, THIS_RUN, Metrics, Row, frame
from fashion_hls.shop.table2 import load_table2

#: More names than these would make a line that nobody reads; the vocabulary has them all.
MOST_NAMES: Final = 30


def table2(
    paper: Metrics, attributes: Sequence[str], groups: Sequence[str], dataset_title: str
) -> Table:
    """Attribute values by key: the paper's taxonomy, and this run's benchmark.

    Args:
        paper: the published table.
        attributes: names by id; ``key=value`` or a value alone.
        groups: the key of each.
        dataset_title: of this run.
    """
    rows = [
        _values(row["attribute_key"], row["attribute_values"], row["applies_to"], PAPER, "Mallzee")
        for row in paper["rows"]
    ]
    by_key: dict[str, list[str]] = {}
    for name, key in zip(attributes, groups, strict=True):
        by_key.setdefault(key, []).append(name.removeprefix(f"{key}="))
    rows += [
        _values(key, names, "not given by the dataset", THIS_RUN, dataset_title)
        for key, names in by_key.items()
    ]
    return Table(
        number=2,
        title="Attributes by key, and the categories they apply to",
        rows=frame(rows, ["values", "n"]),
        notes=[
            *paper["notes"],
            load_table2().count_note(),
            "Which attributes go with which category is learnt, not given; predictions are held "
            "against this table where a set has its names.",
        ],
    )


def _values(key: str, names: Sequence[str], applies_to: str, source: str, dataset: str) -> Row:
    more = len(names) - MOST_NAMES
    listed = ", ".join(names[:MOST_NAMES]) + (f" and {more} more" if more > 0 else "")
    return {
        "attribute_key": key,
        "attribute_values": listed,
        "values": len(names),
        "applies_to": applies_to,
        "source": source,
        "dataset": dataset,
        "split": None if source == PAPER else "train, val, test",
        "protocol": "taxonomy",
        "n": None,
    }


def table3(
    paper: Metrics,
    detection: Metrics,
    benchmark: Metrics,
    dataset_title: str,
    catalogue: Metrics | None = None,
    *,
    reason: str = "none in this profile",
) -> Table:
    """How many images, categories and attributes each dataset has.

    Args:
        paper: the published table.
        detection: ``detection_data.json``.
        benchmark: ``benchmark_data.json``.
        dataset_title: of this run.
        catalogue: what prepare_catalogue wrote, or None.
        reason: why there is none.
    """
    rows = [
        _counts(
            row["dataset"],
            PAPER,
            "as published",
            row["images"],
            row["categories"],
            row["attributes"],
        )
        for row in paper["rows"]
    ]
    rows += [
        _detection_counts(dataset_title, "detection role", detection["after"]),
        _counts(
            dataset_title,
            THIS_RUN,
            "benchmark role",
            benchmark["images"],
            benchmark["categories"],
            benchmark["attributes"],
        ),
        *_catalogue_counts(dataset_title, catalogue, reason),
    ]
    return Table(
        number=3,
        title="Images, categories and attributes of each dataset",
        rows=frame(rows, ["images", "categories", "attributes", "n"]),
        notes=["Images of this run are those left after reading, dropping and balancing."],
    )


def _detection_counts(dataset_title: str, protocol: str, splits: Metrics) -> Row:
    types = {
        name
        for part in splits.values()
        for name, objects in part["objects_per_type"].items()
        if objects
    }
    images = sum(part["images"] for part in splits.values())
    return _counts(dataset_title, THIS_RUN, protocol, images, len(types), None)


def _catalogue_counts(dataset_title: str, catalogue: Metrics | None, reason: str) -> list[Row]:
    if catalogue is None:
        absent = f"catalogue role: {reason}"
        return [_counts(dataset_title, THIS_RUN, absent, None, None, None)]
    counts = (catalogue[name] for name in ("images", "categories", "attributes"))
    return [
        _detection_counts(dataset_title, "catalogue role, boxes", catalogue["detection"]),
        _counts(dataset_title, THIS_RUN, "catalogue role, products", *counts),
    ]


def _counts(
    dataset: str,
    source: str,
    protocol: str,
    images: int | None,
    categories: int | None,
    attributes: int | None,
) -> Row:
    return {
        "dataset": dataset,
        "source": source,
        "split": None if source == PAPER else "train, val, test",
        "protocol": protocol,
        "images": images,
        "categories": categories,
        "attributes": attributes,
        "n": images,
    }
