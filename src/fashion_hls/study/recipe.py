"""How a network is fine-tuned: rate, dropout, depth, backbone (paper §5.2.1), one at a time.

Here the pictures themselves are trained on, small and for few epochs, as nothing that is asked
about could be frozen beforehand. The network is Baseline STL's for categories.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd
import torch
from torch import Tensor
from tqdm import tqdm

from fashion_hls.classification.crops import Crops
from fashion_hls.classification.stl import SingleTask
from fashion_hls.classification.trunk import Trunk
from fashion_hls.errors import UserError
from fashion_hls.study.features import Features
from fashion_hls.study.heads import Workshop, judged_category
from fashion_hls.study.judge import Parts
from fashion_hls.study.material import Material

#: What is varied, in the order of the tables.
RATE, DROPOUT, DEPTH, BACKBONE = "learning rate", "dropout", "trained from", "backbone"


@dataclass(frozen=True)
class Recipe:
    """One way to fine-tune."""

    lr: float
    dropout: float
    trained_from: str
    backbone: str

    def named(self, what: str) -> str:
        """Its value of what is varied."""
        values = {
            RATE: f"{self.lr:g}",
            DROPOUT: f"{self.dropout:g}",
            DEPTH: self.trained_from or "everything",
            BACKBONE: self.backbone,
        }
        return values[what]


class Pictures(Features):
    """Crops in place of feature maps: uint8 [m, 3, s, s], given out as float32 in 0-1."""

    def of(self, manifest: pd.DataFrame) -> Callable[[Sequence[int]], Tensor]:
        """Row numbers of a manifest to its crops."""
        whole = super().of(manifest)
        return lambda chosen: whole(chosen).div_(255)


def pictures(
    manifest: pd.DataFrame, stores: dict[str, Path], *, size: int, threads: int
) -> Pictures:
    """All distinct crops of a manifest, of ``size`` pixels, in memory."""
    places = manifest[["store", "file"]].drop_duplicates()
    crops = Crops(places, stores, size=size, threads=threads)
    return Pictures(crops.whole(), places)


def recipes(
    base: Recipe,
    *,
    rates: Sequence[float],
    dropouts: Sequence[float],
    cuts: Sequence[str],
    backbones: Sequence[str],
) -> dict[str, list[Recipe]]:
    """What is varied -> the ways to compare, the base first."""
    varied: dict[str, list[Recipe]] = {
        RATE: [replace(base, lr=value) for value in rates],
        DROPOUT: [replace(base, dropout=value) for value in dropouts],
        DEPTH: [replace(base, trained_from=value) for value in cuts],
        BACKBONE: [replace(base, backbone=value) for value in backbones],
    }
    return {what: list(dict.fromkeys([base, *ways])) for what, ways in varied.items()}


Found = dict[str, dict[str, dict[str, list[Parts]]]]


def study_recipe(
    material: Material, shop: Workshop, ways: dict[str, list[Recipe]], seeds: range
) -> Found:
    """Train and judge every way once a seed; the base is shared by all tables.

    Args:
        material: on :func:`pictures`.
        shop: the run's recipe with the study's budget.
        ways: from :func:`recipes`.
        seeds: of the trainings.

    Returns:
        By protocol, what is varied and its value, the parts of each seed.

    Raises:
        UserError: a backbone has no such part to train from, or its weights cannot be fetched.
    """
    found: Found = {view: {what: {} for what in ways} for view in material.tests}
    every = list(dict.fromkeys(way for several in ways.values() for way in several))
    for way in every:
        _trunk(way)  # a cut that a backbone lacks ends the study here, before anything is trained
    for seed in tqdm(seeds, desc="recipe", unit="seed"):
        judged: dict[Recipe, dict[str, Parts]] = {}
        for way in every:
            network = _trained(material, shop, way, seed)
            judged[way] = {
                view: judged_category(network, test, test.types())[0]
                for view, test in material.tests.items()
            }
        for view in material.tests:
            for what, several in ways.items():
                for way in several:
                    rows = found[view][what].setdefault(way.named(what), [])
                    rows.append(judged[way][view])
    return found


def _trained(material: Material, shop: Workshop, way: Recipe, seed: int) -> SingleTask:
    torch.manual_seed(seed)
    network = SingleTask(
        _trunk(way),
        outputs=material.categories,
        dropout=way.dropout,
    )
    own = replace(shop, options=shop.options.model_copy(update={"lr": way.lr}))
    name = f"{way.backbone} {way.trained_from} {way.lr:g} {way.dropout:g}"
    own.trainer(material.training, seed, name).category(network)
    return network


def _trunk(way: Recipe) -> Trunk:
    try:
        return Trunk(way.backbone, pretrained=True, trained_from=way.trained_from)
    except UserError as error:
        raise UserError(f"study.recipe.cuts, study.backbones: {error}") from error
