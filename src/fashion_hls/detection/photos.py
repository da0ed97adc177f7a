"""Photos with boxes as tensors, and how training alters them.

Images are float32 [3, h, w] in 0-1; boxes float32 [n, 4] xyxy pixels of that image.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from fashion_hls.data.images import ImageStore
from fashion_hls.detection.contract import Target

XYXY = ["x1", "y1", "x2", "y2"]
# A cut may lose a garment whole or keep most of it; one cut in between has no honest box.
KEPT, LOST = 0.4, 0.05
SMALLEST = 0.4
ATTEMPTS = 5


def load_image(store: ImageStore, name: str) -> Tensor:
    """An image of the store as float32 [3, h, w] in 0-1."""
    return torch.from_numpy(store.array(name).copy()).permute(2, 0, 1).float().div_(255)


def undecoded(height: int, width: int) -> Tensor:
    """In an image's place where its size alone matters: [3, h, w] without values or memory."""
    return torch.empty(3, int(height), int(width), device="meta")


def targets_of(images: pd.DataFrame, objects: pd.DataFrame) -> list[Target]:
    """The truth of each image, in the order of ``images``; no object gives empty tensors."""
    grouped = {int(str(key)): part for key, part in objects.groupby("image_id")}
    out = []
    for image_id in images["image_id"]:
        part = grouped.get(image_id, objects.iloc[:0])
        out.append(
            Target(
                boxes=torch.tensor(part[XYXY].to_numpy(), dtype=torch.float32).reshape(-1, 4),
                labels=torch.tensor(part["label"].to_numpy(), dtype=torch.int64),
            )
        )
    return out


def flip(image: Tensor, target: Target) -> tuple[Tensor, Target]:
    """Mirror left and right."""
    boxes = target["boxes"].clone()
    boxes[:, [0, 2]] = image.shape[2] - boxes[:, [2, 0]]
    return image.flip(2), Target(boxes=boxes, labels=target["labels"])


def random_cut(
    image: Tensor, target: Target, generator: np.random.Generator
) -> tuple[Tensor, Target]:
    """A window in which each garment is most there or not at all.

    Its width is 0.4 to 1 of the photo's, its height 0.8 to 1 of the same share of the photo's.
    Shop photos show one garment close up; whole street photos would never teach that. Where no
    such window is found the photo stays as it is.
    """
    height, width = image.shape[1:]
    boxes = target["boxes"]
    areas = (boxes[:, 2:] - boxes[:, :2]).prod(1)
    for _ in range(ATTEMPTS):
        scale = generator.uniform(SMALLEST, 1)
        w = max(1, int(width * scale))
        h = max(1, int(height * scale * generator.uniform(0.8, 1)))
        x, y = generator.integers(0, width - w + 1), generator.integers(0, height - h + 1)
        moved = boxes - torch.tensor([x, y, x, y])
        moved[:, 0::2].clamp_(0, w)
        moved[:, 1::2].clamp_(0, h)
        share = (moved[:, 2:] - moved[:, :2]).prod(1) / areas
        kept = share > KEPT
        if kept.any() and not ((share > LOST) & ~kept).any():
            cut = Target(boxes=moved[kept], labels=target["labels"][kept])
            return image[:, y : y + h, x : x + w], cut
    return image, target


def augment(
    image: Tensor,
    target: Target,
    generator: np.random.Generator,
    *,
    crop: float,
    brightness: float,
) -> tuple[Tensor, Target]:
    """Flip with probability a half, cut with probability ``crop``, scale the levels."""
    if generator.random() < 0.5:
        image, target = flip(image, target)
    if generator.random() < crop:
        image, target = random_cut(image, target, generator)
    if brightness:
        factor = float(generator.uniform(1 - brightness, 1 + brightness))
        image = (image * factor).clamp(0, 1)
    return image, target
