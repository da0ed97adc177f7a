"""Baseline STL for categories with one network an object type (Table 5); predict the test split."""

from pathlib import Path

import pandas as pd

from fashion_hls.classification.predict import PREDICTION_COLUMNS, predict_split
from fashion_hls.classification.specialist import TypeSpecialist
from fashion_hls.classification.stl import SingleTask
from fashion_hls.classification.trunk import Trunk
from fashion_hls.config import Config
from fashion_hls.config_training import ClassifierTraining
from fashion_hls.data.labels import check_labels
from fashion_hls.data.records import Vocabulary
from fashion_hls.data.store import IMAGES, read_table, read_vocabulary, write_table
from fashion_hls.stage import image_set, metrics_folder, run, stage_name, write_history
from fashion_hls.taxonomy import OBJECT_TYPES
from fashion_hls.tracking import StageRun
from fashion_hls.training.checkpoint import Checkpoints, fingerprint, library_versions
from fashion_hls.training.classifier import train_category_network
from fashion_hls.training.processes import team
from fashion_hls.training.seed import seed_everything
from fashion_hls.training.views import TrainingSet, of_object_type, training_set
from fashion_hls.weights import input_side

SET = image_set()
NAME = stage_name("train_types", SET)
MANIFEST = SET.crops / "manifest.parquet"
STORES = {"crops": SET.crops / IMAGES, "benchmark": SET.photos / IMAGES}
INPUTS = [MANIFEST, SET.photos / "vocabulary.json", *STORES.values()]
CODE = [Path("src/fashion_hls"), Path(__file__)]

#: Of a catalogue with one category for each type: there is nothing to learn.
NOTHING = pd.DataFrame(columns=PREDICTION_COLUMNS)


def main(config: Config, tracked: StageRun) -> None:
    """Write predictions/classifier/SET/types.parquet; the networks are not kept."""
    processes = team()
    seed_everything(config.seed, config.threads)
    vocabulary, manifest = read_vocabulary(INPUTS[1]), read_table(MANIFEST)
    check_labels(manifest, vocabulary, MANIFEST)
    size = input_side(config.train.image_size, config.backbone.name)
    count = len(vocabulary.categories)
    data = training_set(
        manifest,
        STORES,
        views=config.train.views,
        attributes=len(vocabulary.attributes),
        size=size,
        threads=config.threads,
    )
    params = {
        "backbone": config.backbone.model_dump(),
        "dropout": config.heads.dropout,
        "train": config.train.model_dump(mode="json") | {"image_size": size},
        "libraries": library_versions(),
        "processes": processes.identity(),
        "seed": config.seed,
        "threads": config.threads,
    }
    tracked.tags({"image_size": size})
    # All are built before one is trained: a resumed run trains no finished one, and would else
    # draw other first weights for those that follow.
    specialists = {
        kind: TypeSpecialist(_network(config, len(categories)), categories, count)
        for kind in range(len(OBJECT_TYPES))
        if (categories := _categories_of(data, kind, vocabulary))
    }
    histories = {}
    with Checkpoints(NAME.replace("@", "-"), fingerprint(params, INPUTS, CODE)) as checkpoints:
        for kind, specialist in specialists.items():
            rows = of_object_type(data, kind, specialist.categories)
            name = OBJECT_TYPES[kind]
            histories[name] = train_category_network(
                specialist.network,
                rows,
                name,
                options=_as_many_steps(config.train, data, rows),
                seed=config.seed,
                savers=checkpoints.part,
                on_epoch=lambda network, epoch, figures: tracked.metrics(
                    {f"{network}/{key}": value for key, value in figures.items()}, step=epoch
                ),
            )
        processes.leave()
        if not processes.main:
            return
        tables = [
            predict_split(
                specialist.eval(),
                manifest[manifest["object_type"] == kind],
                "test",
                STORES,
                categories=count,
                attributes=0,
                size=size,
                threads=config.threads,
            )
            for kind, specialist in specialists.items()
        ]
        table = pd.concat(tables, ignore_index=True) if tables else NOTHING
        write_table(Path("predictions/classifier") / SET.below / "types.parquet", table)
        curves = metrics_folder(config) / "curves" / SET.below / "types.json"
        write_history(curves, histories)
        checkpoints.finish()
    tracked.artifact(curves)


def _categories_of(data: TrainingSet, kind: int, vocabulary: Vocabulary) -> list[int]:
    """The type's categories; none where there is nothing to tell apart or to learn from."""
    categories = [i for i, own in enumerate(vocabulary.category_types) if own == kind]
    rows = of_object_type(data, kind, categories)
    usable = len(categories) > 1 and len(rows.rows("train")) and len(rows.rows("val"))
    return categories if usable else []


def _as_many_steps(
    options: ClassifierTraining, data: TrainingSet, rows: TrainingSet
) -> ClassifierTraining:
    """The recipe with batches so much smaller that an epoch has the steps of all types' network."""
    share = len(rows.rows("train")) / len(data.rows("train"))
    return options.model_copy(update={"batch_size": max(1, round(options.batch_size * share))})


def _network(config: Config, outputs: int) -> SingleTask:
    trunk = Trunk(
        config.backbone.name,
        pretrained=config.backbone.pretrained,
        trained_from=config.backbone.trained_from,
    )
    return SingleTask(trunk, outputs=outputs, dropout=config.heads.dropout)


if __name__ == "__main__":
    run(NAME, main, inputs=INPUTS)
