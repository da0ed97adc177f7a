"""Trainings that one process, or two started by torchrun, do alike; run by test_processes.py.

As a script: ``several.py FOLDER`` writes what each process ended with to FOLDER/NUMBER.pt.
"""

import io
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from PIL import Image
from torch import Tensor, nn

from fashion_hls.classification.build import build_classifier
from fashion_hls.config_training import Augment, ClassifierTraining, DetectorTraining, Recipe
from fashion_hls.data.images import ImageStore, ImageWriter
from fashion_hls.detection.contract import Detection, Detector, Target
from fashion_hls.errors import UserError
from fashion_hls.training.checkpoint import Checkpoints
from fashion_hls.training.classifier import train_classifier
from fashion_hls.training.detector import train_detector
from fashion_hls.training.loop import Batch, fit
from fashion_hls.training.processes import team
from fashion_hls.training.seed import seed_everything
from fashion_hls.training.views import TrainingSet

CATEGORIES, ATTRIBUTES, SIZE, PHOTOS = 3, 4, 32, 80


class Nowhere:
    """Keeps no state."""

    def load(self) -> None:
        return None

    def save(self, state: dict[str, Any], step: int) -> None:
        pass


def weights(model: nn.Module) -> dict[str, Tensor]:
    return {name: value.detach().clone() for name, value in model.state_dict().items()}


def crops_set(broken: int | None = None) -> TrainingSet:
    """Ten crops to train on, seventy (two batches) to validate on; row ``broken`` is not finite."""
    rows = np.arange(PHOTOS)
    manifest = pd.DataFrame(
        {
            "image_id": rows,
            "file": [f"{row}.png" for row in rows],
            "split": ["train"] * 10 + ["val"] * 70,
            "object_type": rows % 4,
            "detected_type": (rows + 1) % 5,
            "category": rows % CATEGORIES,
        }
    )
    pictures = torch.rand(PHOTOS, 3, SIZE, SIZE, generator=torch.Generator().manual_seed(1))
    if broken is not None:
        pictures[broken] = torch.nan
    return TrainingSet(
        manifest=manifest,
        crops=lambda chosen: pictures[list(chosen)].clone(),
        positives=(rows[:, None] + np.arange(ATTRIBUTES)) % 3 == 0,
    )


def classifier(root: Path, *, epochs: int = 2, broken: int | None = None) -> dict[str, Any]:
    """Single-task networks with soft sharing, batches of five, checkpoints below ``root``."""
    seed_everything(0, 1)
    model = build_classifier(
        "stl_hls",
        backbone="tf_efficientnet_lite0",
        pretrained=False,
        trained_from="conv_head",
        object_types=5,
        categories=CATEGORIES,
        attributes=ATTRIBUTES,
        sharing="soft",
        dropout=0.0,
    )
    if not epochs:
        return {"weights": weights(model)}
    recipe = ClassifierTraining(
        epochs=2,
        batch_size=5,
        lr=0.05,
        optimizer="sgd",
        image_size=SIZE,
        views=("retained",),
        label_sharing="soft",
        augment=Augment(),
        ema=0.9,
    )
    with Checkpoints("train_classifier-stl_hls", "0" * 16, root) as checkpoints:
        history = train_classifier(
            model,
            crops_set(broken),
            options=recipe,
            seed=0,
            savers=checkpoints.part,
            on_epoch=lambda *_: None,
        )
    return {"history": history, "weights": weights(model)}


