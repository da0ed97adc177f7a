"""Where a detector goes wrong: precision against recall, confused types, thresholds, photos.

Boxes are xyxy pixels of the original image, labels 0-based object types, as in ``metrics.coco``.

The rule of the confusion (``RULE`` on the page): of each image, detections from ``min_score`` on
are taken by falling score, those of one score in the table's order. Each takes, of the objects
that none has taken yet, the one that it overlaps most, whatever its type, if their IoU is at least
``LEAST_IOU``. An object that none took is missed (column ``background``), a detection that took
none is false (row ``background``). So a row sums to the objects of a type, a column to the counted
detections of a type.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fashion_hls.boxes import area, iou
from fashion_hls.metrics.coco import XYXY, coco_precision

LEAST_IOU: Final = 0.5
#: Of the curves, in the order of ``coco_precision``.
CURVE_IOUS: Final = (0.5, 0.75)
BACKGROUND: Final = "background"
#: COCO's limits between small and medium, medium and large, in square pixels of the box.
SIZE_LIMITS: Final = (32.0**2, 96.0**2)
ERRORS: Final = ("missed", "mistaken", "false")
SIZES: Final = ("small", "medium", "large")
#: In a metrics file, where a sentence would widen the table of ``dvc metrics show``.
SHORT_RULE: Final = "one to one by falling score, IoU 0.5, whatever the type"
RULE: Final = (
    "detections of at least min_score, by falling score, each take the free object of the same "
    "image that they overlap most, whatever its type, at IoU 0.5 or more; an object that none "
    "took is missed, a detection that took none is false (again: it overlaps a taken one at IoU "
    "0.5 or more), a pair of two types is mistaken"
)


class Judged(NamedTuple):
    """What became of every object and counted detection.

    ``objects``: as given, with ``seen_as``, the type of the detection that took it.
    ``detections``: those that count, with ``truth``, the type of the object that it took, and
    ``again``: it took none, yet overlaps an object that another took (IoU ``LEAST_IOU``).
    Both types are ``types`` (the number of types) for the background.
    """

    objects: pd.DataFrame
    detections: pd.DataFrame
    types: int


def judge(
    objects: pd.DataFrame, detections: pd.DataFrame, *, types: int, min_score: float
) -> Judged:
    """Match detections to objects by the rule of the module.

    Args:
        objects: image_id, label, x1, y1, x2, y2.
        detections: the same and score.
        types: number of object types.
        min_score: detections below do not count.
    """
    counted = detections[detections["score"] >= min_score].reset_index(drop=True)
    own = objects.reset_index(drop=True)
    taken, near = match(own, counted, ["image_id"])
    hits = np.flatnonzero(taken >= 0)
    seen_as, truth = np.full(len(own), types), np.full(len(counted), types)
    seen_as[taken[hits]] = counted["label"].to_numpy(np.int64)[hits]
    truth[hits] = own["label"].to_numpy(np.int64)[taken[hits]]
    return Judged(
        own.assign(seen_as=seen_as),
        counted.assign(truth=truth, again=near & (taken < 0)),
        types,
    )


def match(
    objects: pd.DataFrame, detections: pd.DataFrame, within: list[str]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Row of the object that each detection takes, -1 for none; whether it overlaps any enough.

    Both are [detections]. ``within``: columns that the two must share; with image_id and label
    it is COCO's matching.
    """
    taken = np.full(len(detections), -1, dtype=np.int64)
    near = np.zeros(len(detections), dtype=bool)
    boxes, found = objects[XYXY].to_numpy(float), detections[XYXY].to_numpy(float)
    scores = detections["score"].to_numpy(float)
    candidates = objects.groupby(within).indices
    for key, found_rows in detections.groupby(within).indices.items():
        if key not in candidates:
            continue
        own, rows = np.asarray(candidates[key]), np.asarray(found_rows)
        ranked = rows[np.argsort(-scores[rows], kind="stable")]
        overlap = iou(found[ranked], boxes[own])
        near[ranked] = overlap.max(axis=1) >= LEAST_IOU
        for row, overlaps in zip(ranked, overlap, strict=True):
            best = int(overlaps.argmax())
            if overlaps[best] >= LEAST_IOU:
                taken[row] = own[best]
                overlap[:, best] = -1.0
    return taken, near


def confusion(judged: Judged) -> NDArray[np.int64]:
    """Counts [types + 1, types + 1]: rows are true types, columns detected; background last."""
    matrix = np.zeros((judged.types + 1, judged.types + 1), dtype=np.int64)
    objects, detections = judged.objects, judged.detections
    np.add.at(matrix, (objects["label"].to_numpy(np.intp), objects["seen_as"].to_numpy(np.intp)), 1)
    false = detections.loc[detections["truth"] == judged.types, "label"].to_numpy(np.intp)
    np.add.at(matrix, (np.full(len(false), judged.types), false), 1)
    return matrix


