"""CenterNet, objects as points (Zhou et al., 2019), on any timm backbone.

The paper cites keypoint triplets (Duan et al., ICCV 2019) under this name. The framework that it
names, the TensorFlow object detection API, offers objects as points, which is what is built here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, ClassVar

from pydantic import Field
from torch import Tensor, nn
from torch.nn.functional import interpolate
from torchvision.models.detection.transform import GeneralizedRCNNTransform

from fashion_hls.config_training import Positive
from fashion_hls.detection.backbone import FeatureMaps
from fashion_hls.detection.contract import (
    Detection,
    Detector,
    DetectorOptions,
    Sizes,
    Target,
    longest,
)
from fashion_hls.detection.points import box_losses, decode, encode, heat_loss
from fashion_hls.weights import normalisation

LEVELS = (1, 2, 3, 4)
STRIDES = (4, 8, 16, 32)
# A cell holds a centre with a chance of 0.1 before anything is learnt (Lin et al., 2017).
HEAT_BIAS = -2.19
SIZE_WEIGHT = 0.1
# Of GroupNorm: the batches are of a few images.
GROUPS = 16


class Neck(nn.Module):
    """From the deepest map down to stride 4, adding each level's own map on the way."""

    def __init__(self, channels: Sequence[int], width: int) -> None:
        """Build the layers.

        Args:
            channels: of the backbone's maps, shallow to deep.
            width: of the output.
        """
        super().__init__()
        self.inner = nn.ModuleList(nn.Conv2d(c, width, 1) for c in channels)
        self.outer = nn.ModuleList(
            nn.Sequential(
                nn.Conv2d(width, width, 3, padding=1, bias=False),
                nn.GroupNorm(GROUPS, width),
                nn.ReLU(inplace=True),
            )
            for _ in channels[:-1]
        )

    def forward(self, maps: list[Tensor]) -> Tensor:
        """Maps [b, channels[i], h/s, w/s] to one [b, width, h/4, w/4]."""
        x: Tensor = self.inner[-1](maps[-1])
        for level in reversed(range(len(self.outer))):
            x = interpolate(x, size=maps[level].shape[2:]) + self.inner[level](maps[level])
            x = self.outer[level](x)
        return x


class CenterNetOptions(DetectorOptions):
    """As ``DetectorOptions``; ``channels`` of the neck, a multiple of 16; ``hidden`` of a head."""

    channels: Annotated[int, Field(gt=0, multiple_of=GROUPS)] = 64
    hidden: Positive = 64


class CenterNetDetector(Detector):
    """Heat map, size and offset of object centres behind the contract."""

    Options: ClassVar[type[DetectorOptions]] = CenterNetOptions

    def __init__(self, options: CenterNetOptions) -> None:
        """Build the network."""
        super().__init__()
        mean, std = normalisation(options.backbone)
        self.transform = GeneralizedRCNNTransform(
            options.image_size, longest(options), mean, std, size_divisible=STRIDES[-1]
        )
        self.body = FeatureMaps(
            options.backbone,
            pretrained=options.pretrained,
            levels=LEVELS,
            frozen_blocks=options.frozen_blocks,
        )
        self.neck = Neck(self.body.channels, options.channels)
        self.heat = _head(options.channels, options.hidden, options.classes, bias=HEAT_BIAS)
        self.size = _head(options.channels, options.hidden, 2)
        self.offset = _head(options.channels, options.hidden, 2)
        self._classes = options.classes
        self._most, self._threshold = options.max_detections, options.score_threshold
        self._sizes = Sizes(options, self.transform)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Images [b, 3, h, w] to heat logits [b, c, h/4, w/4], sizes and offsets [b, 2, …]."""
        x = self.neck(self.body(images))
        return self.heat(x), self.size(x), self.offset(x)

    def _losses(self, images: list[Tensor], targets: list[Target]) -> dict[str, Tensor]:
        """Losses of heat map, size and offset, weighed as published."""
        self._sizes.draw()
        batch, scaled = self.transform(images, [dict(t) for t in targets])
        heat, size, offset = self(batch.tensors)
        points = encode(scaled, self._classes, heat.shape[2], heat.shape[3])
        of_size, of_offset = box_losses(size, offset, points)
        return {
            "heat": heat_loss(heat, points.heat),
            "size": SIZE_WEIGHT * of_size,
            "offset": of_offset,
        }

    def _predict(self, images: list[Tensor]) -> list[Detection]:
        """Detections per image; labels are the 0-based object types."""
        self._sizes.predict()
        sizes = [(image.shape[1], image.shape[2]) for image in images]
        batch, _ = self.transform(images)
        heat, size, offset = self(batch.tensors)
        found = decode(heat.sigmoid(), size, offset, most=self._most, threshold=self._threshold)
        found = [_inside(one, *size) for one, size in zip(found, batch.image_sizes, strict=True)]
        scaled: list[Detection] = self.transform.postprocess(found, batch.image_sizes, sizes)
        return scaled


def _inside(found: Detection, height: int, width: int) -> Detection:
    """Boxes clipped to an image; one that lies in the padding has nothing left and is none."""
    boxes = found["boxes"].clone()
    boxes[:, 0::2].clamp_(0, width)
    boxes[:, 1::2].clamp_(0, height)
    kept = (boxes[:, 2:] > boxes[:, :2]).all(1)
    return Detection(boxes=boxes[kept], labels=found["labels"][kept], scores=found["scores"][kept])


def _head(channels: int, hidden: int, outputs: int, *, bias: float | None = None) -> nn.Sequential:
    """Two layers; ``bias``: where the last begins, None for torch's own random start."""
    inner = nn.Conv2d(channels, hidden, 3, padding=1)
    last = nn.Conv2d(hidden, outputs, 1)
    if bias is not None and last.bias is not None:
        nn.init.constant_(last.bias, bias)
    return nn.Sequential(inner, nn.ReLU(inplace=True), last)


DETECTOR = CenterNetDetector
