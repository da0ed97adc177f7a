"""Figures of a method's predictions under every protocol, with intervals; where it errs."""

from pathlib import Path

from fashion_hls.config import Config
from fashion_hls.data.images import ImageStore
from fashion_hls.data.labels import check_labels, check_scores
from fashion_hls.data.store import IMAGES, read_table, read_vocabulary, write_json
from fashion_hls.data.truth import truth_of, unsupported
from fashion_hls.metrics.protocols import method_figures
from fashion_hls.metrics.shop import shop_figures
from fashion_hls.metrics.trust import Labels, trust
from fashion_hls.report.mistakes import write_mistakes
from fashion_hls.stage import header, item_and_set, metrics_folder, run, stage_name
from fashion_hls.tracking import StageRun

METHOD, SET = item_and_set()
PREDICTIONS = Path("predictions/classifier") / SET.below / f"{METHOD}.parquet"
MANIFEST = SET.crops / "manifest.parquet"


def main(config: Config, tracked: StageRun) -> None:
    """Write the method's metrics file, the rows of its plots and tables, and its mistakes."""
    vocabulary = read_vocabulary(SET.photos / "vocabulary.json")
    images, manifest = read_table(SET.photos / "images.parquet"), read_table(MANIFEST)
    check_labels(images, vocabulary, SET.photos / "images.parquet")
    check_labels(manifest, vocabulary, MANIFEST)
    truth = truth_of(images, "test", len(vocabulary.attributes))
    predictions, options = read_table(PREDICTIONS), config.evaluation
    check_scores(predictions, vocabulary, truth.image_id.tolist(), PREDICTIONS)
    drawn = {"seed": config.seed, "draws": options.draws, "level": options.level}
    protocols = method_figures(predictions, truth, **drawn)
    labels = Labels(vocabulary.categories, vocabulary.attributes, vocabulary.attribute_groups)
    trusted, rows = trust(
        predictions,
        truth,
        truth_of(images, "train", len(vocabulary.attributes)),
        labels,
        **drawn,
    )
    by_taxonomy = shop_figures(predictions, truth, labels, **drawn)
    for protocol, report in protocols.items():
        report |= trusted[protocol] | by_taxonomy[protocol]
    figures = header(
        config,
        split="test",
        method=METHOD,
        backbone=config.backbone.name,
        trained_on=list(config.train.views),
        label_sharing=_sharing(config),
        crops=config.retention.model_dump(),
        unsupported_labels=unsupported(manifest, config.train.views, vocabulary),
        protocols=protocols,
    )
    path = metrics_folder(config) / "classifier" / SET.below / f"{METHOD}.json"
    write_json(path, figures)
    tracked.metrics_file(path)
    details = metrics_folder(config) / "classifier_plots" / SET.below / f"{METHOD}.json"
    write_json(details, rows)
    tracked.artifact(details)
    sheet = write_mistakes(
        Path("predictions/classifier_pictures") / SET.below / METHOD,
        predictions,
        manifest,
        truth,
        {"crops": ImageStore(SET.crops / IMAGES), "benchmark": ImageStore(SET.photos / IMAGES)},
        vocabulary.categories,
    )
    if sheet is not None:
        tracked.artifact(sheet)


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
