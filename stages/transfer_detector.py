"""The benchmark's detector on a further set's test photos (Table 4's DF2 to catalogue)."""

from fashion_hls import places
from fashion_hls.config import Config
from fashion_hls.data.images import ImageStore
from fashion_hls.data.store import IMAGES, read_table, write_json, write_table
from fashion_hls.detection.build import load_detector
from fashion_hls.detection.predict import predict_all
from fashion_hls.metrics.coco import coco_evaluate, coco_intervals
from fashion_hls.places import BENCHMARK_SET
from fashion_hls.stage import detector_card, header, item_and_set, metrics_folder, run, stage_name
from fashion_hls.taxonomy import OBJECT_TYPES
from fashion_hls.tracking import StageRun
from fashion_hls.training.seed import seed_everything

ARCHITECTURE, SET = item_and_set()
MODEL = places.DETECTORS / ARCHITECTURE
BELOW = SET.below / places.TRANSFERRED


def main(config: Config, tracked: StageRun) -> None:
    """Write the predictions and the figures over the types that the training set has."""
    seed_everything(config.seed, config.threads)
    learnt = read_table(BENCHMARK_SET.detection / "objects.parquet")
    ours = read_table(BENCHMARK_SET.detection / "images.parquet")
    train = ours.loc[ours["split"] == "train", "image_id"]
    types = sorted(set(learnt.loc[learnt["image_id"].isin(train), "label"]))
    images = read_table(SET.detection / "images.parquet")
    objects = read_table(SET.detection / "objects.parquet")
    test = images[images["split"] == "test"]
    store = ImageStore(SET.detection / IMAGES)
    found = predict_all(load_detector(MODEL), test, store, label=f"test of the {SET.name}")
    write_table(places.PREDICTED_BOXES / BELOW / f"{ARCHITECTURE}.parquet", found)
    truth = objects[objects["image_id"].isin(test["image_id"]) & objects["label"].isin(types)]
    tables = (test, truth, found[found["label"].isin(types)], OBJECT_TYPES)
    options = config.evaluation
    figures = header(
        config,
        split="test",
        protocol="COCO over the object types that the training set has: "
        + ", ".join(OBJECT_TYPES[label] for label in types),
        **detector_card(BENCHMARK_SET.below, ARCHITECTURE),
        figures=coco_evaluate(*tables),
        intervals=coco_intervals(
            *tables, seed=config.seed, draws=options.draws, level=options.level
        ),
    )
    path = metrics_folder(config) / "detector" / BELOW / f"{ARCHITECTURE}.json"
    write_json(path, figures)
    tracked.metrics_file(path)


if __name__ == "__main__":
    run(
        stage_name("transfer_detector", SET, ARCHITECTURE),
        main,
        inputs=[MODEL / "model.safetensors"],
    )