def image_errors(images: pd.DataFrame, judged: Judged) -> pd.DataFrame:
    """Each image's missed objects, mistaken types, false detections and their sum, worst first.

    Ties stand by image_id. Over all images ``errors`` sums to the confusion's off-diagonal.
    """
    objects, detections = judged.objects, judged.detections
    missed = objects["seen_as"] == judged.types
    rows_of = (
        objects[missed],
        objects[~missed & (objects["seen_as"] != objects["label"])],
        detections[detections["truth"] == judged.types],
    )
    ids = np.sort(images["image_id"].to_numpy())
    table = pd.DataFrame({"image_id": ids})
    for name, rows in zip(ERRORS, rows_of, strict=True):
        counts = rows["image_id"].value_counts()
        table[name] = table["image_id"].map(counts).fillna(0).astype(int)
    table["errors"] = table[list(ERRORS)].sum(axis=1)
    return table.sort_values(["errors", "image_id"], ascending=[False, True], ignore_index=True)


def precision_recall(
    images: pd.DataFrame, objects: pd.DataFrame, detections: pd.DataFrame, names: Sequence[str]
) -> list[dict[str, Any]]:
    """The curves, a row for each IoU, type and recall; a type without objects has none."""
    precision = coco_precision(images, objects, detections, names)
    return [
        {"IoU": threshold, "type": name, "recall": step / 100, "precision": float(value)}
        for threshold, by_recall in zip(CURVE_IOUS, precision, strict=True)
        for label, name in enumerate(names)
        for step, value in enumerate(by_recall[:, label])
        if not np.isnan(value)
    ]


def best_f1(
    objects: pd.DataFrame, detections: pd.DataFrame, names: Sequence[str]
) -> dict[str, dict[str, float | None]]:
    """By type, the score from which on counting detections gives the highest F1 at IoU 0.5.

    The highest such score where there are several. A threshold chosen on the photos that it is
    measured on flatters: it describes, and is not for setting ``min_score`` by.

    Returns:
        threshold, precision, recall, F1 by type; None without objects, and no threshold and
        precision where no detection of the type is right.
    """
    taken, _ = match(objects, detections, ["image_id", "label"])
    found = {}
    for label, name in enumerate(names):
        mine = (detections["label"] == label).to_numpy()
        number = int((objects["label"] == label).sum())
        found[name] = _best(detections["score"].to_numpy(float)[mine], taken[mine] >= 0, number)
    return found


def _best(
    scores: NDArray[np.float64], right: NDArray[np.bool_], objects: int
) -> dict[str, float | None]:
    """As ``best_f1``, of one type."""
    if not objects:
        return dict.fromkeys(("threshold", "precision", "recall", "F1"))
    if not right.any():
        return {"threshold": None, "precision": None, "recall": 0.0, "F1": 0.0}
    order = np.argsort(-scores, kind="stable")
    ranked, hits = scores[order], np.cumsum(right[order])
    # Detections of one score are counted together.
    ends = np.flatnonzero(np.append(ranked[1:] != ranked[:-1], True))
    f1 = 2 * hits[ends] / (ends + 1 + objects)
    best = int(f1.argmax())
    end = ends[best]
    return {
        "threshold": float(ranked[end]),
        "precision": float(hits[end] / (end + 1)),
        "recall": float(hits[end] / objects),
        "F1": float(f1[best]),
    }


def summary(
    objects: pd.DataFrame,
    detections: pd.DataFrame,
    names: Sequence[str],
    judged: Judged,
    *,
    min_score: float,
) -> dict[str, Any]:
    """The few numbers that belong in a metrics file, with their rule; JSON-ready."""
    matrix = confusion(judged)
    pairs = matrix[:-1, :-1]
    sizes = np.digitize(area(objects[XYXY].to_numpy(float)), SIZE_LIMITS)
    counts = np.bincount(sizes, minlength=len(SIZES))
    return {
        "rule": SHORT_RULE,
        "min_score": min_score,
        "right": int(np.trace(pairs)),
        "mistaken": int(pairs.sum() - np.trace(pairs)),
        "missed": int(matrix[:-1, -1].sum()),
        "false": int(matrix[-1].sum()),
        "false_again": int(judged.detections["again"].sum()),
        "objects_by_size": dict(zip(SIZES, counts.tolist(), strict=True)),
        "best_f1": best_f1(objects, detections, names),
    }


def confusion_rows(matrix: NDArray[np.int64], names: Sequence[str]) -> list[dict[str, Any]]:
    """A row for each cell: true type, detected type, count; background with itself left out."""
    titles = [*names, BACKGROUND]
    return [
        {"truth": true, "detected": seen, "count": int(matrix[row, column])}
        for row, true in enumerate(titles)
        for column, seen in enumerate(titles)
        if (true, seen) != (BACKGROUND, BACKGROUND)
    ]
