import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image
from torch import Tensor

from fashion_hls.classification.build import Classifier, Scores
from fashion_hls.data.images import ImageWriter
from fashion_hls.data.records import Vocabulary
from fashion_hls.explain.attention import STEPS, gallery_rows, has_attention
from fashion_hls.explain.gallery import SIDE, overlay
from fashion_hls.explain.method import Explained, rows_of
from fashion_hls.metrics.protocols import IN_USE
from fashion_hls.report.sheet import CAPTION

SIZE, N = 32, 6
VOCABULARY = Vocabulary(
    categories=["Dress", "Boots"],
    category_types=[2, 3],
    attributes=["red", "blue", "suede", "long"],
    attribute_groups=["colour", "colour", "fabric", "length"],
)


class Looks(Classifier):
    """Sure of a dress where the upper left quarter is bright, and looks there or elsewhere."""

    def __init__(self, *, there: bool) -> None:
        super().__init__()
        self.there = there

    def scores(self, images: Tensor, object_type: Tensor) -> Scores:
        bright = images[:, :, : SIZE // 2, : SIZE // 2].mean(dim=(1, 2, 3))
        category = torch.stack([bright, 1 - bright], dim=1)
        attributes = torch.stack([bright, bright / 2, 1 - bright, bright / 3], dim=1)
        weights = torch.full((len(images), 2, 4, 4), 0.0 if self.there else 1 / 12)
        weights[:, :, :2, :2] = 0.25 if self.there else 0.0
        return Scores(category, attributes, weights)


class Blind(Looks):
    def scores(self, images: Tensor, object_type: Tensor) -> Scores:
        return super().scores(images, object_type)._replace(attention=None)


@pytest.fixture
def explained(tmp_path: Path) -> Explained:
    """Crops that are white in the upper left quarter and black elsewhere."""
    pixels = np.zeros((SIZE, SIZE, 3), np.uint8)
    pixels[: SIZE // 2, : SIZE // 2] = 255
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    with ImageWriter(tmp_path / "crops.zip") as writer:
        for number in range(N):
            writer.add(f"{number}.png", out.getvalue())
    manifest = pd.DataFrame(
        {"image_id": range(N), "view": IN_USE, "found": True, "detected_type": 2, "store": "crops",
         "split": ["test"] * (N - 1) + ["train"], "category": [0, 0, 1, 0, 0, 0]}
    )  # fmt: skip
    manifest["file"] = [f"{number}.png" for number in range(N)]
    manifest["attributes"] = [[0, 3]] * N
    predictions = pd.DataFrame({"image_id": range(N), "view": IN_USE})
    predictions["category_scores"] = list(np.tile([0.9, 0.1], (N, 1)))
    predictions["attribute_scores"] = list(np.tile([0.9, 0.8, 0.1, 0.7], (N, 1)))
    return Explained(
        classifier=Looks(there=True).eval(),
        rows=rows_of(manifest, predictions, "test"),
        stores={"crops": tmp_path / "crops.zip"},
        size=SIZE,
        vocabulary=VOCABULARY,
        seen=np.array([[True, True, False, True], [True] * 4]),
    )


def judged(explained: Explained) -> dict:
    return explained.judged(seed=0, draws=50, level=0.95, threads=1)


def test_attention_where_the_score_comes_from_beats_chance(explained: Explained) -> None:
    figures = judged(explained)
    assert figures["images"] == N - 1
    for step in STEPS:
        deletion, insertion = (
            figures["attention"][step][kind] for kind in ("deletion", "insertion")
        )
        assert deletion["random"]["high"] < 0 < insertion["random"]["low"]
        # It looks at the same place on every crop, so the mean of all maps does as well.
        for kind in (deletion, insertion):
            assert kind["mean_map"]["difference"] == pytest.approx(0)
    assert figures == judged(explained)


def test_attention_elsewhere_does_worse_than_chance(explained: Explained) -> None:
    object.__setattr__(explained, "classifier", Looks(there=False).eval())
    deletion = judged(explained)["attention"]["category"]["deletion"]
    assert deletion["random"]["low"] > 0


def test_whether_a_method_has_attention_is_asked() -> None:
    assert has_attention(Looks(there=True), SIZE) and not has_attention(Blind(there=True), SIZE)


def test_rows_are_of_the_split_and_in_the_order_of_their_ids(explained: Explained) -> None:
    assert explained.rows["image_id"].tolist() == list(range(N - 1))


def test_a_gallery_has_a_row_of_three_for_each_crop(explained: Explained) -> None:
    galleries = dict(explained.galleries())
    # All are seen as dresses; the third is none.
    assert list(galleries) == ["wrong", "right"]
    for rule, rows in (("wrong", 1), ("right", 4)):
        size = Image.open(io.BytesIO(galleries[rule])).size
        assert size == (3 * SIDE, rows * (SIDE + CAPTION))


def test_rules_choose_the_most_confident_and_none_twice() -> None:
    category_scores = np.array([[0.6, 0.4], [0.9, 0.1], [0.2, 0.8], [0.7, 0.3], [0.55, 0.45]])
    attribute_scores = np.tile([0.9, 0.8, 0.7, 0.1], (5, 1))
    attribute_scores[3] = [0.9, 0.8, 0.1, 0.7]
    seen = np.array([[True, True, True, False], [True] * 4])
    chosen = gallery_rows(
        category_scores, attribute_scores, np.array([0, 0, 0, 0, 1]), seen, each=2
    )
    assert chosen == {"incompatible": [3], "wrong": [2, 4], "right": [1, 0]}
    # What one rule has no room for is left to the next.
    seen[0] = False
    chosen = gallery_rows(
        category_scores, attribute_scores, np.array([0, 0, 0, 0, 1]), seen, each=2
    )
    assert chosen == {"incompatible": [1, 3], "wrong": [2, 4], "right": [0]}


def test_the_map_is_brightest_where_its_weight_is_highest() -> None:
    weights = np.zeros((4, 4), np.float32)
    weights[3, 0] = 1
    drawn = np.asarray(overlay(Image.new("RGB", (64, 64)), weights)).sum(axis=2)
    assert np.unravel_index(drawn.argmax(), drawn.shape) >= (40, 0)
    assert drawn[60, 4] > 2 * drawn[4, 60]
    flat = np.asarray(overlay(Image.new("RGB", (8, 8)), np.zeros((2, 2), np.float32)))
    assert len(np.unique(flat.reshape(-1, 3), axis=0)) == 1
