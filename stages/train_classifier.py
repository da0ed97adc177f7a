"""Train a method's networks; predict the test split under every protocol."""

from pathlib import Path

from fashion_hls import places
from fashion_hls.classification.build import build_classifier, save_classifier
from fashion_hls.classification.predict import predict_split
from fashion_hls.config import Config
from fashion_hls.data.store import IMAGES, read_table, read_vocabulary, write_table
from fashion_hls.stage import data_card, item, metrics_folder, run, write_history
from fashion_hls.taxonomy import NO_TYPE
from fashion_hls.tracking import StageRun
from fashion_hls.training.checkpoint import Checkpoints, fingerprint, library_versions
from fashion_hls.training.classifier import train_classifier
from fashion_hls.training.seed import seed_everything
from fashion_hls.training.views import training_set

MANIFEST = places.CROPS / "manifest.parquet"
STORES = {"crops": places.CROPS / IMAGES, "benchmark": places.BENCHMARK / IMAGES}
INPUTS = [MANIFEST, places.BENCHMARK / "vocabulary.json", *STORES.values()]
CODE = [
    Path("src/fashion_hls") / part
    for part in ("training", "classification", "metrics", "weights.py", "data/images.py")
]
METHOD = item()


def main(config: Config, tracked: StageRun) -> None:
    """Write models/classifier/METHOD and its predictions."""
    seed_everything(config.seed, config.threads)
    vocabulary = read_vocabulary(INPUTS[1])
    manifest = read_table(MANIFEST)
    options = config.heads.model_dump() | {
        "backbone": config.backbone.name,
        "pretrained": config.backbone.pretrained,
        "trained_from": config.backbone.trained_from,
        "object_types": NO_TYPE + 1,
        "categories": len(vocabulary.categories),
        "attributes": len(vocabulary.attributes),
        "sharing": config.train.label_sharing,
    }
    classifier = build_classifier(METHOD, **options)
    size, count = config.train.image_size, len(vocabulary.attributes)
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
        "train": config.train.model_dump(mode="json"),
        "libraries": library_versions(),
        "seed": config.seed,
        "threads": config.threads,
    }
    key = fingerprint(params, INPUTS, CODE)
    with Checkpoints(f"train_classifier-{METHOD}", key) as checkpoints:
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
        notes = {
            "vocabulary": vocabulary.to_dict(),
            "image_size": size,
            "data": data_card(config),
        }
        save_classifier(Path("models/classifier") / METHOD, classifier, METHOD, options, notes)
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
        write_table(Path("predictions/classifier") / f"{METHOD}.parquet", table)
        curves = metrics_folder(config) / "curves" / f"{METHOD}.json"
        write_history(curves, histories)
        checkpoints.finish()
    tracked.artifact(curves)


if __name__ == "__main__":
    run(f"train_classifier@{METHOD}", main, inputs=INPUTS)
