"""The detector over the benchmark: crops by protocol, retention, and why images were lost."""

from pathlib import Path

from fashion_hls import places
from fashion_hls.config import Config
from fashion_hls.data.cropping import cut_crops
from fashion_hls.data.images import ImageStore
from fashion_hls.data.store import IMAGES, read_table, read_vocabulary, write_json, write_table
from fashion_hls.detection.build import load_detector
from fashion_hls.detection.predict import predict_all
from fashion_hls.detection.retention import retention_figures, views
from fashion_hls.stage import header, metrics_folder, run
from fashion_hls.tracking import StageRun
from fashion_hls.training.seed import seed_everything

STORE = places.BENCHMARK / IMAGES


def main(config: Config, tracked: StageRun) -> None:
    """Write data/crops and the retention metrics."""
    seed_everything(config.seed, config.threads)
    images = read_table(places.BENCHMARK / "images.parquet")
    vocabulary = read_vocabulary(places.BENCHMARK / "vocabulary.json")
    store = ImageStore(STORE)
    detector = load_detector(Path("models/detector") / config.retention.detector)
    found = predict_all(detector, images, store, label="detect on the benchmark")
    table = views(images, found, min_score=config.retention.min_score)
    manifest = cut_crops(table, images, store, places.CROPS / IMAGES)
    write_table(places.CROPS / "manifest.parquet", manifest)
    write_table(places.CROPS / "detections.parquet", found)
    figures = header(
        config,
        split="all",
        protocol=f"best detection of the label's type, score at least {config.retention.min_score}",
        detector=config.retention.detector,
        **retention_figures(images, found, table, vocabulary.categories),
    )
    path = metrics_folder(config) / "retention.json"
    write_json(path, figures)
    tracked.metrics_file(path)


if __name__ == "__main__":
    run("retain_crops", main, inputs=[STORE, *Path("models/detector").rglob("*.safetensors")])
