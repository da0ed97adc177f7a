"""Faster R-CNN (Ren et al., NeurIPS 2015) with a feature pyramid on any timm backbone.

The paper's Faster R-CNN has an InceptionV2 backbone (§3.2.1, TensorFlow object detection API);
this one takes its backbone by name, EfficientNet-lite0 by default.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.faster_rcnn import FasterRCNN
from torchvision.ops import FeaturePyramidNetwork, MultiScaleRoIAlign

from fashion_hls.detection.contract import Detection, Detector, Target
from fashion_hls.errors import UserError
from fashion_hls.weights import create_backbone, normalisation

# The backbone's maps that feed the pyramid.
LEVELS = (2, 3, 4)
STRIDES = [8, 16, 32]
ANCHOR_SIZES = ((24, 40), (64, 96), (144, 224))
ASPECT_RATIOS = (0.5, 1.0, 2.0)
# Worn one over the other, two garments of a type overlap by much; torchvision's 0.5 drops one.
# The paper's framework has 0.6 as well.
BOX_NMS_IOU = 0.6


class PyramidBackbone(nn.Module):
    """A timm backbone whose three deepest feature maps feed a feature pyramid."""

    def __init__(self, name: str, *, pretrained: bool, channels: int, frozen_blocks: int) -> None:
        super().__init__()
        try:
            body: Any = create_backbone(
                name, pretrained=pretrained, features_only=True, out_indices=LEVELS
            )
        except (IndexError, AssertionError, RuntimeError) as error:
            raise UserError(
                f"backbone.name: {name}: gives no feature maps at strides 8, 16 and 32 "
                f"({type(error).__name__}: {error}); choose another"
            ) from error
        if body.feature_info.reduction() != STRIDES:
            raise UserError(
                f"backbone.name: {name}: its maps have strides {body.feature_info.reduction()}, "
                f"not {STRIDES}; choose another"
            )
        self.body: nn.Module = body
        self.pyramid = FeaturePyramidNetwork(body.feature_info.channels(), channels)
        self.out_channels = channels
        self._freeze(name, frozen_blocks)

    def _freeze(self, name: str, frozen_blocks: int) -> None:
        """Freeze all that comes before the given block, and BatchNorm throughout.

        In an EfficientNet the stem and ``blocks.0`` to ``blocks.N-1``; in other models the
        parameters up to the end of the N-th part that timm counts as a reduction.
        """
        parameters = dict(self.body.named_parameters())
        parts = [".".join(key.replace("blocks_", "blocks.").split(".")[:2]) for key in parameters]
        if f"blocks.{frozen_blocks}" in parts:
            first = parts.index(f"blocks.{frozen_blocks}")
        else:
            first = self._end_of(list(parameters), frozen_blocks)
        for index, parameter in enumerate(parameters.values()):
            parameter.requires_grad = index >= first
        for module in self.body.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.requires_grad_(False)
        if not any(p.requires_grad for p in self.body.parameters()):
            raise UserError(f"detector.frozen_blocks: {frozen_blocks} leaves nothing of {name}")

    def _end_of(self, keys: list[str], reductions: int) -> int:
        info: Any = self.body.feature_info
        modules = [part["module"].replace(".", "_") for part in info.info[:reductions]]
        flat = [key.replace(".", "_") for key in keys]
        ends = [i + 1 for i, key in enumerate(flat) if any(key.startswith(m) for m in modules)]
        return max(ends, default=0)

    def train(self, mode: bool = True) -> PyramidBackbone:
        """Training mode, save for BatchNorm, whose statistics stay those of ImageNet."""
        super().train(mode)
        for module in self.body.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.eval()
        return self

    def forward(self, x: Tensor) -> OrderedDict[str, Tensor]:
        """Images [b, 3, h, w] to maps {"0".."2": [b, channels, h/s, w/s]}, s = 8, 16, 32."""
        features = self.body(x.contiguous(memory_format=torch.channels_last))
        maps: OrderedDict[str, Tensor] = self.pyramid(
            OrderedDict((str(i), f) for i, f in enumerate(features))
        )
        return maps


class FasterRCNNDetector(Detector):
    """torchvision's Faster R-CNN behind the contract (its labels count from 1)."""

    def __init__(
        self,
        *,
        backbone: str,
        pretrained: bool,
        classes: int,
        image_size: int,
        train_sizes: Sequence[int] = (),
        frozen_blocks: int = 1,
        channels: int = 128,
        hidden: int = 256,
        proposals: int = 200,
        box_batch: int = 64,
        max_detections: int = 100,
        score_threshold: float = 0.001,
    ) -> None:
        """Build the network.

        Args:
            backbone: timm name.
            pretrained: load ImageNet weights.
            classes: number of object types.
            image_size: the shorter side at prediction, in pixels.
            train_sizes: shorter sides drawn from in training, one for a batch; empty:
                ``image_size``.
            frozen_blocks: the stem and this many blocks keep their ImageNet weights.
            channels: of the feature pyramid.
            hidden: width of the box head.
            proposals: kept after non-maximum suppression, in training and prediction.
            box_batch: proposals per image that the box head learns from. 64 is the default of
                the paper's framework; torchvision's is 512, and the gradient of their pooling
                is slow on a CPU.
            max_detections: per image.
            score_threshold: torchvision's 0.05 would cap AR@100.
        """
        super().__init__()
        mean, std = normalisation(backbone)
        self.model = FasterRCNN(
            PyramidBackbone(
                backbone, pretrained=pretrained, channels=channels, frozen_blocks=frozen_blocks
            ),
            min_size=image_size,
            max_size=2 * image_size,
            image_mean=mean,
            image_std=std,
            rpn_anchor_generator=AnchorGenerator(
                ANCHOR_SIZES, (ASPECT_RATIOS,) * len(ANCHOR_SIZES)
            ),
            rpn_pre_nms_top_n_train=1000,
            rpn_pre_nms_top_n_test=500,
            rpn_post_nms_top_n_train=proposals,
            rpn_post_nms_top_n_test=proposals,
            box_roi_pool=MultiScaleRoIAlign(["0", "1", "2"], output_size=7, sampling_ratio=2),
            box_head=_box_head(channels, hidden),
            box_predictor=_BoxPredictor(hidden, classes + 1),
            box_nms_thresh=BOX_NMS_IOU,
            box_batch_size_per_image=box_batch,
            box_detections_per_img=max_detections,
            box_score_thresh=score_threshold,
        )
        self._train_sizes = tuple(train_sizes) or (image_size,)
        self._image_size = image_size

    def losses(self, images: list[Tensor], targets: list[Target]) -> dict[str, Tensor]:
        """Region proposal and box head losses (classification and regression of each)."""
        # torchvision draws a size for each image and pads them all to the largest.
        drawn = int(torch.randint(len(self._train_sizes), ()))
        self.model.transform.min_size = (self._train_sizes[drawn],)
        shifted = [{"boxes": t["boxes"], "labels": t["labels"] + 1} for t in targets]
        losses: dict[str, Tensor] = self.model(images, shifted)
        return losses

    @torch.inference_mode()
    def predict(self, images: list[Tensor]) -> list[Detection]:
        """Detections per image; labels are the 0-based object types."""
        if self.training:
            self.eval()
        self.model.transform.min_size = (self._image_size,)
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
