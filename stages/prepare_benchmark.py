"""Read categories and attributes, split, pack; count what was wrong."""

from fashion_hls import places
from fashion_hls.config import Config
from fashion_hls.data.readers import read_benchmark
from fashion_hls.data.store import IMAGES, pack_images, write_json, write_table
from fashion_hls.data.summary import benchmark_counts
from fashion_hls.data.tolerance import refuse_bad_data
from fashion_hls.stage import header, metrics_folder, run
from fashion_hls.tracking import StageRun


def main(config: Config, tracked: StageRun) -> None:
    """Write data/benchmark and its metrics."""
    data = read_benchmark(config.dataset, seed=config.seed)
    refuse_bad_data(data.quality, len(data.images), config.dataset.max_bad_share)
    write_table(places.BENCHMARK / "images.parquet", data.images)
    write_json(places.BENCHMARK / "vocabulary.json", data.vocabulary.to_dict())
    pack_images(places.BENCHMARK / IMAGES, data.images["file"].tolist(), data.read)
    folder = metrics_folder(config)
    figures = header(config, **benchmark_counts(data.images, data.vocabulary), **data.notes)
    write_json(folder / "benchmark_data.json", figures)
    write_json(folder / "benchmark_quality.json", header(config, **data.quality.to_dict()))
    tracked.metrics_file(folder / "benchmark_data.json")
    tracked.artifact(folder / "benchmark_quality.json")


if __name__ == "__main__":
    run("prepare_benchmark", main)
