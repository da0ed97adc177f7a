"""EfficientDet (Tan et al., CVPR 2020): effdet's network, anchors, loss and decoding.

effdet trains at one square size. Here, as in the other architectures, an image keeps its shape
and each batch has a size of its own: the pyramid's levels are resized to the batch at hand, and
the anchors are cut from the grid of effdet's next larger canvas.
"""

from __future__ import annotations

import warnings
from functools import lru_cache
from typing import Any, ClassVar

import torch
from torch import Tensor
from torchvision.models.detection.transform import GeneralizedRCNNTransform

from fashion_hls.detection.backbone import freeze, keep_statistics
from fashion_hls.detection.contract import (
    Detection,
    Detector,
    DetectorOptions,
    Sizes,
    Target,
    longest,
)
from fashion_hls.errors import UserError
from fashion_hls.weights import load_imagenet, normalisation

with warnings.catch_warnings():
    # It compiles a function with torch.jit.script, which torch wants replaced.
    warnings.simplefilter("ignore", FutureWarning)
    from effdet import EfficientDet, get_efficientdet_config
    from effdet.anchors import AnchorLabeler, Anchors, generate_detections
    from effdet.bench import _post_process
    from effdet.efficientdet import Interpolate2d
    from effdet.loss import DetectionLoss

#: Images are padded to multiples of this; the deepest level's stride is four times as much.
PADDING = 32
STRIDES = [8, 16, 32]
MATCH_IOU = 0.5


class EfficientDetOptions(DetectorOptions):
    """As ``DetectorOptions``.

    ``variant``: effdet's name of the network (``tf_efficientdet_d1``); its widths, depths and
    loss come with it. ``norm_momentum``: of BatchNorm in pyramid and heads; effdet's 0.01 wants
    thousands of steps to forget where the statistics began.
    """

    variant: str
    norm_momentum: float = 0.1


