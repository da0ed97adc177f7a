"""Fine-tune a detector on object types; predict the test split."""

import sys
from pathlib import Path
from typing import Any

from fashion_hls import places
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
from fashion_hls.training.processes import team
from fashion_hls.training.seed import seed_everything
from fashion_hls.weights import PACKAGED

ARCHITECTURE, SET = item_and_set()
NAME = stage_name("train_detector", SET, ARCHITECTURE)
INPUTS = [SET.detection / name for name in ("images.parquet", "objects.parquet", IMAGES)]
CODE = [Path("src/fashion_hls"), Path(__file__)]


def network_options(config: Config) -> dict[str, Any]:
    """What the network is built from: shared options, the architecture's own, and the data's."""
    architecture = config.architectures[ARCHITECTURE]
    # What no package holds comes from timm's hub, or not at all.
    at_hand = config.detector.hub_weights or architecture.backbone in PACKAGED
    if config.backbone.pretrained and not at_hand:
        print(
            f"{NAME}: {architecture.backbone}: no package holds its ImageNet weights, so it starts "
            "untrained; -S detector.hub_weights=true fetches them from timm's hub",
            file=sys.stderr,
        )
    return {
        **config.detector.network(architecture),
        "pretrained": config.backbone.pretrained and at_hand,
        "classes": len(OBJECT_TYPES),
    }


def main(config: Config, tracked: StageRun) -> None:
    """Write models/detector/[SET/]ARCH and the predictions on the test split."""
    processes = team()
    seed_everything(config.seed, config.threads)
    architecture = config.architectures[ARCHITECTURE]
    options = network_options(config)
    recipe = config.detector.training(architecture)
    images, objects = read_table(INPUTS[0]), read_table(INPUTS[1])
    store = ImageStore(INPUTS[2])
    detector = build_detector(architecture.module, **options)
    params = {
        "architecture": architecture.module,
        "options": options,
        "recipe": recipe.model_dump(mode="json"),
        "libraries": library_versions(),
        "processes": processes.identity(),
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
            options=recipe,
            seed=config.seed,
            saver=checkpoints,
            on_epoch=lambda epoch, figures: tracked.metrics(figures, step=epoch),
        )
        processes.leave()
        if not processes.main:
            return
        folder = places.DETECTORS / SET.below / ARCHITECTURE
        notes = {
            "data": data_card(config),
            "weights": "ImageNet" if options["pretrained"] else None,
        }
        save_detector(folder, detector, architecture.module, options, notes)
        found = predict_all(detector, images[images["split"] == "test"], store, label="test")
        write_table(places.PREDICTED_BOXES / SET.below / f"{ARCHITECTURE}.parquet", found)
        curves = metrics_folder(config) / "curves" / SET.below / f"{ARCHITECTURE}.json"
        write_history(curves, {ARCHITECTURE: history})
        checkpoints.finish()
    tracked.artifact(curves)


if __name__ == "__main__":
    run(NAME, main, inputs=INPUTS)
