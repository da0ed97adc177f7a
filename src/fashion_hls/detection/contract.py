"""What every detector offers, whatever its library.

Shapes: an image is float32 [3, h, w] in 0-1 at any size; boxes are float32 [n, 4] xyxy pixels
of that image; labels are int64 [n], the 0-based object type; scores float32 [n], best first.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar, TypedDict

import torch
from torch import Tensor, nn
from torchvision.models.detection.transform import GeneralizedRCNNTransform

from fashion_hls.config_training import Positive, Section

NARROWEST, LARGEST = 8, 2048


class Target(TypedDict):
    """The truth of one image: ``boxes`` [n, 4] xyxy and ``labels`` [n]."""

    boxes: Tensor
    labels: Tensor


class Detection(TypedDict):
    """The detections of one image: ``boxes`` [n, 4] xyxy, ``labels`` [n], ``scores`` [n]."""

    boxes: Tensor
    labels: Tensor
    scores: Tensor


class DetectorOptions(Section):
    """What every architecture takes; each adds its own.

    ``backbone``: timm name. ``pretrained``: load ImageNet weights. ``classes``: number of object
    types. ``image_size``: the shorter side at prediction in pixels, unless the longer one would
    exceed ``longest`` (null: twice that). ``train_sizes``: shorter sides drawn from in training,
    one for a batch; empty: ``image_size``. ``frozen_blocks``: the stem and this many blocks keep
    their ImageNet weights. ``max_detections``: per image. ``score_threshold``: detections below
    are left out; torchvision's own 0.05 would cap AR@100.
    """

    backbone: str
    pretrained: bool
    classes: Positive
    image_size: Positive
    longest: Positive | None = None
    train_sizes: tuple[Positive, ...] = ()
    frozen_blocks: int = 1
    max_detections: Positive = 100
    score_threshold: float = 0.001


class Detector(nn.Module, ABC):
    """A network that finds object types; foreign conventions end inside it."""

    #: The architecture's own options, which its constructor takes.
    Options: ClassVar[type[DetectorOptions]] = DetectorOptions

    def losses(self, images: list[Tensor], targets: list[Target]) -> dict[str, Tensor]:
        """The named scalar losses of a batch, to be summed."""
        fitted = [without_sliver(image) for image in images]
        scaled = [
            Target(boxes=target["boxes"] * scale, labels=target["labels"])
            for target, (_, scale) in zip(targets, fitted, strict=True)
        ]
        return self._losses([image for image, _ in fitted], scaled)

    @torch.inference_mode()
    def predict(self, images: list[Tensor]) -> list[Detection]:
        """Detections of each image, at most ``max_detections``; puts the network in eval mode."""
        if self.training:
            self.eval()
        fitted = [without_sliver(image) for image in images]
        found = self._predict([image for image, _ in fitted])
        return [
            one if fit is image else _clipped(one, image, scale)
            for one, image, (fit, scale) in zip(found, images, fitted, strict=True)
        ]

    @abstractmethod
    def _losses(self, images: list[Tensor], targets: list[Target]) -> dict[str, Tensor]:
        """As losses(), of images that are no slivers."""

    @abstractmethod
    def _predict(self, images: list[Tensor]) -> list[Detection]:
        """As predict(), of images that are no slivers, in eval mode."""


def without_sliver(image: Tensor) -> tuple[Tensor, float]:
    """An image that keeps some width when it is scaled, and the scale of its boxes.

    One narrower than 1 to ``NARROWEST`` is padded to that, and before that scaled down to
    ``LARGEST`` pixels, as padding a panorama of 20,000 would fill the memory.

    Args:
        image: float32 [3, h, w].
    """
    longer, shorter = max(image.shape[1:]), min(image.shape[1:])
    if NARROWEST * shorter >= longer:
        return image, 1.0
    scale = min(1.0, LARGEST / longer)
    size = [max(1, round(side * scale)) for side in image.shape[1:]]
    small = nn.functional.interpolate(image[None], size=size, mode="area")[0]
    least = -(-max(size) // NARROWEST)
    return nn.functional.pad(small, [0, max(0, least - size[1]), 0, max(0, least - size[0])]), scale


def _clipped(found: Detection, image: Tensor, scale: float) -> Detection:
    """Detections on a fitted sliver as boxes of the image itself."""
    height, width = image.shape[1:]
    boxes = found["boxes"] / scale
    boxes = torch.minimum(boxes, boxes.new_tensor([width, height, width, height]))
    kept = (boxes[:, 2:] > boxes[:, :2]).all(1)
    return Detection(boxes=boxes[kept], labels=found["labels"][kept], scores=found["scores"][kept])


class Sizes:
    """Which shorter side a batch is scaled to, set on torchvision's transform.

    torchvision would draw a size for each image and pad all of them to the largest.
    """

    def __init__(self, options: DetectorOptions, transform: GeneralizedRCNNTransform) -> None:
        self._transform = transform
        self._prediction = options.image_size
        self._training = options.train_sizes or (options.image_size,)
        # Larger training sizes keep the same shape.
        self._shape = longest(options) / options.image_size

    def draw(self) -> None:
        """For a training batch: one of the training sizes, from torch's global generator."""
        self._set(self._training[int(torch.randint(len(self._training), ()))])

    def predict(self) -> None:
        """For prediction."""
        self._set(self._prediction)

    def _set(self, shorter: int) -> None:
        self._transform.min_size = (shorter,)
        self._transform.max_size = round(self._shape * shorter)


def longest(options: DetectorOptions) -> int:
    """The most that the longer side of an image may have, in pixels."""
    return options.longest or 2 * options.image_size
