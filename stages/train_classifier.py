"""Train a method's networks; predict the test split under every protocol."""

from pathlib import Path

from fashion_hls.classification.build import build_classifier, save_classifier
from fashion_hls.classification.predict import predict_split
from fashion_hls.classification.start import start_files, start_from_weights, told
from fashion_hls.config import Config
from fashion_hls.data.labels import check_labels
from fashion_hls.data.store import IMAGES, read_table, read_vocabulary, write_table
from fashion_hls.errors import UserError
from fashion_hls.stage import (
    data_card,
    item_and_set,
    metrics_folder,
    run,
    stage_name,
    write_history,
)
from fashion_hls.taxonomy import NO_TYPE
from fashion_hls.tracking import StageRun
from fashion_hls.training.checkpoint import Checkpoints, fingerprint, library_versions
from fashion_hls.training.classifier import train_classifier
from fashion_hls.training.processes import team
from fashion_hls.training.seed import seed_everything
from fashion_hls.training.views import training_set
from fashion_hls.weights import input_side

METHOD, SET = item_and_set()
NAME = stage_name("train_classifier", SET, METHOD)
MANIFEST = SET.crops / "manifest.parquet"
STORES = {"crops": SET.crops / IMAGES, "benchmark": SET.photos / IMAGES}
INPUTS = [MANIFEST, SET.photos / "vocabulary.json", *STORES.values()]
CODE = [Path("src/fashion_hls"), Path(__file__)]


def main(config: Config, tracked: StageRun) -> None:
    """Write models/classifier/[SET/]METHOD and its predictions."""
    processes = team()
    seed_everything(config.seed, config.threads)
    vocabulary = read_vocabulary(INPUTS[1])
    manifest = read_table(MANIFEST)
    check_labels(manifest, vocabulary, MANIFEST)
    if not (manifest["split"] == "test").any():
        # Training would take its hours first and have nothing to be judged on.
        raise UserError(
            f"{MANIFEST}: no test image; give the split some (dataset.splits, or the dataset's "
            "own lists)"
        )
    start = start_files(config.train.start_from, config.train.start_sha256)
    options = config.heads.model_dump() | {
        "backbone": config.backbone.name,
        "pretrained": config.backbone.pretrained and not start,
        "trained_from": config.backbone.trained_from,
        "object_types": NO_TYPE + 1,
        "categories": len(vocabulary.categories),
        "attributes": len(vocabulary.attributes),
        "sharing": config.train.label_sharing,
        "task_weighting": config.train.task_weighting,
        "task_selection": config.train.task_selection,
    }
    classifier = build_classifier(METHOD, **options)
    started = {}
    if start:
        loaded = start_from_weights(classifier, start, METHOD, config.backbone.name, vocabulary)
        print(told(loaded))
        started = {"started_from": loaded}
    size = input_side(config.train.image_size, config.backbone.name)
    count = len(vocabulary.attributes)
    data = training_set(
        manifest,
        STORES,
        views=config.train.views,
        attributes=count,
        size=size,
        threads=config.threads,
    )
    params = {
        "method": METHOD,
        "options": options,
        # Of what it starts from, the files' content counts and not their place.
        "train": config.train.model_dump(mode="json", exclude={"start_from"})
        | {"image_size": size},
        "libraries": library_versions(),
        "processes": processes.identity(),
        "seed": config.seed,
        "threads": config.threads,
    }
    tracked.tags({"image_size": size})
    key = fingerprint(params, [*INPUTS, *start], CODE)
    with Checkpoints(NAME.replace("@", "-"), key) as checkpoints:
        histories = train_classifier(
            classifier,
            data,
            options=config.train,
            seed=config.seed,
            savers=checkpoints.part,
            on_epoch=lambda name, epoch, figures: tracked.metrics(
                {f"{name}/{key}": value for key, value in figures.items()}, step=epoch
            ),
        )
        del data  # and the crops that it keeps
        processes.leave()
        if not processes.main:
            return
        notes = {
            "vocabulary": vocabulary.to_dict(),
            "image_size": size,
            "data": data_card(config),
            **started,
        }
        folder = Path("models/classifier") / SET.below / METHOD
        save_classifier(folder, classifier, METHOD, options, notes)
        table = predict_split(
            classifier.eval(),
            manifest,
            "test",
            STORES,
            categories=len(vocabulary.categories),
            attributes=count,
            size=size,
            threads=config.threads,
        )
        write_table(Path("predictions/classifier") / SET.below / f"{METHOD}.parquet", table)
        curves = metrics_folder(config) / "curves" / SET.below / f"{METHOD}.json"
        write_history(curves, histories)
        checkpoints.finish()
    tracked.artifact(curves)


if __name__ == "__main__":
    run(NAME, main, inputs=INPUTS)
