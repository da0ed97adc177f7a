"""Each study on made-up maps where its answer is known."""

import dataclasses

import pytest
import torch

from fashion_hls.classification.trunk import Trunk
from fashion_hls.study import recipe
from fashion_hls.study.judge import judge
from fashion_hls.study.label_sharing import how_often_right, study_sharing
from fashion_hls.study.losses import MULTI, PAPER, SINGLE, study_losses
from fashion_hls.study.material import soft_types
from fashion_hls.study.object_types import ALL, BY_DETECTION, BY_TRUTH, ROWS, study_types

from .conftest import CATEGORY_TYPES, Nowhere, on

OPTIONS = {"seed": 0, "draws": 50, "level": 0.95}


def blind(features):
    """The same crops with nothing to see."""
    features.maps = torch.zeros_like(features.maps)
    return features


@pytest.fixture
def soft(material):
    """A detector that is certain of what it detected."""

    def told(manifest):
        detections = manifest[["image_id"]].assign(label=manifest["detected_type"], score=1.0)
        return soft_types(manifest, detections)

    tests = {view: told(test.manifest[test.found]) for view, test in material.tests.items()}
    return tests | {"training": told(material.training.manifest)}


def test_with_nothing_to_see_only_a_shared_label_helps(material, features, shop, soft) -> None:
    features = blind(features).pooled()
    types, attributes = study_sharing(on(material, features), features, shop, soft, range(1))
    found = judge(types["end_to_end"], "none", **OPTIONS)
    chance = found["none"]["top1"]["value"]
    # The type leaves two of four categories; detected, it is right nine times in ten.
    assert chance <= 0.3
    assert found["predicted"]["top1"]["value"] >= 0.4
    assert found["soft"]["top1"]["value"] >= 0.4
    assert found["shuffled"]["top1"]["value"] <= 0.35
    assert (
        found["ground_truth / oracle"]["top1"]["value"]
        > found["ground_truth / predicted"]["top1"]["value"]
    )
    told = judge(attributes["end_to_end"], "none", **OPTIONS)
    assert told["ground_truth / oracle"]["recall@3"]["difference"] > 0.1
    assert told["shuffled"]["recall@3"]["difference"] < 0.1
    assert set(told) >= {"out_of_fold / predicted", "out_of_fold soft / soft"}


def test_how_often_the_detected_type_is_right(material) -> None:
    right = how_often_right(material)
    assert right["training"] == pytest.approx(54 / 60)
    # Of 40, 100 and 110 have no crop, 80, 90 a wrong type.
    assert right["end_to_end"] == pytest.approx(36 / 40) and right["retained"] == 1


def test_a_network_chosen_by_a_wrong_detection_is_always_wrong(material, features, shop) -> None:
    features = features.pooled()
    found = study_types(on(material, features), features, shop, CATEGORY_TYPES, range(1))
    rows = judge(found["end_to_end"], ALL, **OPTIONS)
    assert tuple(rows) == ROWS
    wrong = {row: one["top1, detected type wrong"]["value"] for row, one in rows.items()}
    assert wrong[BY_DETECTION] == 0 and wrong[BY_TRUTH] > 0.5 and wrong[ALL] > 0.5
    assert rows[ALL]["top1, footwear"]["value"] is None
    assert rows[BY_TRUTH]["top1, upper-body"]["value"] > 0.8
    # Two of forty test images have no crop, and count.
    assert rows[BY_TRUTH]["top1"]["value"] <= 38 / 40


@pytest.mark.parametrize(("method", "options"), [("stl_hls", SINGLE), ("mtl_rnn_va", MULTI)])
def test_every_option_is_trained_and_judged(material, features, shop, method, options) -> None:
    features = features.pooled() if method == "stl_hls" else features
    found = study_losses(on(material, features), features, shop, method, range(2))
    rows = judge(found["end_to_end"], PAPER, **OPTIONS)
    assert list(rows) == list(options)
    for row in rows.values():
        assert len(row["top1"]["seeds"]) == 2
        assert 0.4 < row["top1"]["value"] <= 0.95 and 0.4 < row["recall@3"]["value"] <= 0.95
        assert 0 <= row["unseen@3"]["value"] <= 1
    seeds = {name: [row[one]["seeds"] for one in row] for name, row in rows.items()}
    changed = [name for name in options if name != PAPER]
    # Both categories and attributes are nearly learnt here, so one option may change no rank.
    same = [name for name in changed if seeds[name] == seeds[PAPER]]
    assert len(same) <= 1, same


class Plain(Trunk):
    """A trunk small enough to fine-tune in a test; ``trained_from`` ``0`` trains all."""

    def __init__(self, name: str, *, pretrained: bool, trained_from: str) -> None:
        torch.nn.Module.__init__(self)
        assert pretrained and name in ("small", "other")
        self.net = torch.nn.Conv2d(3, 16, 3 if name == "small" else 1, padding="same")
        self.channels = 16
        self.requires_grad_(trained_from == "0")

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return torch.relu(self.net(images))

    def train(self, mode: bool = True) -> "Plain":
        return torch.nn.Module.train(self, mode)


def test_the_recipe_is_varied_one_at_a_time_and_its_base_trained_once(
    material, manifest, shop, monkeypatch
) -> None:
    monkeypatch.setattr(recipe, "Trunk", Plain)
    places = manifest.loc[manifest["found"], ["store", "file"]].drop_duplicates()
    number = places["file"].str.removesuffix(".png").astype(int).to_numpy()
    images = torch.zeros(len(places), 3, 4, 4, dtype=torch.uint8)
    images[:, 0] = torch.from_numpy(number % 4)[:, None, None] * 60
    images[:, 1] = (torch.from_numpy(number % 4)[:, None, None] == 1) * 200
    images[:, 2] = (torch.from_numpy(number % 4)[:, None, None] == 2) * 200
    trained: list[str] = []

    def savers(name: str) -> Nowhere:
        trained.append(name)
        return Nowhere()

    base = recipe.Recipe(0.02, 0.0, "0", "small")
    ways = recipe.recipes(
        base, rates=[1e-6], dropouts=[0.0, 0.5], cuts=["0", "1"], backbones=["small", "other"]
    )
    material = on(material, recipe.Pictures(images, places))
    assert material.training.crops([0, 1]).max() <= 1
    found = recipe.study_recipe(material, dataclasses.replace(shop, savers=savers), ways, range(2))[
        "end_to_end"
    ]
    assert {what: list(rows) for what, rows in found.items()} == {
        "learning rate": ["0.02", "1e-06"],
        "dropout": ["0", "0.5"],
        "trained from": ["0", "1"],
        "backbone": ["small", "other"],
    }
    assert len(trained) == len(set(trained)) == 5 * 2
    rows = judge(found["learning rate"], "0.02", **OPTIONS)
    assert rows["0.02"]["top1"]["value"] > rows["1e-06"]["top1"]["value"] + 0.2
