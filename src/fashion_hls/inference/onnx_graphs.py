"""Trained networks as modules that the exporter can follow: tensors in, tensors out, no decoding.

Images are float32 [1, 3, H, W], scaled, normalised and padded (onnx_photos.py); H and W are
multiples of 32. N anchors of all levels, c object types.
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import torch
from timm.layers import Conv2dSame
from timm.layers.padding import get_same_padding
from torch import Tensor, nn
from torchvision.ops import roi_align

from fashion_hls.classification.build import Classifier
from fashion_hls.inference.embedding import Embedder

#: Left, right, top, bottom.
Padding = tuple[int, int, int, int]


class FasterRCNNMaps(nn.Module):
    """Faster R-CNN up to its region proposals."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.backbone, self.head = model.backbone, model.rpn.head

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        """Feature maps, objectness [a h w] and deltas [a h w, 4]: each of strides 8, 16, 32."""
        maps = list(self.backbone(images).values())
        objectness, deltas = self.head(maps)
        return (
            *maps,
            *(by_cell(one, 1).flatten() for one in objectness),
            *(by_cell(one, 4) for one in deltas),
        )


class FasterRCNNBoxes(nn.Module):
    """Faster R-CNN's second step: what regions of the maps show, and where it is."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        heads = model.roi_heads
        self.head, self.predictor = heads.box_head, heads.box_predictor
        self.output, self.samples = (
            heads.box_roi_pool.output_size,
            heads.box_roi_pool.sampling_ratio,
        )

    def forward(
        self,
        map8: Tensor,
        map16: Tensor,
        map32: Tensor,
        rois8: Tensor,
        rois16: Tensor,
        rois32: Tensor,
    ) -> tuple[Tensor, Tensor]:
        """Maps, and the regions [n, 5] (0, then xyxy) to read from each of them, to class logits
        [n, c + 1] (the first: none) and deltas [n, 4 (c + 1)], in the order of the regions."""
        levels = ((map8, rois8, 8), (map16, rois16, 16), (map32, rois32, 32))
        pooled = [
            roi_align(level, rois, self.output, 1 / stride, self.samples)
            for level, rois, stride in levels
        ]
        logits, deltas = self.predictor(self.head(torch.cat(pooled)))
        return logits, deltas


class RetinaNetMaps(nn.Module):
    """RetinaNet without its decoding."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.backbone, self.head = model.backbone, model.head

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        """Logits [a h w, c] and deltas [a h w, 4]: each of strides 8, 16, 32."""
        maps = list(self.backbone(images).values())
        heads = self.head.classification_head, self.head.regression_head
        return tuple(head([one])[0] for head in heads for one in maps)


class CenterNetMaps(nn.Module):
    """CenterNet with its peaks already found."""

    def __init__(self, detector: Any) -> None:
        super().__init__()
        self.detector = detector

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Scores [c, H/4, W/4], 0 where no peak is, sizes and offsets [2, H/4, W/4]."""
        heat, size, offset = self.detector(images)
        heat = heat.sigmoid()
        highest = nn.functional.max_pool2d(heat, 3, stride=1, padding=1)
        peaks = torch.where(highest == heat, heat, torch.zeros_like(heat))
        return peaks[0], size[0], offset[0]


class EfficientDetMaps(nn.Module):
    """EfficientDet without its decoding."""

    def __init__(self, detector: Any) -> None:
        super().__init__()
        self.detector, self.classes = detector, detector.config.num_classes

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        """Logits [a h w, c] and codes [a h w, 4]: each of strides 8 to 128."""
        logits, codes = self.detector(images)
        return (
            *(by_cell(one, self.classes) for one in logits),
            *(by_cell(one, 4) for one in codes),
        )


class ClassifierScores(nn.Module):
    """A method from decoded crops to scores."""

    def __init__(self, classifier: Classifier) -> None:
        super().__init__()
        self.embedder = Embedder(classifier)

    def forward(self, crops: Tensor, types: Tensor) -> tuple[Tensor, ...]:
        """Crops uint8 [b, s, s, 3] and types int64 [b] to :class:`CropScores`' arrays."""
        images = crops.permute(0, 3, 1, 2).float() / 255
        scores, embedding = self.embedder(images, types)
        found = (scores.category, scores.attributes, embedding)
        return found if scores.attention is None else (*found, scores.attention)


def by_cell(maps: Tensor, width: int) -> Tensor:
    """One image's [1, a width, h, w] as [h w a, width]: cell by cell, in each all anchors."""
    return maps[0].permute(1, 2, 0).reshape(-1, width)


def with_fixed_padding(network: nn.Module, examples: list[tuple[Tensor, ...]]) -> nn.Module:
    """A copy whose TensorFlow-like convolutions pad by numbers instead of by their input's size.

    timm works the padding out from each input, which in a graph is a dozen operations and one that
    keeps the padding from being fused with its convolution. Where the examples all need the same
    padding it is written down; any other stays as it was.

    Args:
        network: in eval mode.
        examples: inputs of different sizes, which stand for all others.
    """
    network = deepcopy(network)
    seen: dict[nn.Module, set[Padding]] = {}

    def note(layer: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        seen.setdefault(layer, set()).add(_padding(layer, inputs[0]))

    layers = [m for m in network.modules() if isinstance(m, Conv2dSame)]
    hooks = [layer.register_forward_pre_hook(note) for layer in layers]
    with torch.inference_mode():
        for example in examples:
            network(*example)
    for hook in hooks:
        hook.remove()
    for parent in list(network.modules()):
        for name, layer in list(parent.named_children()):
            if len(seen.get(layer, ())) == 1:
                setattr(parent, name, _padded(layer, *seen[layer]))
    return network


def _padding(layer: nn.Module, images: Tensor) -> Padding:
    """What the layer would add to these."""
    sides: Any = (images.shape[3], images.shape[2])
    kernel, stride, dilation = (
        getattr(layer, name)[::-1] for name in ("kernel_size", "stride", "dilation")
    )
    out: list[int] = []
    for side, k, s, d in zip(sides, kernel, stride, dilation, strict=True):
        total = int(get_same_padding(int(side), k, s, d))
        out += [total // 2, total - total // 2]
    left, right, top, bottom = out
    return left, right, top, bottom


def _padded(layer: Any, padding: Padding) -> nn.Sequential:
    conv = nn.Conv2d(
        layer.in_channels, layer.out_channels, layer.kernel_size, layer.stride,
        dilation=layer.dilation, groups=layer.groups, bias=layer.bias is not None,
    )  # fmt: skip
    conv.load_state_dict(layer.state_dict())
    return nn.Sequential(nn.ZeroPad2d(padding), conv)
