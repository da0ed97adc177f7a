"""The cuts of conf/backbone against Keras' counting of layers (paper §5.2.1)."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import timm
import yaml

LAST = 100
#: Name of a part of timm's model, and how many layers Keras has for it; in Keras' order.
Parts = list[tuple[str, int]]


def efficientnet(model: Any) -> Parts:
    """Input, rescaling, normalization, padding, conv, bn, activation make the stem.

    Later versions of Keras have a second rescaling; without it there are the paper's 474 for B4.
    """
    blocks = [
        (f"blocks.{s}.{b}", _inverted_residual(block))
        for s, stage in enumerate(model.blocks)
        for b, block in enumerate(stage)
    ]
    return [("conv_stem", 7), *blocks, ("conv_head", 3)]


def _inverted_residual(block: Any) -> int:
    expansion = 3 * (type(block).__name__ == "InvertedResidual")  # conv, bn, activation
    padding = block.conv_dw.stride == (2, 2)
    depthwise = 3  # conv, bn, activation
    excitation = 5  # pooling, reshape, two convs, multiply
    projection = 2  # conv, bn
    residual = 2 * bool(block.has_skip)  # drop, add
    return expansion + padding + depthwise + excitation + projection + residual


def inception(model: Any) -> Parts:
    """Convolutions have three layers; a block has a pooling and a concatenation besides.

    Those with two branches that fork once more (Mixed_7b and _7c) concatenate three times.
    """
    parts = [("stem", 1)]
    for name, part in model.named_children():
        convolutions = [m for m in part.modules() if hasattr(m, "conv") and hasattr(m, "bn")]
        if name.startswith("Mixed"):
            other = 4 if type(part).__name__ == "InceptionE" else 2
        else:
            other = 1 if name.startswith("Pool") else 0
        parts.append((name, 3 * len(convolutions) + other))
    return parts


def xception(model: Any) -> Parts:
    """A separable convolution is one layer, its pointwise half included."""
    parts = [("stem", 7)]  # input and twice conv, bn, activation
    for name, part in model.named_children():
        if name.startswith("block"):
            shortcut = 2 * (part.skip is not None)  # conv, bn
            parts.append((name, len(part.rep) + shortcut + 1))  # and the addition
    return [*parts, ("conv3", 6)]  # twice separable conv, bn, activation


def last_layers_begin(parts: Parts) -> tuple[str, int]:
    """The part in which Keras' last layers begin, and how many there are from its start on."""
    counted = 0
    for name, layers in reversed(parts):
        counted += layers
        if counted >= LAST:
            return name, counted
    raise AssertionError("fewer layers than that")


#: Layers without the classification head, as Keras' own models have them.
NETWORKS: dict[str, tuple[Callable[[Any], Parts], int]] = {
    "tf_efficientnet_b0": (efficientnet, 237),
    "tf_efficientnet_b1": (efficientnet, 339),
    "tf_efficientnet_b2": (efficientnet, 339),
    "tf_efficientnet_b3": (efficientnet, 384),
    "tf_efficientnet_b4": (efficientnet, 474),
    "inception_v3": (inception, 311),
    "legacy_xception": (xception, 132),
}
FILES = [
    path
    for path in sorted(Path("conf/backbone").glob("*.yaml"))
    if yaml.safe_load(path.read_text())["name"].partition(".")[0] in NETWORKS
]


def test_the_papers_backbones_are_there_with_the_weights_it_names() -> None:
    names = {yaml.safe_load(path.read_text())["name"] for path in FILES}
    wanted = {f"tf_efficientnet_b{n}.{tag}" for n in range(5) for tag in ("ns_jft_in1k", "aa_in1k")}
    assert names == wanted | {"inception_v3.tf_in1k", "legacy_xception.tf_in1k"}
    assert names <= set(timm.list_pretrained())


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_cut_is_the_block_in_which_keras_last_hundred_layers_begin(path: Path) -> None:
    chosen = yaml.safe_load(path.read_text())
    count, total = NETWORKS[chosen["name"].partition(".")[0]]
    parts = count(timm.create_model(chosen["name"], num_classes=0))
    assert sum(layers for _, layers in parts) == total
    block, trained = last_layers_begin(parts)
    assert chosen["trained_from"] == block
    comment = " ".join(path.read_text().replace("\n#", "").split())
    assert f"whole: {trained} layers" in comment or f"whole here: {trained} layers" in comment


@pytest.mark.parametrize("n", range(5))
def test_from_the_excitation_on_they_are_a_hundred_but_for_batchnorm(n: int) -> None:
    """What the conf files say of ``BLOCK.se``."""
    model = timm.create_model(f"tf_efficientnet_b{n}")
    name, trained = last_layers_begin(efficientnet(model))
    padding = model.get_submodule(name).conv_dw.stride == (2, 2)
    convolutions = 3 + padding + 1  # expansion, then the depthwise one
    # The hundred begin after both convolutions, and after their bn and activation at the latest.
    assert convolutions <= trained - LAST <= convolutions + 2
