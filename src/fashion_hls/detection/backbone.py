"""A timm backbone that gives a detector its feature maps, its first blocks and BatchNorm frozen."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torchvision.ops import FeaturePyramidNetwork

from fashion_hls.errors import UserError
from fashion_hls.weights import create_backbone

# Worn one over the other, two garments of a type overlap by much; torchvision's 0.5 drops one.
# The paper's framework has 0.6 as well.
BOX_NMS_IOU = 0.6
TUNED_FOR = 320


class FeatureMaps(nn.Module):
    """Feature maps of some levels; level i has stride 2 to the power of i + 1.

    Attributes:
        channels: of each map.
    """

    def __init__(
        self, name: str, *, pretrained: bool, levels: Sequence[int], frozen_blocks: int
    ) -> None:
        """Build the backbone.

        Args:
            name: timm name.
            pretrained: load ImageNet weights; without, nothing is frozen.
            levels: which maps, shallow to deep.
            frozen_blocks: the stem and this many blocks keep their weights.

        Raises:
            UserError: the model has no such maps, or nothing of it would be trained.
        """
        super().__init__()
        strides = [2 ** (level + 1) for level in levels]
        try:
            body: Any = create_backbone(
                name, pretrained=pretrained, features_only=True, out_indices=tuple(levels)
            )
        except (IndexError, AssertionError, RuntimeError) as error:
            raise UserError(
                f"backbone.name: {name}: gives no feature maps at strides {strides} "
                f"({type(error).__name__}: {error}); choose another"
            ) from error
        if body.feature_info.reduction() != strides:
            raise UserError(
                f"backbone.name: {name}: its maps have strides {body.feature_info.reduction()}, "
                f"not {strides}; choose another"
            )
        self.body: nn.Module = body
        self.channels: list[int] = body.feature_info.channels()
        # Random numbers are not worth keeping, nor statistics of nothing.
        self._pretrained = pretrained
        if pretrained:
            freeze(self.body, name, frozen_blocks)

    def train(self, mode: bool = True) -> FeatureMaps:
        """Training mode, save for BatchNorm with statistics of ImageNet, which it keeps."""
        super().train(mode)
        if self._pretrained:
            keep_statistics(self.body)
        return self

    def forward(self, x: Tensor) -> list[Tensor]:
        """Images [b, 3, h, w] to one map [b, channels[i], h/s, w/s] a level."""
        maps: list[Tensor] = self.body(x.contiguous(memory_format=torch.channels_last))
        return maps


class Pyramid(nn.Module):
    """Maps at strides 8, 16 and 32 through a feature pyramid (Lin et al., CVPR 2017)."""

    LEVELS = (2, 3, 4)

    def __init__(self, name: str, *, pretrained: bool, channels: int, frozen_blocks: int) -> None:
        """Build the backbone and the pyramid; ``channels`` are those of its maps."""
        super().__init__()
        self.body = FeatureMaps(
            name, pretrained=pretrained, levels=self.LEVELS, frozen_blocks=frozen_blocks
        )
        self.pyramid = FeaturePyramidNetwork(self.body.channels, channels)
        self.out_channels = channels

    def forward(self, x: Tensor) -> OrderedDict[str, Tensor]:
        """Images [b, 3, h, w] to maps {"0".."2": [b, channels, h/s, w/s]}, s = 8, 16, 32."""
        features = self.body(x)
        maps: OrderedDict[str, Tensor] = self.pyramid(
            OrderedDict((str(i), f) for i, f in enumerate(features))
        )
        return maps


def freeze(body: nn.Module, name: str, frozen_blocks: int) -> None:
    """Freeze all of a timm model that comes before the given block, and BatchNorm throughout.

    In an EfficientNet the stem and ``blocks.0`` to ``blocks.N-1``; in other models the
    parameters up to the end of the N-th part that timm counts as a reduction.

    Args:
        body: made with ``features_only``.
        name: of the model, for the message.
        frozen_blocks: N.

    Raises:
        UserError: nothing of the model would be trained.
    """
    parameters = dict(body.named_parameters())
    parts = [".".join(key.replace("blocks_", "blocks.").split(".")[:2]) for key in parameters]
    if f"blocks.{frozen_blocks}" in parts:
        first = parts.index(f"blocks.{frozen_blocks}")
    else:
        first = _end_of(body, list(parameters), frozen_blocks)
    for index, parameter in enumerate(parameters.values()):
        parameter.requires_grad = index >= first
    for module in body.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.requires_grad_(False)
    if not any(p.requires_grad for p in body.parameters()):
        raise UserError(f"detector.frozen_blocks: {frozen_blocks} leaves nothing of {name}")


def scaled_anchors(sizes: Sequence[Sequence[int]], image_size: int) -> tuple[tuple[int, ...], ...]:
    """Anchor sizes for up to ``TUNED_FOR`` pixels, scaled in proportion for larger inputs."""
    factor = max(1.0, image_size / TUNED_FOR)
    return tuple(tuple(round(size * factor) for size in level) for level in sizes)


def _end_of(body: nn.Module, keys: list[str], reductions: int) -> int:
    info: Any = body.feature_info
    modules = [part["module"].replace(".", "_") for part in info.info[:reductions]]
    flat = [key.replace(".", "_") for key in keys]
    ends = [i + 1 for i, key in enumerate(flat) if any(key.startswith(m) for m in modules)]
    return max(ends, default=0)


def keep_statistics(body: nn.Module) -> None:
    """BatchNorm keeps its ImageNet statistics, also in training mode."""
    for module in body.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.eval()
