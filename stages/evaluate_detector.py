"""COCO figures of a detector's predictions on the test split, and where it goes wrong."""

from pathlib import Path

from fashion_hls import places
from fashion_hls.config import Config
from fashion_hls.data.images import ImageStore
from fashion_hls.data.store import IMAGES, read_table, write_json
from fashion_hls.metrics import diagnostics
from fashion_hls.metrics.coco import coco_evaluate, coco_intervals
from fashion_hls.report.detections import write_pictures
from fashion_hls.stage import detector_card, header, item_and_set, metrics_folder, run, stage_name
from fashion_hls.taxonomy import OBJECT_TYPES
from fashion_hls.tracking import StageRun

ARCHITECTURE, SET = item_and_set()
BELOW = SET.below / ARCHITECTURE
PREDICTIONS = places.PREDICTED_BOXES / SET.below / f"{ARCHITECTURE}.parquet"


def main(config: Config, tracked: StageRun) -> None:
    """Write the detector's metrics file, the data of its plots, and its pictures."""
    images = read_table(SET.detection / "images.parquet")
    objects = read_table(SET.detection / "objects.parquet")
    test = images[images["split"] == "test"]
    truth = objects[objects["image_id"].isin(test["image_id"])]
    found = read_table(PREDICTIONS)
    tables = (test, truth, found, OBJECT_TYPES)
    options, min_score = config.evaluation, config.retention.min_score
    judged = diagnostics.judge(truth, found, types=len(OBJECT_TYPES), min_score=min_score)
    summary = diagnostics.summary(*tables[1:], judged, min_score=min_score)
    figures = header(
        config,
        split="test",
        protocol="COCO, pycocotools, IoU 0.50:0.95, at most 100 detections an image",
        **detector_card(SET.below, ARCHITECTURE),
        figures=coco_evaluate(*tables),
        intervals=coco_intervals(
            *tables, seed=config.seed, draws=options.draws, level=options.level
        ),
        diagnostics=summary,
    )
    path = metrics_folder(config) / "detector" / SET.below / f"{ARCHITECTURE}.json"
    write_json(path, figures)
    tracked.metrics_file(path)

    curves = diagnostics.precision_recall(*tables)
    cells = diagnostics.confusion_rows(diagnostics.confusion(judged), OBJECT_TYPES)
    plots = metrics_folder(config) / "detector_plots" / BELOW
    write_json(plots / "precision_recall.json", curves)
    write_json(plots / "confusion.json", cells)
    store, files = ImageStore(SET.detection / IMAGES), test.set_index("image_id")["file"]
    pictures = write_pictures(
        Path("predictions/detector_pictures") / BELOW,
        judged,
        diagnostics.image_errors(test, judged),
        lambda image_id: store.image(files[image_id]),
        curves=curves,
        best=summary["best_f1"],
        seed=config.seed,
    )
    for file in (plots / "precision_recall.json", plots / "confusion.json", *pictures):
        tracked.artifact(file)


if __name__ == "__main__":
    run(stage_name("evaluate_detector", SET, ARCHITECTURE), main, inputs=[PREDICTIONS])
