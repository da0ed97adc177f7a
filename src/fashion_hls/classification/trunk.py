"""The vision encoder of every method: a timm backbone, trained from a named module onward."""

from __future__ import annotations

from typing import Any, cast

import torch
from torch import Tensor, nn

from fashion_hls.errors import UserError
from fashion_hls.weights import create_backbone, normalisation

_NORMS = (nn.modules.batchnorm._BatchNorm,)


class Encoder(nn.Module):
    """Anything that gives feature maps [b, d, h', w']; ``channels`` is d."""

    channels: int


class Trunk(Encoder):
    """A backbone's last feature map.

    Parameters before ``trained_from``, in the order of the model's modules, are frozen; where that
    is the order of the forward pass, autograd does not record those blocks. BatchNorm is frozen
    throughout, statistics included (paper §5.2.1).
    """

    mean: Tensor
    std: Tensor

    def __init__(self, name: str, *, pretrained: bool, trained_from: str) -> None:
        """Build the encoder.

        Args:
            name: timm model.
            pretrained: load ImageNet weights.
            trained_from: dotted name of the first module that is fine-tuned, e.g. ``blocks.3``;
                empty trains all.

        Raises:
            UserError: the model is unknown, or has no such module.
        """
        super().__init__()
        net: Any = create_backbone(name, pretrained=pretrained, num_classes=0)
        self.net = net.to(memory_format=torch.channels_last)
        self.channels = int(net.num_features)
        mean, std = normalisation(name)
        self.register_buffer("mean", torch.tensor(mean).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(std).view(1, 3, 1, 1), persistent=False)
        self._freeze(name, trained_from)

    def _freeze(self, name: str, trained_from: str) -> None:
        order = [key for key, _ in self.net.named_parameters()]
        starts = [i for i, key in enumerate(order) if f"{key}.".startswith(f"{trained_from}.")]
        if trained_from and not starts:
            parts = ", ".join(key for key, _ in self.net.named_children())
            raise UserError(
                f"backbone.trained_from: {name} has no parameters below {trained_from}; "
                f"its parts are {parts}"
            )
        first = starts[0] if trained_from else 0
        for index, parameter in enumerate(self.net.parameters()):
            parameter.requires_grad = index >= first
        for module in self.net.modules():
            if isinstance(module, _NORMS):
                module.requires_grad_(False)

    def train(self, mode: bool = True) -> Trunk:
        """Training mode, save for BatchNorm, whose statistics stay those of pretraining."""
        super().train(mode)
        for module in self.net.modules():
            if isinstance(module, _NORMS):
                module.eval()
        return self

    def forward(self, images: Tensor) -> Tensor:
        """Images [b, 3, h, w] in 0-1 to features [b, d, h', w']."""
        x = (images - self.mean) / self.std
        features: Tensor = cast(Any, self.net).forward_features(
            x.contiguous(memory_format=torch.channels_last)
        )
        if features.ndim != 4:
            raise UserError(
                "backbone.name: its features are no map [b, d, h, w]; choose a convolutional model"
            )
        return features
