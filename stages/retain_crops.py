"""The detector over a classification set: crops by protocol, retention, why images were lost."""

from fashion_hls import places
from fashion_hls.config import Config
from fashion_hls.data.cropping import cut_crops, small_crops
from fashion_hls.data.images import ImageStore
from fashion_hls.data.store import IMAGES, read_table, read_vocabulary, write_json, write_table
from fashion_hls.detection.build import load_detector
from fashion_hls.detection.predict import predict_all
from fashion_hls.detection.retention import retention_figures, views
from fashion_hls.report.audit import write_audit
from fashion_hls.stage import header, image_set, metrics_folder, run, stage_name
from fashion_hls.tracking import StageRun
from fashion_hls.training.seed import seed_everything

SET = image_set()
STORE = SET.photos / IMAGES
MODELS = places.DETECTORS / SET.below


def main(config: Config, tracked: StageRun) -> None:
    """Write the set's crops, the retention metrics and the sheets to judge both by."""
    seed_everything(config.seed, config.threads)
    images = read_table(SET.photos / "images.parquet")
    vocabulary = read_vocabulary(SET.photos / "vocabulary.json")
    store = ImageStore(STORE)
    detector = load_detector(MODELS / config.retention.detector)
    found = predict_all(detector, images, store, label=f"detect on the {SET.name}")
    table = views(images, found, min_score=config.retention.min_score)
    manifest = cut_crops(table, images, store, SET.crops / IMAGES)
    write_table(SET.crops / "manifest.parquet", manifest)
    write_table(SET.crops / "detections.parquet", found)
    figures = header(
        config,
        split="all",
        protocol=f"best detection of the label's type, score at least {config.retention.min_score}",
        detector=config.retention.detector,
        **retention_figures(images, found, table, vocabulary.categories),
        small_crops=small_crops(table, images),
    )
    folder = metrics_folder(config)
    if SET.below.parts:
        folder = folder / "classifier" / SET.below
    path = folder / "retention.json"
    write_json(path, figures)
    tracked.metrics_file(path)
    sheets = write_audit(
        places.SHEETS / SET.crops.name,
        images,
        table,
        found,
        store,
        categories=vocabulary.categories,
        seed=config.seed,
    )
    for sheet in sheets:
        tracked.artifact(sheet)


if __name__ == "__main__":
    run(stage_name("retain_crops", SET), main, inputs=[STORE])