class Brightness(Detector):
    """Learns how many boxes a photo has from its channels' means; finds one box in each."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(3, 1)

    def _means(self, images: list[Tensor]) -> Tensor:
        return torch.stack([image.mean((1, 2)) for image in images])

    def _losses(self, images: list[Tensor], targets: list[Target]) -> dict[str, Tensor]:
        count = torch.tensor([float(target["boxes"].sum()) / 100 for target in targets])
        return {"count": (self.layer(self._means(images))[:, 0] - count).square().mean()}

    def _predict(self, images: list[Tensor]) -> list[Detection]:
        scores = self.layer(self._means(images)).sigmoid()
        box, label = torch.tensor([[5.0, 5.0, 35.0, 45.0]]), torch.zeros(1, dtype=torch.int64)
        return [Detection(boxes=box, labels=label, scores=score) for score in scores]


def detector(root: Path, *, epochs: int = 2) -> dict[str, Any]:
    """Photos of several sizes, cut, mirrored and dimmed at random."""
    seed_everything(0, 1)
    model = Brightness()
    if not epochs:
        return {"weights": weights(model)}
    rng = np.random.default_rng(3)
    images, objects = [], []
    with ImageWriter(root / "images.zip") as writer:
        for i in range(15):
            height, width = (60, 50 + i) if i % 2 else (50, 64)
            content = io.BytesIO()
            values = rng.integers(0, 255, (height, width, 3), dtype=np.uint8)
            Image.fromarray(values).save(content, "PNG")
            writer.add(f"{i}.png", content.getvalue())
            images.append((i, f"{i}.png", width, height, "train" if i < 9 else "val"))
            objects += [(i, 0, 5.0 + k, 5.0, 35.0 + k, 45.0) for k in range(i % 3 + 1)]
    history = train_detector(
        model,
        pd.DataFrame(images, columns=["image_id", "file", "width", "height", "split"]),
        pd.DataFrame(objects, columns=["image_id", "label", "x1", "y1", "x2", "y2"]),
        ImageStore(root / "images.zip"),
        options=DetectorTraining(
            epochs=2, batch_size=3, lr=0.05, optimizer="sgd", crop=0.7, brightness=0.2
        ),
        seed=0,
        saver=Nowhere(),
        on_epoch=lambda *_: None,
    )
    return {"history": history, "weights": weights(model)}


def small_network(images: int) -> nn.ModuleDict:
    """With dropout, a layer that is never used, and BatchNorm where both have two images."""
    torch.manual_seed(team().index)  # begins unlike in each process, and must not stay so
    norm = nn.BatchNorm1d(8) if images > 3 else nn.Identity()
    net = nn.Sequential(nn.Linear(4, 8), norm, nn.Dropout(0.5), nn.Linear(8, 1))
    return nn.ModuleDict({"net": net, "unused": nn.Linear(2, 2)})


def small(images: int) -> dict[str, Any]:
    """Batches of so many images."""
    model = small_network(images)

    def batches(epoch: int) -> Iterator[Batch]:
        generator = torch.Generator().manual_seed(epoch)
        for _ in range(3):
            first, end, weight = team().share(images)
            x = torch.rand(images, 4, generator=generator)[first:end]
            yield Batch(names=["a.jpg"] * (end - first), content=x, weight=weight)

    history = fit(
        model,
        recipe=Recipe(epochs=2, batch_size=4, lr=0.1, optimizer="adamw", weight_decay=0.1, ema=0.5),
        batches=batches,
        steps_per_epoch=3,
        loss=lambda x: {"square": (model["net"](x)[:, 0] - x.sum(1)).square().mean()},
        validate=lambda: {"val": -float(model["net"](torch.ones(2, 4)).sum())},
        select="val",
        seed=0,
        saver=Nowhere(),
        on_epoch=lambda *_: None,
        label="small",
    )
    return {"history": history, "weights": weights(model)}


def broken(root: Path) -> str:
    """How a training ends with one crop that is not finite."""
    try:
        classifier(root, broken=4)
    except UserError as error:
        return str(error)
    return "went on"


def main(folder: Path) -> None:
    me = team()
    own = folder / f"files-{me.index}"
    own.mkdir()
    found = {"classifier": classifier(own)}
    found["resumed"] = classifier(own)
    found |= {"detector": detector(own), "four": small(4), "one": small(1)}
    found["broken"] = broken(own / "broken")
    me.leave()
    torch.save(found, folder / f"{me.index}.pt")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
