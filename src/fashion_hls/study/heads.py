"""Training and asking heads on a study's features, by the pipeline's own loop and networks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from fashion_hls.classification.build import Classifier, build_classifier
from fashion_hls.classification.stl import SingleTask
from fashion_hls.config_training import ClassifierTraining, Heads
from fashion_hls.study.features import Features
from fashion_hls.study.judge import Parts, attribute_parts, category_parts
from fashion_hls.study.material import Material, TestView
from fashion_hls.taxonomy import NO_TYPE
from fashion_hls.training.processes import team
from fashion_hls.training.state import Saver
from fashion_hls.training.trainer import Trainer
from fashion_hls.training.views import TrainingSet

_BATCH = 256


@dataclass(frozen=True, kw_only=True)
class Workshop:
    """What every training of a study shares; ``savers``: a training's name to its state."""

    options: ClassifierTraining
    heads: Heads
    savers: Callable[[str], Saver]

    def trainer(self, data: TrainingSet, seed: int, name: str) -> Trainer:
        """A trainer over some rows; ``name`` keeps its state apart from that of others."""
        return Trainer(
            data,
            self.options,
            seed,
            lambda network: self.savers(f"{name} {network} {seed}"),
            lambda *_: None,
        )

    def networks(
        self, method: str, material: Material, features: Features, seed: int
    ) -> Classifier:
        """A method's networks with first weights drawn by the seed."""
        torch.manual_seed(seed)
        return build_classifier(
            method,
            backbone="",
            pretrained=False,
            trained_from="",
            object_types=NO_TYPE + 1,
            categories=material.categories,
            attributes=material.attributes,
            sharing=self.options.label_sharing,
            task_weighting=self.options.task_weighting,
            task_selection=self.options.task_selection,
            encoder=features.encoder,
            **self.heads.model_dump(),
        )


@torch.inference_mode()
def ask(forward: Callable[[Tensor, Tensor], Tensor], test: TestView, told: Tensor) -> Tensor:
    """What a network says of the rows with a crop [m, k].

    Args:
        forward: maps and what is shared to scores.
        test: the protocol's rows.
        told: what each row with a crop is told [m] or [m, labels].
    """
    count, device = int(test.found.sum()), team().device
    parts = []
    for start in range(0, count, _BATCH):
        maps = test.maps(range(start, min(start + _BATCH, count)))
        parts.append(forward(maps.to(device), told[start : start + _BATCH].to(device)).cpu())
    return torch.cat(parts)


def spread(scores: Tensor, test: TestView) -> np.ndarray:
    """Scores of all rows [n, k]; zeros where there is no crop."""
    out = np.zeros((len(test.found), scores.shape[1]))
    out[test.found] = scores.numpy()
    return out


def judged_category(network: nn.Module, test: TestView, types: Tensor) -> tuple[Parts, Tensor]:
    """A category network's parts, and its logits of the rows with a crop."""
    logits = ask(network, test, types)
    return category_parts(spread(logits, test), test.category, test.found), logits


def judged_attributes(network: SingleTask, test: TestView, told: Tensor | None) -> Parts:
    """An attribute network's parts, told nothing where it shares nothing."""
    if told is None:
        scores = ask(lambda maps, _: network(maps), test, test.types())
    else:
        scores = ask(network, test, told)
    return attribute_parts(spread(scores, test), test.positives, test.found)
