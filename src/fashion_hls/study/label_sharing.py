"""What hierarchical label sharing gives, step by step: which label, in training and when asked.

Type -> category, then category -> attributes. A label is what the step before predicts, or true, or
soft (probabilities), or shuffled (another image's: as many weights and nothing told), or none. A
row that is told the truth when asked is an oracle: nobody has that label in use.
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any, Final, NamedTuple

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from fashion_hls.classification.build import SingleTaskPair
from fashion_hls.classification.stl import SingleTask
from fashion_hls.study.features import Features
from fashion_hls.study.heads import Workshop, judged_attributes, judged_category
from fashion_hls.study.judge import Parts
from fashion_hls.study.material import Material, TestView
from fashion_hls.training.seed import numpy_generator
from fashion_hls.training.sharing import shared_of
from fashion_hls.training.trainer import Trainer

NONE: Final = "none"


class Condition(NamedTuple):
    """``trained``: what is shared in training; ``asked``: when judged."""

    trained: str
    asked: str

    def __str__(self) -> str:
        return self.trained if self.trained == self.asked else f"{self.trained} / {self.asked}"


TYPE_CONDITIONS: Final = (
    Condition(NONE, NONE),
    Condition("predicted", "predicted"),
    Condition("ground_truth", "predicted"),
    Condition("soft", "soft"),
    Condition("shuffled", "shuffled"),
    Condition("predicted", "oracle"),
    Condition("ground_truth", "oracle"),
)
CATEGORY_CONDITIONS: Final = (
    Condition(NONE, NONE),
    Condition("predicted", "predicted"),
    Condition("out_of_fold", "predicted"),
    Condition("ground_truth", "predicted"),
    Condition("soft", "soft"),
    Condition("out_of_fold soft", "soft"),
    Condition("shuffled", "shuffled"),
    Condition("out_of_fold", "oracle"),
    Condition("ground_truth", "oracle"),
)
#: Protocol -> condition -> the parts of each seed.
Found = dict[str, dict[str, list[Parts]]]
SoftTypes = dict[str, Tensor]


def study_sharing(
    material: Material, features: Features, shop: Workshop, soft: SoftTypes, seeds: range
) -> tuple[Found, Found]:
    """Train and judge every condition.

    Args:
        material: on pooled features.
        features: those.
        shop: the recipe.
        soft: the detector's probabilities of types, of "training" rows and by protocol of the rows
            with a crop.
        seeds: of the trainings.

    Returns:
        What was found for type -> category, and for category -> attributes.
    """
    types: Found = {view: {} for view in material.tests}
    attributes: Found = {view: {} for view in material.tests}
    for seed in tqdm(seeds, desc="label sharing", unit="seed"):
        for trained in dict.fromkeys(one.trained for one in TYPE_CONDITIONS):
            network = _category_network(material, features, shop, soft, seed, trained)
            for one in (c for c in TYPE_CONDITIONS if c.trained == trained):
                for view, test in material.tests.items():
                    parts, _ = judged_category(
                        network, test, told_type(one.asked, test, soft[view], seed)
                    )
                    types[view].setdefault(str(one), []).append(parts)
        _study_attributes(material, features, shop, seed, attributes)
    return types, attributes


def told_type(asked: str, test: TestView, soft: Tensor, seed: int) -> Tensor:
    """The type that each test row with a crop is told; with ``none`` the network looks at none."""
    if asked == "soft":
        return soft
    if asked == "oracle":
        return test.types("object_type")
    told = test.types()
    if asked == "shuffled":
        order = numpy_generator(seed, "shuffled when asked").permutation(len(told))
        return told[torch.from_numpy(order)]
    return told


def _category_network(
    material: Material,
    features: Features,
    shop: Workshop,
    soft: SoftTypes,
    seed: int,
    trained: str,
) -> SingleTask:
    data = material.training
    if trained == "soft":
        # Validation rows are told the same kind of label.
        data = data.telling(soft["training"])
    elif trained == "ground_truth":
        truth = torch.tensor(data.manifest["object_type"].to_numpy(np.int64))
        told, rows = data.types.clone(), torch.from_numpy(data.rows("train"))
        told[rows] = truth[rows]
        data = data.telling(told)
    elif trained == "shuffled":
        told, rows = data.types.clone(), torch.from_numpy(data.rows("train"))
        order = numpy_generator(seed, "shuffled types").permutation(len(rows))
        told[rows] = data.types[rows[torch.from_numpy(order)]]
        data = data.telling(told)
    pair = shop.networks("stl" if trained == NONE else "stl_hls", material, features, seed)
    assert isinstance(pair, SingleTaskPair)
    shop.trainer(data, seed, f"type {trained}").category(pair.category)
    return pair.category


def _study_attributes(
    material: Material, features: Features, shop: Workshop, seed: int, into: Found
) -> None:
    pair = shop.networks("stl_hls", material, features, seed)
    assert isinstance(pair, SingleTaskPair)
    untrained = deepcopy(pair.category)
    trainer = shop.trainer(material.training, seed, "category for attributes")
    trainer.category(pair.category)
    logits = {
        view: judged_category(pair.category, t, t.types())[1] for view, t in material.tests.items()
    }
    told = _told_in_training(trainer, pair.category, untrained, seed)
    for trained in dict.fromkeys(one.trained for one in CATEGORY_CONDITIONS):
        fresh = shop.networks("stl" if trained == NONE else "stl_hls", material, features, seed)
        assert isinstance(fresh, SingleTaskPair)
        network = fresh.attributes
        shop.trainer(material.training, seed, f"attributes {trained}").attributes(
            network, told.get(trained)
        )
        for one in (c for c in CATEGORY_CONDITIONS if c.trained == trained):
            for view, test in material.tests.items():
                shared = _told_category(one.asked, logits[view], test, seed)
                parts = judged_attributes(network, test, shared)
                into[view].setdefault(str(one), []).append(parts)


def _told_in_training(
    trainer: Trainer, network: SingleTask, untrained: SingleTask, seed: int
) -> dict[str, Tensor]:
    """What training rows are told under each condition but ``none``."""
    data = trainer.data
    seen = trainer.predicted_categories(network, list(range(len(data.manifest))))
    train = torch.from_numpy(data.rows("train"))
    unseen = seen.clone()
    unseen[train] = trainer.out_of_fold(untrained)[0][train]
    return {
        **{
            kind: shared_of(seen, data, kind, seed)
            for kind in ("predicted", "ground_truth", "soft", "shuffled")
        },
        "out_of_fold": shared_of(unseen, data, "out_of_fold", seed),
        "out_of_fold soft": shared_of(unseen, data, "soft", seed),
    }


def _told_category(asked: str, logits: Tensor, test: TestView, seed: int) -> Tensor | None:
    if asked == NONE:
        return None
    if asked == "soft":
        return torch.softmax(logits, dim=1)
    if asked == "oracle":
        return torch.tensor(test.category[test.found])
    best = logits.argmax(dim=1)
    if asked == "shuffled":
        order = numpy_generator(seed, "shuffled when asked").permutation(len(best))
        return best[torch.from_numpy(order)]
    return best


def how_often_right(material: Material) -> dict[str, Any]:
    """How often the detected type is the true one, by protocol, and in training."""
    manifest = material.training.manifest
    right = {
        view: float((test.manifest["detected_type"] == test.manifest["object_type"]).mean())
        for view, test in material.tests.items()
    }
    train = material.training.rows("train")
    told = material.training.types[torch.from_numpy(train)].numpy()
    truth = manifest["object_type"].to_numpy()[train]
    return {"training": float((told == truth).mean()), **right}
