"""Re-map to object types (Table 1), balance if asked, pack; count what was wrong."""

from fashion_hls import places
from fashion_hls.config import Config
from fashion_hls.data.readers import read_detection
from fashion_hls.data.store import IMAGES, pack_images, write_json, write_table
from fashion_hls.data.summary import balanced, category_counts, detection_counts
from fashion_hls.data.tolerance import refuse_bad_data
from fashion_hls.stage import header, metrics_folder, run
from fashion_hls.tracking import StageRun


def main(config: Config, tracked: StageRun) -> None:
    """Write data/detection and its metrics."""
    data = read_detection(config.dataset, seed=config.seed)
    refuse_bad_data(data.quality, len(data.objects), config.dataset.max_bad_share)
    balance = config.dataset.detection.balance
    images, objects = data.images, data.objects
    if balance.enabled:
        targets = {"train": balance.train, "val": balance.val, "test": balance.test}
        images, objects = balanced(data, targets, seed=config.seed)
    write_table(places.DETECTION / "images.parquet", images)
    write_table(places.DETECTION / "objects.parquet", objects)
    pack_images(places.DETECTION / IMAGES, images["file"].tolist(), data.read)
    figures = header(
        config,
        balanced=balance.enabled,
        before=detection_counts(data.images, data.objects),
        after=detection_counts(images, objects),
        categories=category_counts(images, objects),
    )
    folder = metrics_folder(config)
    write_json(folder / "detection_data.json", figures)
    write_json(folder / "detection_quality.json", header(config, **data.quality.to_dict()))
    tracked.metrics_file(folder / "detection_data.json")
    tracked.artifact(folder / "detection_quality.json")


if __name__ == "__main__":
    run("prepare_detection", main)
