"""RetinaNet (Lin et al., ICCV 2017) with a feature pyramid on any timm backbone.

Not in the paper: the example of CONTRIBUTING's "how to add a detector".
"""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.retinanet import RetinaNet

from fashion_hls.config_training import Positive
from fashion_hls.detection.backbone import BOX_NMS_IOU, Pyramid, scaled_anchors
from fashion_hls.detection.contract import (
    Detection,
    Detector,
    DetectorOptions,
    Sizes,
    Target,
    longest,
)
from fashion_hls.weights import normalisation

# Three sizes to each stride, a third of an octave apart, as published for strides 8 to 32.
ANCHOR_SIZES = tuple(
    tuple(round(4 * stride * 2 ** (part / 3)) for part in range(3)) for stride in (8, 16, 32)
)
ASPECT_RATIOS = (0.5, 1.0, 2.0)


class RetinaNetOptions(DetectorOptions):
    """As ``DetectorOptions``; ``channels`` are those of the feature pyramid and the heads."""

    channels: Positive = 128


class RetinaNetDetector(Detector):
    """torchvision's RetinaNet behind the contract (its labels count from 0, as ours do)."""

    Options: ClassVar[type[DetectorOptions]] = RetinaNetOptions

    def __init__(self, options: RetinaNetOptions) -> None:
        """Build the network."""
        super().__init__()
        mean, std = normalisation(options.backbone)
        self.model = RetinaNet(
            Pyramid(
                options.backbone,
                pretrained=options.pretrained,
                channels=options.channels,
                frozen_blocks=options.frozen_blocks,
            ),
            num_classes=options.classes,
            min_size=options.image_size,
            max_size=longest(options),
            image_mean=mean,
            image_std=std,
            anchor_generator=AnchorGenerator(
                scaled_anchors(ANCHOR_SIZES, options.image_size),
                (ASPECT_RATIOS,) * len(ANCHOR_SIZES),
            ),
            nms_thresh=BOX_NMS_IOU,
            score_thresh=options.score_threshold,
            detections_per_img=options.max_detections,
        )
        self._sizes = Sizes(options, self.model.transform)

    def _losses(self, images: list[Tensor], targets: list[Target]) -> dict[str, Tensor]:
        """Focal loss of the classes, L1 loss of the boxes."""
        self._sizes.draw()
        losses: dict[str, Tensor] = self.model(images, [dict(target) for target in targets])
        return losses

    def _predict(self, images: list[Tensor]) -> list[Detection]:
        """Detections per image; labels are the 0-based object types."""
        self._sizes.predict()
        return [
            Detection(boxes=d["boxes"], labels=d["labels"], scores=d["scores"])
            for d in self.model(images)
        ]


DETECTOR = RetinaNetDetector
