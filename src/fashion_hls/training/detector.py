"""Training of a detector on a prepared detection set."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pandas as pd

from fashion_hls.config_training import DetectorTraining
from fashion_hls.data.images import ImageStore
from fashion_hls.detection.contract import Detector, Target
from fashion_hls.detection.photos import augment, load_image, targets_of, undecoded
from fashion_hls.detection.predict import merged, predict_all
from fashion_hls.errors import UserError
from fashion_hls.metrics.coco import coco_evaluate
from fashion_hls.taxonomy import OBJECT_TYPES
from fashion_hls.training.loop import Batch, fit
from fashion_hls.training.processes import team
from fashion_hls.training.seed import numpy_generator
from fashion_hls.training.state import Saver


def train_detector(
    detector: Detector,
    images: pd.DataFrame,
    objects: pd.DataFrame,
    store: ImageStore,
    *,
    options: DetectorTraining,
    seed: int,
    saver: Saver,
    on_epoch: Callable[[int, dict[str, float]], None],
) -> list[dict[str, float]]:
    """Fit on the training split; keep the epoch with the best mAP on the validation split.

    Several processes share the photos of each batch, and the batches of the validation split.

    Args:
        detector: trained in place.
        images: the detection set's images, all splits.
        objects: its boxes.
        store: its image files.
        options: the recipe.
        seed: of order and augmentation.
        saver: checkpoints.
        on_epoch: told each epoch's figures.
    """
    train = images[images["split"] == "train"].reset_index(drop=True)
    val = images[images["split"] == "val"]
    truth = objects[objects["image_id"].isin(val["image_id"])]
    if train.empty or truth.empty:
        part = "train" if train.empty else "val"
        raise UserError(
            f"conf/dataset: the {part} split of the photos with boxes has no objects; raise its "
            "share (splits, val_share, box_splits) or its target (balance)"
        )
    targets = targets_of(train, objects)
    files = train["file"].tolist()
    sides = list(zip(train["height"], train["width"], strict=True))
    processes = team()
    size = min(options.batch_size, len(files))

    def batches(epoch: int) -> Iterator[Batch]:
        generator = numpy_generator(seed, "detector", epoch)
        order = generator.permutation(len(files))
        # The last, smaller batch is left out; another order leaves out others.
        for start in range(0, len(files) - size + 1, size):
            chosen = order[start : start + size].tolist()
            first, end, weight = processes.share(size)
            pairs: list[tuple[object, Target]] = []
            for place, i in enumerate(chosen):
                own = first <= place < end
                # Another's photo takes part in the draws, so that all draw the same.
                image = load_image(store, files[i]) if own else undecoded(*sides[i])
                pairs.append(
                    augment(
                        image,
                        targets[i],
                        generator,
                        crop=options.crop,
                        brightness=options.brightness,
                    )
                )
            pairs = pairs[first:end]
            content = ([image for image, _ in pairs], [target for _, target in pairs])
            names = [files[i] for i in chosen[first:end]]
            yield Batch(names=names, content=content, weight=weight)

    def validate() -> dict[str, float]:
        part = (processes.index, processes.count)
        own = predict_all(detector, val, store, label="validate", part=part)
        found = merged([table for table in processes.gather([own]) if len(table)])
        figures = coco_evaluate(val, truth, found, OBJECT_TYPES)
        return {f"val/{name}": figures[name] or 0.0 for name in ("mAP", "AP50", "AR@100")}

    return fit(
        detector,
        recipe=options,
        batches=batches,
        steps_per_epoch=len(files) // size,
        loss=lambda content: detector.losses(*content),
        validate=validate,
        select="val/mAP",
        seed=seed,
        saver=saver,
        on_epoch=on_epoch,
        label="train detector",
    )
