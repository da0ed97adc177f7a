"""Fine-tune a detector on object types; predict the test split."""

from pathlib import Path

from fashion_hls.config import Config
from fashion_hls.data.images import ImageStore
from fashion_hls.data.store import IMAGES, read_table, write_table
from fashion_hls.detection.build import build_detector, save_detector
from fashion_hls.detection.predict import predict_all
from fashion_hls.stage import (
    data_card,
    item_and_set,
    metrics_folder,
    run,
    stage_name,
    write_history,
)
from fashion_hls.taxonomy import OBJECT_TYPES
from fashion_hls.tracking import StageRun
from fashion_hls.training.checkpoint import Checkpoints, fingerprint, library_versions
from fashion_hls.training.detector import train_detector
from fashion_hls.training.seed import seed_everything

ARCHITECTURE, SET = item_and_set()
NAME = stage_name("train_detector", SET, ARCHITECTURE)
INPUTS = [SET.detection / name for name in ("images.parquet", "objects.parquet", IMAGES)]
CODE = [Path("src/fashion_hls"), Path(__file__)]


def main(config: Config, tracked: StageRun) -> None:
    """Write models/detector/[SET/]ARCH and the predictions on the test split."""
    seed_everything(config.seed, config.threads)
    options = config.detector.model_dump(exclude={"train"}) | {
        "backbone": config.backbone.name,
        "pretrained": config.backbone.pretrained,
        "classes": len(OBJECT_TYPES),
    }
    images, objects = read_table(INPUTS[0]), read_table(INPUTS[1])
    store = ImageStore(INPUTS[2])
    detector = build_detector(ARCHITECTURE, **options)
    params = {
        "architecture": ARCHITECTURE,
        "detector": config.detector.model_dump(mode="json"),
        "backbone": [config.backbone.name, config.backbone.pretrained],
        "libraries": library_versions(),
        "seed": config.seed,
        "threads": config.threads,
    }
    key = fingerprint(params, INPUTS, CODE)
    with Checkpoints(NAME.replace("@", "-"), key) as checkpoints:
        history = train_detector(
            detector,
            images,
            objects,
            store,
            options=config.detector.train,
            seed=config.seed,
            saver=checkpoints,
            on_epoch=lambda epoch, figures: tracked.metrics(figures, step=epoch),
        )
        folder = Path("models/detector") / SET.below / ARCHITECTURE
        notes = {"data": data_card(config)}
        save_detector(folder, detector, ARCHITECTURE, options, notes)
        found = predict_all(detector, images[images["split"] == "test"], store, label="test")
        write_table(Path("predictions/detector") / SET.below / f"{ARCHITECTURE}.parquet", found)
        curves = metrics_folder(config) / "curves" / SET.below / f"{ARCHITECTURE}.json"
        write_history(curves, {ARCHITECTURE: history})
        checkpoints.finish()
    tracked.artifact(curves)


if __name__ == "__main__":
    run(NAME, main, inputs=INPUTS)
