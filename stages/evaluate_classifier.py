"""Figures of a method's predictions under every protocol, with intervals."""

from pathlib import Path

from fashion_hls.config import Config
from fashion_hls.data.store import read_table, read_vocabulary, write_json
from fashion_hls.data.truth import truth_of
from fashion_hls.metrics.protocols import method_figures
from fashion_hls.stage import header, item_and_set, metrics_folder, run, stage_name
from fashion_hls.tracking import StageRun

METHOD, SET = item_and_set()
PREDICTIONS = Path("predictions/classifier") / SET.below / f"{METHOD}.parquet"


def main(config: Config, tracked: StageRun) -> None:
    """Write the method's metrics file."""
    vocabulary = read_vocabulary(SET.photos / "vocabulary.json")
    images = read_table(SET.photos / "images.parquet")
    truth = truth_of(images, "test", len(vocabulary.attributes))
    protocols = method_figures(
        read_table(PREDICTIONS),
        truth,
        seed=config.seed,
        draws=config.evaluation.draws,
        level=config.evaluation.level,
    )
    figures = header(
        config,
        split="test",
        method=METHOD,
        backbone=config.backbone.name,
        trained_on=list(config.train.views),
        label_sharing=_sharing(config),
        crops=config.retention.model_dump(),
        protocols=protocols,
    )
    path = metrics_folder(config) / "classifier" / SET.below / f"{METHOD}.json"
    write_json(path, figures)
    tracked.metrics_file(path)


def _sharing(config: Config) -> dict[str, str] | None:
    """What the method shares; None where it shares nothing."""
    if METHOD == "stl":
        return None
    training = config.train.label_sharing
    return {
        "training": training,
        "evaluation": "soft predictions" if training == "soft" else "predicted",
        "note": "on retained crops the detected type equals the label's by selection",
    }


if __name__ == "__main__":
    run(stage_name("evaluate_classifier", SET, METHOD), main, inputs=[PREDICTIONS])
