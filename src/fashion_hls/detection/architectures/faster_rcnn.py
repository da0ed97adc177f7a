"""Faster R-CNN (Ren et al., NeurIPS 2015) with a feature pyramid on any timm backbone.

The paper's Faster R-CNN has an InceptionV2 backbone (§3.2.1, TensorFlow object detection API);
this one takes its backbone by name, EfficientNet-lite0 by default.
"""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor, nn
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.faster_rcnn import FasterRCNN
from torchvision.ops import MultiScaleRoIAlign

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

ANCHOR_SIZES = ((24, 40), (64, 96), (144, 224))
ASPECT_RATIOS = (0.5, 1.0, 2.0)


class FasterRCNNOptions(DetectorOptions):
    """As ``DetectorOptions``.

    ``channels``: of the feature pyramid. ``hidden``: width of the box head. ``proposals``: kept
    after non-maximum suppression, in training and prediction. ``box_batch``: proposals per image
    that the box head learns from: 64 is the default of the paper's framework; torchvision's is
    512, and the gradient of their pooling is slow on a CPU.
    """

    channels: Positive = 128
    hidden: Positive = 256
    proposals: Positive = 200
    box_batch: Positive = 64


class FasterRCNNDetector(Detector):
    """torchvision's Faster R-CNN behind the contract (its labels count from 1)."""

    Options: ClassVar[type[DetectorOptions]] = FasterRCNNOptions

    def __init__(self, options: FasterRCNNOptions) -> None:
        """Build the network."""
        super().__init__()
        mean, std = normalisation(options.backbone)
        channels, hidden = options.channels, options.hidden
        self.model = FasterRCNN(
            Pyramid(
                options.backbone,
                pretrained=options.pretrained,
                channels=channels,
                frozen_blocks=options.frozen_blocks,
            ),
            min_size=options.image_size,
            max_size=longest(options),
            image_mean=mean,
            image_std=std,
            rpn_anchor_generator=AnchorGenerator(
                scaled_anchors(ANCHOR_SIZES, options.image_size),
                (ASPECT_RATIOS,) * len(ANCHOR_SIZES),
            ),
            rpn_pre_nms_top_n_train=1000,
            rpn_pre_nms_top_n_test=500,
            rpn_post_nms_top_n_train=options.proposals,
            rpn_post_nms_top_n_test=options.proposals,
            box_roi_pool=MultiScaleRoIAlign(["0", "1", "2"], output_size=7, sampling_ratio=2),
            box_head=_box_head(channels, hidden),
            box_predictor=_BoxPredictor(hidden, options.classes + 1),
            box_nms_thresh=BOX_NMS_IOU,
            box_batch_size_per_image=options.box_batch,
            box_detections_per_img=options.max_detections,
            box_score_thresh=options.score_threshold,
        )
        self._sizes = Sizes(options, self.model.transform)

    def _losses(self, images: list[Tensor], targets: list[Target]) -> dict[str, Tensor]:
        """Region proposal and box head losses (classification and regression of each)."""
        self._sizes.draw()
        shifted = [{"boxes": t["boxes"], "labels": t["labels"] + 1} for t in targets]
        losses: dict[str, Tensor] = self.model(images, shifted)
        return losses

    def _predict(self, images: list[Tensor]) -> list[Detection]:
        """Detections per image; labels are the 0-based object types."""
        self._sizes.predict()
        return [
            Detection(boxes=d["boxes"], labels=d["labels"] - 1, scores=d["scores"])
            for d in self.model(images)
        ]


def _box_head(channels: int, hidden: int) -> nn.Module:
    return nn.Sequential(
        nn.Flatten(1),
        nn.Linear(channels * 7 * 7, hidden),
        nn.ReLU(inplace=True),
        nn.Linear(hidden, hidden),
        nn.ReLU(inplace=True),
    )


class _BoxPredictor(nn.Module):
    def __init__(self, hidden: int, classes: int) -> None:
        super().__init__()
        self.cls_score = nn.Linear(hidden, classes)
        self.bbox_pred = nn.Linear(hidden, classes * 4)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Features [n, hidden] to class logits [n, classes] and box deltas [n, 4 classes]."""
        return self.cls_score(x), self.bbox_pred(x)


DETECTOR = FasterRCNNDetector
