"""The paper's Tables 1 and 4: object types and their detection.

``paper`` arguments are ``metrics/paper/tableN.json``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from fashion_hls.report.render import Table
from fashion_hls.report.rows import PAPER, THIS_RUN, Metrics, Row, frame, percent

#: Detector -> the paper's column.
DETECTORS: Final = {
    "faster_rcnn": "Faster R-CNN",
    "efficientdet_d1": "EfficientDet-D1",
    "efficientdet_d2": "EfficientDet-D2",
    "centernet": "CenterNet",
}
NO_CATALOGUE_SET: Final = "not run: this profile has no catalogue with boxes"
DETECTION_FIGURES: Final = ("mAP", "AR@100")


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
        rows=frame(rows, ["train", "val", "test", "n"]),
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
    catalogue: Mapping[str, Metrics] | None = None,
    transferred: Mapping[str, Metrics] | None = None,
    *,
    reason: str = NO_CATALOGUE_SET,
    detectors: Mapping[str, str] = DETECTORS,
) -> Table:
    """Detection: a row for each training and evaluation set and figure, a column a detector.

    ``runs``: detector -> {"dataset_title", "split", "figures": what coco_evaluate returned,
    "intervals": what coco_intervals returned}.
    ``catalogue``: likewise, of the detectors trained on a catalogue; ``transferred``: of those
    of ``runs`` on the catalogue's test photos, with "training_title". None without that role, and
    ``reason`` says why.
    ``detectors``: detector -> heading, the paper's where the paper has that detector.
    """
    unnamed = set(runs) - set(detectors)
    if unnamed:
        raise ValueError(f"no column is named for the detectors {sorted(unnamed)}")
    rows = [_published_detection(row, detectors) for row in paper["rows"]]
    titles = sorted({run["dataset_title"] for run in runs.values()})
    on_catalogue = _measured_detection(transferred or {}, detectors) or [
        _on_catalogue(title, f, reason) for title in titles for f in DETECTION_FIGURES
    ]
    return Table(
        number=4,
        title="Object type detection, by training and evaluation dataset",
        rows=frame(
            [
                *rows,
                *_measured_detection(runs, detectors),
                *on_catalogue,
                *_measured_detection(catalogue or {}, detectors),
            ],
            ["n"],
        ),
        figures=dict(detectors),
        notes=[
            "Rows of the paper: DF2 re-mapped to three object types, Mallzee with four.",
            "AR@100: mean over IoU 0.50 to 0.95 of the recall given 100 detections an image.",
        ],
    )


def _measured_detection(runs: Mapping[str, Metrics], detectors: Mapping[str, str]) -> list[Row]:
    """This run's rows; detectors share one where they were measured on the same images."""
    merged: dict[tuple[Any, ...], Row] = {}
    for detector, run in runs.items():
        for figure in DETECTION_FIGURES:
            row = _detection(run, figure)
            shared = merged.setdefault(tuple(row.values()), row | dict.fromkeys(detectors))
            shared[detector] = percent(run["figures"][figure])
            for end, limit in run["intervals"][figure].items():
                shared[f"{detector}_{end}"] = percent(limit)
    for row in merged.values():
        missing = [heading for name, heading in detectors.items() if row[name] is None]
        untrained = [detectors[name] for name, run in runs.items() if run["weights"] is None]
        remarks = [
            f"not run: {', '.join(missing)}" if missing else "",
            f"backbone not pretrained: {', '.join(untrained)}" if untrained else "",
        ]
        row["remark"] = "; ".join(filter(None, remarks)) or None
    return list(merged.values())


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


def _on_catalogue(training: str, figure: str, reason: str) -> Row:
    """The paper's second row: trained on this set, evaluated on a shop's."""
    return {
        "training": training,
        "evaluation": "a catalogue",
        "metric": figure,
        "source": THIS_RUN,
        "dataset": training,
        "split": None,
        "protocol": "COCO",
        "n": None,
        "remark": reason,
    }


def _detection(run: Metrics, figure: str) -> Row:
    return {
        "training": run.get("training_title", run["dataset_title"]),
        "evaluation": run["dataset_title"],
        "metric": figure,
        "source": THIS_RUN,
        "dataset": run["dataset_title"],
        "split": run["split"],
        "protocol": "COCO",
        "n": run["figures"]["images"],
    }
