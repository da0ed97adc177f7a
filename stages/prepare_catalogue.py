"""Read a shop's catalogue beside the benchmark: its boxes and its products."""

from fashion_hls import places
from fashion_hls.config import Config
from fashion_hls.data.clustered import clustered
from fashion_hls.data.readers import read_catalogue
from fashion_hls.data.records import ANNOTATED
from fashion_hls.data.store import IMAGES, pack_images, write_json, write_table
from fashion_hls.data.summary import benchmark_counts, boxes_by_source, detection_counts
from fashion_hls.data.tolerance import refuse_bad_data
from fashion_hls.data.upsampling import upsampled
from fashion_hls.report.automatic import write_sheet
from fashion_hls.shop.clusters import load_clusters
from fashion_hls.stage import header, metrics_folder, run
from fashion_hls.tracking import StageRun

SET = places.CATALOGUE_SET


def main(config: Config, tracked: StageRun) -> None:
    """Write data/catalogue_detection, data/catalogue, a contact sheet and their metrics."""
    boxes, products = read_catalogue(config.dataset, seed=config.seed)
    limit = config.dataset.max_bad_share
    annotated = int((boxes.objects["source"] == ANNOTATED).sum())
    refuse_bad_data(boxes.quality, annotated, limit)
    refuse_bad_data(products.quality, len(products.images), limit)
    before = detection_counts(boxes.images, boxes.objects)
    assert config.dataset.catalogue is not None  # read_catalogue() has refused it
    if config.dataset.catalogue.clusters:
        products = clustered(products, load_clusters())
    target = config.dataset.catalogue.upsample
    boxes, copies = upsampled(boxes, target=target, seed=config.seed)
    write_table(SET.detection / "images.parquet", boxes.images)
    write_table(SET.detection / "objects.parquet", boxes.objects)
    pack_images(SET.detection / IMAGES, boxes.images["file"].tolist(), boxes.read)
    write_table(SET.photos / "images.parquet", products.images)
    write_json(SET.photos / "vocabulary.json", products.vocabulary.to_dict())
    pack_images(SET.photos / IMAGES, products.images["file"].tolist(), products.read)
    folder = metrics_folder(config) / "classifier" / SET.below
    figures = header(
        config,
        **benchmark_counts(products.images, products.vocabulary),
        upsampled=copies,
        detection_before=before,
        detection=detection_counts(boxes.images, boxes.objects),
        boxes_by_source=boxes_by_source(boxes.images, boxes.objects),
        **boxes.notes,
        vocabulary=products.vocabulary.to_dict(),
    )
    write_json(folder / "data.json", figures)
    quality = {"boxes": boxes.quality.to_dict(), "products": products.quality.to_dict()}
    write_json(folder / "quality.json", header(config, **quality))
    tracked.metrics_file(folder / "data.json")
    tracked.artifact(folder / "quality.json")
    sheet = write_sheet(places.SHEETS / SET.detection.name, boxes, seed=config.seed)
    if sheet is not None:
        tracked.artifact(sheet)


if __name__ == "__main__":
    run(f"prepare_catalogue@{SET.name}", main)
