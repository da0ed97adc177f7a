"""COCO figures of a detector's predictions on the test split."""

from pathlib import Path

from fashion_hls.config import Config
from fashion_hls.data.store import read_table, write_json
from fashion_hls.metrics.coco import coco_evaluate, coco_intervals
from fashion_hls.stage import header, item_and_set, metrics_folder, run, stage_name
from fashion_hls.taxonomy import OBJECT_TYPES
from fashion_hls.tracking import StageRun

ARCHITECTURE, SET = item_and_set()
PREDICTIONS = Path("predictions/detector") / SET.below / f"{ARCHITECTURE}.parquet"


def main(config: Config, tracked: StageRun) -> None:
    """Write the detector's metrics file."""
    images = read_table(SET.detection / "images.parquet")
    objects = read_table(SET.detection / "objects.parquet")
    test = images[images["split"] == "test"]
    truth = objects[objects["image_id"].isin(test["image_id"])]
    tables = (test, truth, read_table(PREDICTIONS), OBJECT_TYPES)
    options = config.evaluation
    figures = header(
        config,
        split="test",
        protocol="COCO, pycocotools, IoU 0.50:0.95, at most 100 detections an image",
        architecture=ARCHITECTURE,
        backbone=config.backbone.name,
        figures=coco_evaluate(*tables),
        intervals=coco_intervals(
            *tables, seed=config.seed, draws=options.draws, level=options.level
        ),
    )
    path = metrics_folder(config) / "detector" / SET.below / f"{ARCHITECTURE}.json"
    write_json(path, figures)
    tracked.metrics_file(path)


if __name__ == "__main__":
    run(stage_name("evaluate_detector", SET, ARCHITECTURE), main, inputs=[PREDICTIONS])