class EfficientDetDetector(Detector):
    """effdet behind the contract: its boxes are yxyx in training, its labels count from 1."""

    Options: ClassVar[type[DetectorOptions]] = EfficientDetOptions

    def __init__(self, options: EfficientDetOptions) -> None:
        """Build the network.

        Raises:
            UserError: effdet knows no such variant, or the weights cannot be had.
        """
        super().__init__()
        mean, std = normalisation(options.backbone)
        self.transform = GeneralizedRCNNTransform(
            options.image_size, longest(options), mean, std, size_divisible=PADDING
        )
        self.config = _config(options)
        self.model = EfficientDet(self.config, pretrained_backbone=False)
        strides = self.model.backbone.feature_info.reduction()
        if strides != STRIDES:
            raise UserError(
                f"conf/detector: efficientdet: backbone: {options.backbone}: its maps have strides "
                f"{strides}, not {STRIDES}; choose another"
            )
        if options.pretrained:
            load_imagenet(self.model.backbone, options.backbone)
            freeze(self.model.backbone, options.backbone, options.frozen_blocks)
        self.loss = DetectionLoss(self.config)
        self._options = options
        self._sizes = Sizes(options, self.transform)
        # effdet knows the levels' sizes for its own square only; the widths tell which is which.
        side = self.config.image_size[0]
        self._upsamplings = [
            (module, (side // module.size[0]).bit_length() - 1)
            for module in self.model.modules()
            if isinstance(module, Interpolate2d)
        ]

    def train(self, mode: bool = True) -> EfficientDetDetector:
        """Training mode, save for the BatchNorm of a pretrained backbone."""
        super().train(mode)
        if self._options.pretrained:
            keep_statistics(self.model.backbone)
        return self

    def forward(self, images: Tensor) -> tuple[list[Tensor], list[Tensor]]:
        """Images [b, 3, h, w] to class logits [b, 9c, h/s, w/s] and boxes [b, 36, …] by level."""
        for module, level in self._upsamplings:
            module.size = _cells(images.shape[2], level), _cells(images.shape[3], level)
        logits, boxes = self.model(images.contiguous(memory_format=torch.channels_last))
        return logits, boxes

    def anchors(self, images: Tensor) -> Anchors:
        """The variant's anchors for a padded batch [b, 3, h, w]."""
        config = self.config
        ratios = tuple(tuple(ratio) for ratio in config.aspect_ratios)
        scheme = (config.min_level, config.max_level, config.num_scales, ratios)
        return _anchors(*images.shape[2:], images.device, (*scheme, config.anchor_scale))

    def _losses(self, images: list[Tensor], targets: list[Target]) -> dict[str, Tensor]:
        """Focal loss of the classes, Huber loss of the boxes weighed as published."""
        self._sizes.draw()
        batch, scaled = self.transform(images, [dict(target) for target in targets])
        if len(images) == 1:
            raise UserError(
                "detector.train.batch_size: 1 (or one training photo): BatchNorm of EfficientDet's "
                "deepest level needs two photos or more"
            )
        anchors = self.anchors(batch.tensors)
        labeler = AnchorLabeler(anchors, self._options.classes, match_threshold=MATCH_IOU)
        truth = labeler.batch_label_anchors(
            [_yxyx(target["boxes"]) for target in scaled],
            [target["labels"] + 1 for target in scaled],
        )
        _, classes, boxes = self.loss(*self(batch.tensors), *truth)
        return {"class": classes, "box": self.config.box_loss_weight * boxes}

    def _predict(self, images: list[Tensor]) -> list[Detection]:
        """Detections per image; labels are the 0-based object types."""
        self._sizes.predict()
        sizes = [(image.shape[1], image.shape[2]) for image in images]
        batch, _ = self.transform(images)
        maps = self(batch.tensors)
        anchors = self.anchors(batch.tensors)
        best = _post_process(
            *maps,
            num_levels=self.config.num_levels,
            num_classes=self._options.classes,
            max_detection_points=min(
                self.config.max_detection_points, len(anchors.boxes) * self._options.classes
            ),
        )
        found = [
            self._decoded([part[i] for part in best], anchors.boxes, size)
            for i, size in enumerate(batch.image_sizes)
        ]
        scaled: list[Detection] = self.transform.postprocess(found, batch.image_sizes, sizes)
        return scaled

    def _decoded(
        self, best: list[Tensor], anchors: Tensor, size: tuple[int, int]
    ) -> dict[str, Tensor]:
        """One image's detections, in pixels of the scaled image of ``size`` (height, width)."""
        logits, boxes, indices, classes = best
        rows = generate_detections(
            logits,
            boxes,
            anchors,
            indices,
            classes,
            boxes.new_ones(()),
            boxes.new_tensor([size[1], size[0]]),
            max_det_per_image=self._options.max_detections,
        )
        kept = (rows[:, 4] >= self._options.score_threshold) & (rows[:, 2:4] > rows[:, :2]).all(1)
        rows = rows[kept]
        return {"boxes": rows[:, :4], "scores": rows[:, 4], "labels": rows[:, 5].long() - 1}


def _config(options: EfficientDetOptions) -> Any:
    """effdet's configuration of the variant, with our classes and backbone."""
    try:
        config = get_efficientdet_config(options.variant)
    except KeyError as error:
        raise UserError(
            f"conf/detector: efficientdet: options.variant: {options.variant}: effdet knows no "
            "such network; tf_efficientdet_d0 to d7 and lite0 to lite4 are some"
        ) from error
    config.backbone_name = options.backbone
    config.num_classes = options.classes
    config.norm_kwargs.momentum = options.norm_momentum
    return config


def _cells(side: int, level: int) -> int:
    """Cells of a level along a side in pixels: stride 2 to the power of level, rounded up."""
    return (side + (1 << level) - 1) >> level


def _yxyx(boxes: Tensor) -> Tensor:
    return boxes[:, [1, 0, 3, 2]]


@lru_cache(maxsize=64)
def _anchors(height: int, width: int, device: torch.device, scheme: tuple[Any, ...]) -> Anchors:
    """effdet's anchors of a padded batch, boxes [n, 4] yxyx in its pixels.

    ``scheme``: what effdet's ``Anchors`` takes before the image's size.

    effdet spreads anchors evenly over the image, which fits the strides only where these divide
    its sides: so they are made for the next larger such canvas, and cut.
    """
    first, last = scheme[:2]
    canvas = tuple(_cells(side, last) << last for side in (height, width))
    anchors = Anchors(*scheme, canvas)
    parts, start = [], 0
    for level in range(first, last + 1):
        rows, columns = anchors.feat_sizes[level]
        count = rows * columns * anchors.get_anchors_per_location()
        grid = anchors.boxes[start : start + count].reshape(rows, columns, -1, 4)
        parts.append(grid[: _cells(height, level), : _cells(width, level)].reshape(-1, 4))
        start += count
    anchors.boxes = torch.cat(parts).to(device)
    sides = range(last + 1)
    anchors.feat_sizes = [(_cells(height, level), _cells(width, level)) for level in sides]
    return anchors


DETECTOR = EfficientDetDetector
