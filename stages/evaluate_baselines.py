"""Figures of the label frequencies: what any method must beat."""

from fashion_hls import places
from fashion_hls.config import Config
from fashion_hls.data.store import read_table, read_vocabulary, write_json
from fashion_hls.data.truth import truth_of
from fashion_hls.metrics.protocols import baseline_figures, by_view
from fashion_hls.stage import header, metrics_folder, run
from fashion_hls.tracking import StageRun

MANIFEST = places.CROPS / "manifest.parquet"
ORACLE = "frequencies_given_true_category"


def main(config: Config, tracked: StageRun) -> None:
    """Write the baselines' metrics file."""
    vocabulary = read_vocabulary(places.BENCHMARK / "vocabulary.json")
    images = read_table(places.BENCHMARK / "images.parquet")
    manifest = read_table(MANIFEST)
    attributes = len(vocabulary.attributes)
    protocols = baseline_figures(
        dict(by_view(manifest[manifest["split"] == "test"])),
        truth_of(images, "train", attributes),
        truth_of(images, "test", attributes),
        len(vocabulary.categories),
        seed=config.seed,
        draws=config.evaluation.draws,
        level=config.evaluation.level,
    )
    for reports in protocols.values():
        # Told the true category, a baseline has no category figure of its own.
        reports[ORACLE]["category"] = {}
    figures = header(
        config,
        split="test",
        frequencies_from="all training images, retained or not",
        oracle=f"{ORACLE} is told the true category: an upper mark for sharing, not a method",
        protocols=protocols,
    )
    path = metrics_folder(config) / "baselines.json"
    write_json(path, figures)
    tracked.metrics_file(path)


if __name__ == "__main__":
    run("evaluate_baselines", main, inputs=[MANIFEST])
