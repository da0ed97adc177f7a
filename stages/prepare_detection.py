"""Re-map to object types (Table 1), balance and up-sample if asked, pack; count what was wrong."""

from dataclasses import replace

from fashion_hls import places
from fashion_hls.config import Config
from fashion_hls.data.readers import read_detection
from fashion_hls.data.records import ANNOTATED
from fashion_hls.data.store import IMAGES, pack_images, write_json, write_table
from fashion_hls.data.summary import (
    balanced,
    boxes_by_source,
    category_counts,
    detection_counts,
)
from fashion_hls.data.tolerance import refuse_bad_data
from fashion_hls.data.upsampling import upsampled
from fashion_hls.report.automatic import write_sheet
from fashion_hls.stage import header, metrics_folder, run
from fashion_hls.tracking import StageRun


def main(config: Config, tracked: StageRun) -> None:
    """Write data/detection, its contact sheet and its metrics."""
    data = read_detection(config.dataset, seed=config.seed)
    annotated = int((data.objects["source"] == ANNOTATED).sum())
    refuse_bad_data(data.quality, annotated, config.dataset.max_bad_share)
    options, made = config.dataset.detection, data
    if options.balance.enabled:
        targets = options.balance.model_dump(exclude={"enabled"})
        images, objects = balanced(data, targets, seed=config.seed)
        made = replace(data, images=images, objects=objects)
    made, copies = upsampled(made, target=options.upsample, seed=config.seed)
    write_table(places.DETECTION / "images.parquet", made.images)
    write_table(places.DETECTION / "objects.parquet", made.objects)
    pack_images(places.DETECTION / IMAGES, made.images["file"].tolist(), made.read)
    figures = header(
        config,
        balanced=options.balance.enabled,
        upsampled=copies,
        before=detection_counts(data.images, data.objects),
        after=detection_counts(made.images, made.objects),
        boxes_by_source=boxes_by_source(made.images, made.objects),
        **data.notes,
        categories=category_counts(made.images, made.objects),
    )
    folder = metrics_folder(config)
    write_json(folder / "detection_data.json", figures)
    write_json(folder / "detection_quality.json", header(config, **data.quality.to_dict()))
    tracked.metrics_file(folder / "detection_data.json")
    tracked.artifact(folder / "detection_quality.json")
    sheet = write_sheet(places.SHEETS / places.DETECTION.name, made, seed=config.seed)
    if sheet is not None:
        tracked.artifact(sheet)


if __name__ == "__main__":
    run("prepare_detection", main)
