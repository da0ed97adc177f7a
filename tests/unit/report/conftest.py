"""Committed metrics with the diagnostics of a made-up detector in place of the real ones'."""

import json
import shutil
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from fashion_hls.metrics import diagnostics
from fashion_hls.metrics.coco import XYXY
from fashion_hls.report.detections import write_pictures
from fashion_hls.report.run_page import write_run_page
from fashion_hls.taxonomy import OBJECT_TYPES

MIN_SCORE = 0.5
METRICS = Path("metrics/sample")
METHODS = ("stl", "stl_hls", "mtl_rnn_va")
OPTIONS = {
    "title": "sample",
    "bias": "drawings",
    "licence": "free",
    "detectors": ["faster_rcnn"],
    "sets": ["catalogue"],
    "explained": ["mtl_rnn_va"],
    "studies": [],
    "titles": {"faster_rcnn": "Faster R-CNN"},
    "seed": 0,
}


class Evaluated(NamedTuple):
    """Folders as the stages leave them."""

    metrics: Path
    predictions: Path
    sheets: Path

    @property
    def pictures(self) -> Path:
        """Of the detectors."""
        return self.predictions / "detector_pictures"


class Tables(NamedTuple):
    """A test split and what was found on it; no object is footwear."""

    images: pd.DataFrame
    objects: pd.DataFrame
    detections: pd.DataFrame


def tables(photos: int) -> Tables:
    rng = np.random.default_rng(0)
    corner = rng.uniform(0, 40, (2 * photos, 2))
    boxes = np.hstack([corner, corner + rng.uniform(20, 60, (2 * photos, 2))])
    objects = pd.DataFrame(boxes, columns=XYXY)
    objects.insert(0, "image_id", np.arange(2 * photos) // 2)
    objects.insert(1, "label", np.arange(2 * photos) % 3)
    moved = objects[XYXY] + rng.normal(0, 4, boxes.shape)
    detections = objects.assign(**moved, score=rng.uniform(size=len(objects)))
    detections["label"] = (detections["label"] + (rng.uniform(size=len(objects)) < 0.2)) % 4
    images = pd.DataFrame({"image_id": range(photos), "width": 100, "height": 120})
    return Tables(images, objects, detections)


def draw(folder: Path, one: Tables) -> tuple[dict[str, object], list[Path]]:
    """Write a detector's pictures; its summary and what was written."""
    judged = diagnostics.judge(
        one.objects, one.detections, types=len(OBJECT_TYPES), min_score=MIN_SCORE
    )
    figures = diagnostics.summary(*one[1:], OBJECT_TYPES, judged, min_score=MIN_SCORE)
    written = write_pictures(
        folder,
        judged,
        diagnostics.image_errors(one.images, judged),
        lambda image_id: Image.new("RGB", (100, 120), (10 * image_id, 90, 200)),
        curves=diagnostics.precision_recall(*one, OBJECT_TYPES),
        best=figures["best_f1"],
        seed=0,
    )
    return figures, written


@pytest.fixture(scope="session")
def evaluated(tmp_path_factory: pytest.TempPathFactory) -> Evaluated:
    """The sample's committed metrics and a detector's pictures, for the benchmark and a set."""
    root = tmp_path_factory.mktemp("evaluated")
    metrics = Path(shutil.copytree("metrics/sample", root / "metrics"))
    for below in ("", "catalogue"):
        pictures = root / "predictions/detector_pictures"
        figures, _ = draw(pictures / below / "faster_rcnn", tables(15))
        path = metrics / "detector" / below / "faster_rcnn.json"
        run = json.loads(path.read_text())
        path.write_text(json.dumps(run | {"diagnostics": figures}))
    # The benchmark has no automatic boxes, the catalogue has; every photo of the benchmark is kept.
    for name in ("catalogue_detection/automatic_boxes.png", "crops/kept.jpg"):
        sheet = root / "sheets" / name
        sheet.parent.mkdir(parents=True)
        Image.new("RGB", (20, 20), "red").save(sheet)
    # STL makes mistakes on the benchmark alone; the attention of MTL has one gallery of each set.
    pictures = (
        "classifier_pictures/stl/mistakes.jpg",
        "attention/mtl_rnn_va/right.jpg",
        "attention/catalogue/mtl_rnn_va/wrong.jpg",
    )
    for name in pictures:
        picture = root / "predictions" / name
        picture.parent.mkdir(parents=True)
        Image.new("RGB", (20, 20), "blue").save(picture)
    return Evaluated(metrics, root / "predictions", root / "sheets")


def build(
    folder: Path, evaluated: Evaluated, metrics: Path, methods: tuple[str, ...] = METHODS
) -> str:
    made = {"predictions": evaluated.predictions, "sheets": evaluated.sheets}
    write_run_page(folder, metrics=metrics, methods=methods, **made, **OPTIONS)
    return (folder / "index.html").read_text(encoding="utf-8")
