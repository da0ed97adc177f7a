"""Methods by name: what they predict, and their weights on disk.

b images, c categories, a attributes.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any, NamedTuple

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save
from torch import Tensor, nn

from fashion_hls.classification.mtl import MultiTask, MultiTaskOutput
from fashion_hls.classification.sharing import shared_from
from fashion_hls.classification.stl import SingleTask
from fashion_hls.classification.trunk import Encoder, Trunk
from fashion_hls.data.records import Vocabulary
from fashion_hls.data.store import write_json, write_whole
from fashion_hls.errors import UserError

WEIGHTS, CARD = "model.safetensors", "model.json"


class Scores(NamedTuple):
    """``category`` [b, c] sums to 1; ``attributes`` [b, a] in 0-1; ``attention`` [b, 2, h, w]."""

    category: Tensor
    attributes: Tensor
    attention: Tensor | None


class Classifier(nn.Module, ABC):
    """Crops and the detected object type in, category and attribute scores out."""

    @abstractmethod
    def scores(self, images: Tensor, object_type: Tensor) -> Scores:
        """Images [b, 3, h, w] in 0-1 and detected types [b] to scores; labels shared are
        predictions, always."""


class SingleTaskPair(Classifier):
    """A category and an attribute network, trained one after the other (``stl``, ``stl_hls``)."""

    def __init__(
        self, category: SingleTask, attributes: SingleTask, *, sharing: str = "predicted"
    ) -> None:
        super().__init__()
        self.category = category
        self.attributes = attributes
        # Trained on probabilities, the attribute network wants probabilities.
        self.sharing = "soft" if sharing == "soft" else "predicted"

    def scores(self, images: Tensor, object_type: Tensor) -> Scores:
        """See :class:`Classifier`."""
        logits = self.category(images, object_type)
        shared = shared_from(logits, None, self.sharing)
        attributes = torch.sigmoid(self.attributes(images, shared))
        return Scores(torch.softmax(logits, dim=1), attributes, None)


class MultiTaskClassifier(Classifier):
    """The recurrent decoder with attention (``mtl_rnn_va``)."""

    def __init__(
        self,
        network: MultiTask,
        *,
        sharing: str = "predicted",
        attribute_network: MultiTask | None = None,
    ) -> None:
        """Wrap a network; the other one, if given, is asked for the attributes."""
        super().__init__()
        self.network = network
        self.attribute_network = attribute_network
        self.sharing = "soft" if sharing == "soft" else "predicted"

    def scores(self, images: Tensor, object_type: Tensor) -> Scores:
        """See :class:`Classifier`."""
        out: MultiTaskOutput = self.network(images, object_type, sharing=self.sharing)
        category = torch.softmax(out.category, dim=1)
        if self.attribute_network is None:
            return Scores(category, torch.sigmoid(out.attributes), out.attention)
        own: MultiTaskOutput = self.attribute_network(images, object_type, sharing=self.sharing)
        looked = torch.stack([out.attention[:, 0], own.attention[:, 1]], dim=1)
        return Scores(category, torch.sigmoid(own.attributes), looked)


METHODS = ("stl", "stl_hls", "mtl_rnn_va")


def build_classifier(
    method: str,
    *,
    backbone: str,
    pretrained: bool,
    trained_from: str,
    object_types: int,
    categories: int,
    attributes: int,
    sharing: str = "predicted",
    embedding: int = 64,
    attention: int = 512,
    state: int = 512,
    hidden: int = 512,
    dropout: float = 0.3,
    task_weighting: str = "sum",
    task_selection: str = "joint",
    encoder: Callable[[], Encoder] | None = None,
) -> Classifier:
    """A method's networks.

    Args:
        method: ``stl``, ``stl_hls`` or ``mtl_rnn_va``.
        backbone: timm model of each network's trunk.
        pretrained: load ImageNet weights.
        trained_from: first module that is fine-tuned.
        object_types: labels the detector may share; the last is "none found".
        categories: c.
        attributes: a.
        sharing: what training shares; ``soft`` shares probabilities at evaluation as well.
        embedding: size of the shared labels' embeddings.
        attention: u of the attention (``mtl_rnn_va``).
        state: s of the decoder (``mtl_rnn_va``).
        hidden: of the first dense layer (``mtl_rnn_va``).
        dropout: rate.
        task_weighting: ``uncertainty`` learns the weights of the losses (``mtl_rnn_va``).
        task_selection: ``separate`` has a second network for the attributes (``mtl_rnn_va``).
        encoder: makes each network's vision encoder, instead of the backbone.

    Raises:
        UserError: no such method.
    """

    def trunk() -> Encoder:
        if encoder is not None:
            return encoder()
        return Trunk(backbone, pretrained=pretrained, trained_from=trained_from)

    if method in ("stl", "stl_hls"):
        shared = method == "stl_hls"
        category, attribute = (
            SingleTask(
                trunk(),
                outputs=outputs,
                shared_labels=labels if shared else 0,
                unknown_label=unknown,
                embedding=embedding,
                dropout=dropout,
            )
            for outputs, labels, unknown in (
                (categories, object_types, object_types - 1),
                (attributes, categories, None),
            )
        )
        return SingleTaskPair(category, attribute, sharing=sharing)
    if method == "mtl_rnn_va":
        network = MultiTask(
            trunk(),
            object_types=object_types,
            categories=categories,
            attributes=attributes,
            embedding=embedding,
            attention=attention,
            state=state,
            hidden=hidden,
            dropout=dropout,
            weighted=task_weighting == "uncertainty",
        )
        # The same training gives both, so they begin as one.
        second = deepcopy(network) if task_selection == "separate" else None
        return MultiTaskClassifier(network, sharing=sharing, attribute_network=second)
    raise UserError(f"methods: {method}: unknown; choose from {', '.join(METHODS)}")


def save_classifier(
    folder: Path, classifier: Classifier, method: str, options: dict[str, Any], notes: Any
) -> None:
    """Write weights, what it takes to build the networks again, and notes (vocabulary, size)."""
    card = {"method": method, "options": {**options, "pretrained": False}, "notes": notes}
    weights = {k: v.contiguous() for k, v in classifier.state_dict().items()}
    write_whole(folder / WEIGHTS, save(weights))
    write_json(folder / CARD, card)


def read_classifier(folder: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """The weights and the card of a trained method.

    Raises:
        UserError: the folder holds no classifier, or a damaged one.
    """
    try:
        card = json.loads((folder / CARD).read_text(encoding="utf-8"))
        weights = load_file(folder / WEIGHTS)
    except (OSError, ValueError, SafetensorError) as error:
        raise UserError(f"{folder}: holds no trained classifier; run `dvc repro`") from error
    if not isinstance(card, dict) or not {"method", "options", "notes"} <= card.keys():
        raise UserError(f"{folder / CARD}: is no classifier's card; run `dvc repro`")
    return weights, card


def load_classifier(
    folder: Path, *, method: str | None = None, vocabulary: Vocabulary | None = None
) -> tuple[Classifier, dict[str, Any]]:
    """A trained method in eval mode and its card, without the training's configuration.

    Args:
        folder: that save_classifier() wrote.
        method: that it must be; None: any.
        vocabulary: that it must have been trained on, in this order; None: any.

    Raises:
        UserError: the folder holds no classifier, or another one than asked for.
    """
    weights, card = read_classifier(folder)
    if method is not None and card["method"] != method:
        raise UserError(f"{folder}: holds {card['method']}, not {method}; run `dvc repro`")
    if vocabulary is not None:
        _refuse_other_labels(folder, card["notes"].get("vocabulary", {}), vocabulary)
    classifier = build_classifier(card["method"], **card["options"])
    try:
        classifier.load_state_dict(weights)
    except RuntimeError as error:
        raise UserError(
            f"{folder}: {WEIGHTS} is not of the networks that {CARD} describes; run `dvc repro`"
        ) from error
    return classifier.eval(), card


def _refuse_other_labels(folder: Path, own: dict[str, Any], vocabulary: Vocabulary) -> None:
    for kind, names in vocabulary.to_dict().items():
        known = own.get(kind, [])
        if known != names:
            which = next(
                (i for i, (a, b) in enumerate(zip(known, names, strict=False)) if a != b),
                min(len(known), len(names)),
            )
            first = [one[which] if which < len(one) else "none" for one in (known, names)]
            raise UserError(
                f"{folder}: was trained on other {kind} ({len(known)}; the set has {len(names)}; "
                f"the first that differs: {first[0]}, not {first[1]}); train it again"
            )
