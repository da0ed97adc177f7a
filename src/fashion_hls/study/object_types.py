"""One category network for each object type, or one for all (paper §5.2.1, Table 5).

The paper asks each network about crops of its own type. In use a crop goes to the network of the
type that was *detected*, and one of another type cannot be named; so both are judged, and the crops
whose detected type is wrong by themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from tqdm import tqdm

from fashion_hls.classification.build import Classifier, SingleTaskPair
from fashion_hls.classification.specialist import TypeSpecialist
from fashion_hls.classification.stl import SingleTask
from fashion_hls.metrics.topk import topk_hits
from fashion_hls.study.features import Features
from fashion_hls.study.heads import Workshop, ask, spread
from fashion_hls.study.judge import Parts
from fashion_hls.study.material import Material, TestView
from fashion_hls.taxonomy import OBJECT_TYPES
from fashion_hls.training.views import of_object_type

ALL: Final = "one network for all"
SHARING: Final = "one network for all, told the detected type"
BY_TRUTH: Final = "a network for each type, chosen by the true type (oracle)"
BY_DETECTION: Final = "a network for each type, chosen by the detected type"
Found = dict[str, dict[str, list[Parts]]]
ROWS: Final = (ALL, SHARING, BY_DETECTION, BY_TRUTH)


def study_types(
    material: Material,
    features: Features,
    shop: Workshop,
    category_types: Sequence[int],
    seeds: range,
) -> Found:
    """Train and judge every row.

    Args:
        material: on pooled features.
        features: those.
        shop: the recipe.
        category_types: object type of each category [c].
        seeds: of the trainings.

    Returns:
        By protocol and row the parts of each seed: top1 of all images, of the
        images of each type, and of those whose detected type is wrong.
    """
    found: Found = {view: {} for view in material.tests}
    for seed in tqdm(seeds, desc="object types", unit="seed"):
        every = _for_all(material, features, shop, seed)
        own = _specialists(material, features, shop, category_types, seed)
        for view, test in material.tests.items():
            detected, true = test.types(), test.types("object_type")
            scores = {
                ALL: ask(every[ALL], test, detected),
                SHARING: ask(every[SHARING], test, detected),
                BY_DETECTION: _routed(own, test, detected, material.categories),
                BY_TRUTH: _routed(own, test, true, material.categories),
            }
            for row in ROWS:
                chosen = {BY_DETECTION: detected, BY_TRUTH: true}.get(row)
                named = test.found.copy()
                if chosen is not None:
                    named[test.found] = np.isin(chosen.numpy(), list(own))
                parts = _parts(spread(scores[row], test), test, named)
                found[view].setdefault(row, []).append(parts)
    return found


def _for_all(
    material: Material, features: Features, shop: Workshop, seed: int
) -> dict[str, SingleTask]:
    networks = {}
    for row, method in ((ALL, "stl"), (SHARING, "stl_hls")):
        pair = shop.networks(method, material, features, seed)
        assert isinstance(pair, SingleTaskPair)
        shop.trainer(material.training, seed, f"{method} for all").category(pair.category)
        networks[row] = pair.category
    return networks


def _specialists(
    material: Material,
    features: Features,
    shop: Workshop,
    category_types: Sequence[int],
    seed: int,
) -> dict[int, TypeSpecialist]:
    """Type -> its network; a type with one category always gets that one, without training.

    A type with nothing to train or to choose an epoch on has none, and its crops count as wrong.
    """
    out: dict[int, TypeSpecialist] = {}
    for kind, name in enumerate(OBJECT_TYPES):
        categories = [i for i, own in enumerate(category_types) if own == kind]
        rows = of_object_type(material.training, kind, categories)
        if not taught(material, kind, categories):
            continue
        torch.manual_seed(seed)
        network = SingleTask(
            features.encoder(), outputs=len(categories), dropout=shop.heads.dropout
        )
        if len(categories) > 1:
            shop.trainer(rows, seed, f"only {name}").category(network)
        out[kind] = TypeSpecialist(network.eval(), categories, material.categories)
    return out


def _routed(
    own: dict[int, TypeSpecialist], test: TestView, kinds: Tensor, categories: int
) -> Tensor:
    """Each row's scores [m, c] by the network of its type; zeros where that type has none."""
    out = torch.zeros(len(kinds), categories)
    for kind, specialist in own.items():
        rows = torch.nonzero(kinds == kind).flatten()
        if len(rows):
            scores = ask(partial(_category_scores, specialist), test, kinds)
            out[rows] = scores[rows]
    return out


def _category_scores(classifier: Classifier, maps: Tensor, told: Tensor) -> Tensor:
    return classifier.scores(maps, told).category


def taught(material: Material, kind: int, categories: Sequence[int]) -> bool:
    """Whether there is a network for a type: crops to train on, and to choose an epoch on."""
    rows = of_object_type(material.training, kind, categories)
    needs = ("train", "val") if len(categories) > 1 else ("train",)
    return bool(categories) and all(len(rows.rows(split)) for split in needs)


def _parts(scores: NDArray[np.float64], test: TestView, named: NDArray[np.bool_]) -> Parts:
    """``named`` [n]: whether some network was asked about the crop; else it is wrong."""
    hits = topk_hits(scores, test.category, 1, named).astype(np.float64)
    detected = test.manifest["detected_type"].to_numpy()
    true = test.manifest["object_type"].to_numpy()
    groups = {"top1": np.ones(len(hits), dtype=bool)}
    groups |= {f"top1, {name}": true == kind for kind, name in enumerate(OBJECT_TYPES)}
    groups["top1, detected type wrong"] = test.found & (detected != true)
    return {name: (hits * chosen, chosen.astype(np.float64)) for name, chosen in groups.items()}
