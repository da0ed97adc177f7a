"""Detection figures by COCO's own evaluation (paper section 4.2 and Table 4).

Boxes are xyxy pixels of the original image, labels 0-based object types. Values are fractions;
None where there is no truth to measure against (COCO's -1), 0.0 where nothing was detected.
Sizes are COCO's: small below 32 x 32 square pixels of box, large from 96 x 96 on.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from fashion_hls.boxes import area, xyxy_to_xywh
from fashion_hls.metrics.intervals import DRAWS, LEVEL, bootstrap_values, percentile_interval

#: In the order of ``COCOeval.stats``.
FIGURES: Final = (
    "mAP",
    "AP50",
    "AP75",
    "AP_small",
    "AP_medium",
    "AP_large",
    "AR@1",
    "AR@10",
    "AR@100",
    "AR_small",
    "AR_medium",
    "AR_large",
)
#: Those over boxes of any size and 100 detections an image, which get intervals.
INTERVAL_FIGURES: Final = ("mAP", "AP50", "AP75", "AR@100")
XYXY: Final = ["x1", "y1", "x2", "y2"]
_AP50, _AP75 = 0, 5  # places among COCO's IoU thresholds


def coco_evaluate(
    images: pd.DataFrame,
    objects: pd.DataFrame,
    detections: pd.DataFrame,
    names: Sequence[str],
) -> dict[str, Any]:
    """COCO's twelve figures, figures by class, and counts.

    ``images``: image_id, width, height. ``objects``: image_id, label, x1, y1, x2, y2.
    ``detections``: the same and score. ``names``: object type by label.
    """
    evaluation = _matched(images, objects, detections, names)
    with _quiet():
        evaluation.accumulate()
        evaluation.summarize()
    figures = {name: _number(value) for name, value in zip(FIGURES, evaluation.stats, strict=True)}
    return {
        **figures,
        "per_class": _per_class(evaluation.eval, objects, names),
        "images": len(images),
        "objects": len(objects),
        "detections": len(detections),
    }


def coco_intervals(
    images: pd.DataFrame,
    objects: pd.DataFrame,
    detections: pd.DataFrame,
    names: Sequence[str],
    *,
    seed: int,
    draws: int = DRAWS,
    level: float = LEVEL,
) -> dict[str, Any]:
    """Percentile bootstrap over images of ``INTERVAL_FIGURES`` and of each class's AP.

    Detections are matched once, as no image's matches depend on another image; each draw
    accumulates the resampled images' matches by COCO's own code.

    Returns:
        ``level``, ``draws``, {"low", "high"} by figure, and by class under ``per_class``; None
        where there is no truth to measure against.
    """
    values = np.full((draws, len(INTERVAL_FIGURES) + len(names)), np.nan)
    if len(images):
        evaluation = _matched(images, objects, detections, names, any_size_only=True)
        n = len(images)
        # pycocotools lists what it matched by class, then by image.
        matched = [evaluation.evalImgs[k * n : (k + 1) * n] for k in range(len(names))]

        def figures(weights: NDArray[np.float64]) -> NDArray[np.float64]:
            rows = np.repeat(np.arange(n), weights.astype(int))
            evaluation.evalImgs = [of_class[row] for of_class in matched for row in rows]
            evaluation.accumulate()
            return _interval_figures(evaluation.eval, len(names))

        with _quiet():
            values = bootstrap_values(figures, n, seed=seed, draws=draws)
    limits = [percentile_interval(column, level) for column in values.T]
    ends = [{"low": _defined(limit.low), "high": _defined(limit.high)} for limit in limits]
    overall, by_class = ends[: len(INTERVAL_FIGURES)], ends[len(INTERVAL_FIGURES) :]
    return {
        "level": level,
        "draws": draws,
        **dict(zip(INTERVAL_FIGURES, overall, strict=True)),
        "per_class": {n: {"AP": e} for n, e in zip(names, by_class, strict=True)},
    }


def coco_precision(
    images: pd.DataFrame,
    objects: pd.DataFrame,
    detections: pd.DataFrame,
    names: Sequence[str],
) -> NDArray[np.float64]:
    """Precision [2, 101, classes] at IoU 0.50 and 0.75 and at recall 0.00, 0.01 … 1.00.

    It is COCO's, whose mean over recall is the AP: at each recall the best precision from there
    on, 0 beyond the highest recall that was reached. NaN for a class without truth.
    """
    evaluation = _matched(images, objects, detections, names, any_size_only=True)
    with _quiet():
        evaluation.accumulate()
    precision: NDArray[np.float64] = evaluation.eval["precision"][[_AP50, _AP75], :, :, 0, -1]
    return np.where(precision > -1, precision, np.nan)


def _interval_figures(accumulated: dict[str, Any], classes: int) -> NDArray[np.float64]:
    """``INTERVAL_FIGURES``, then AP by class; NaN where undefined."""
    precision = accumulated["precision"][:, :, :, 0, -1]
    parts = [precision, precision[_AP50], precision[_AP75], accumulated["recall"][:, :, 0, -1]]
    parts += [precision[:, :, label] for label in range(classes)]
    values = [_mean(part) for part in parts]
    return np.array([np.nan if value is None else value for value in values])


def _matched(
    images: pd.DataFrame,
    objects: pd.DataFrame,
    detections: pd.DataFrame,
    names: Sequence[str],
    *,
    any_size_only: bool = False,
) -> COCOeval:
    """COCO's evaluation with each image's detections matched to its objects."""
    _check(images, objects, names, "objects")
    _check(images, detections, names, "detections")
    with _quiet():
        evaluation = COCOeval(
            _coco(images, objects, names), _coco(images, detections, names), iouType="bbox"
        )
        if any_size_only:
            parameters = evaluation.params
            parameters.areaRng, parameters.areaRngLbl = parameters.areaRng[:1], ["all"]
            parameters.maxDets = parameters.maxDets[-1:]
        evaluation.evaluate()
    return evaluation


def _quiet() -> contextlib.redirect_stdout[io.StringIO]:
    """pycocotools reports its progress on stdout, which belongs to the caller."""
    return contextlib.redirect_stdout(io.StringIO())


def _check(images: pd.DataFrame, boxes: pd.DataFrame, names: Sequence[str], table: str) -> None:
    """COCOeval leaves out boxes of unknown images and labels without a word; here they raise."""
    if not boxes["image_id"].isin(images["image_id"]).all():
        raise ValueError(f"{table} name an image_id that images has not")
    if not boxes["label"].isin(range(len(names))).all():
        raise ValueError(f"{table} have a label outside 0 to {len(names) - 1}")


def _coco(images: pd.DataFrame, boxes: pd.DataFrame, names: Sequence[str]) -> COCO:
    """The tables as an indexed COCO object; ids of boxes start at 1, as 0 means unmatched."""
    xyxy = boxes[XYXY].to_numpy(dtype=np.float64)
    columns = {
        "id": range(1, len(boxes) + 1),
        "image_id": boxes["image_id"].tolist(),
        "category_id": boxes["label"].tolist(),
        "bbox": xyxy_to_xywh(xyxy).tolist(),
        "area": area(xyxy).tolist(),
        "iscrowd": [0] * len(boxes),
    }
    if "score" in boxes:
        columns["score"] = boxes["score"].tolist()
    coco = COCO()
    coco.dataset = {
        "images": [
            {"id": image_id, "width": width, "height": height}
            for image_id, width, height in zip(
                images["image_id"].tolist(),
                images["width"].tolist(),
                images["height"].tolist(),
                strict=True,
            )
        ],
        "categories": [{"id": label, "name": name} for label, name in enumerate(names)],
        "annotations": [
            dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)
        ],
    }
    coco.createIndex()
    return coco


def _per_class(
    accumulated: dict[str, Any], objects: pd.DataFrame, names: Sequence[str]
) -> dict[str, dict[str, Any]]:
    """AP, AP50 and AR@100 over boxes of any size, and the number of objects, by class name.

    ``precision`` is [IoU, recall, class, size, detections], ``recall`` the same without recall.
    """
    precision = accumulated["precision"][:, :, :, 0, -1]
    recall = accumulated["recall"][:, :, 0, -1]
    counts = objects["label"].value_counts()
    return {
        name: {
            "AP": _mean(precision[:, :, label]),
            "AP50": _mean(precision[_AP50, :, label]),
            "AR@100": _mean(recall[:, label]),
            "objects": int(counts.get(label, 0)),
        }
        for label, name in enumerate(names)
    }


def _mean(values: NDArray[np.float64]) -> float | None:
    """Mean of what COCO did not mark as undefined with -1."""
    defined = values[values > -1]
    return float(defined.mean()) if defined.size else None


def _number(value: float) -> float | None:
    """COCO's -1 is no figure."""
    return None if value < 0 else float(value)


def _defined(value: float) -> float | None:
    """JSON has no NaN."""
    return None if np.isnan(value) else value
