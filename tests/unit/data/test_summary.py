import json

import pandas as pd
import pytest

from fashion_hls.data.quality import Quality
from fashion_hls.data.records import DetectionSet, Vocabulary
from fashion_hls.data.summary import balanced, benchmark_counts, category_counts, detection_counts
from fashion_hls.taxonomy import FULL, LOWER, UPPER


@pytest.fixture
def data() -> DetectionSet:
    """Train: 6 upper, 4 lower, 2 full over 8 images. Test: one of upper and full. No val."""
    rows = [
        *[("train", [UPPER, LOWER])] * 4,
        *[("train", [UPPER])] * 2,
        *[("train", [FULL])] * 2,
        ("test", [UPPER, FULL]),
    ]
    images = pd.DataFrame(
        [(i, f"{i}.jpg", 9, 9, split) for i, (split, _) in enumerate(rows)],
        columns=["image_id", "file", "width", "height", "split"],
    )
    names = {UPPER: "shirt", LOWER: "jeans", FULL: "dress"}
    objects = pd.DataFrame(
        [
            (i, label, 0.0, 0.0, 5.0, 5.0, names[label])
            for i, (_, ls) in enumerate(rows)
            for label in ls
        ],
        columns=["image_id", "label", "x1", "y1", "x2", "y2", "category"],
    )
    return DetectionSet(images=images, objects=objects, quality=Quality(), read=lambda _: b"")


def test_counts_and_imbalance_by_hand(data: DetectionSet) -> None:
    train = detection_counts(data.images, data.objects)["train"]
    assert (train["images"], train["objects"]) == (8, 12)
    assert train["objects_per_type"] == {
        "upper-body": 6,
        "lower-body": 4,
        "full-body": 2,
        "footwear": 0,
    }
    # Footwear does not occur in the dataset at all and is no label of it.
    assert train["ir_images"] == {"upper-body": 1.0, "lower-body": 1.5, "full-body": 3.0}
    assert train["mean_ir_objects"] == pytest.approx((1 + 1.5 + 3) / 3)
    assert train["mean_ir_images"] == pytest.approx((1 + 1.5 + 3) / 3)
    pair = 1 - (1 * 1.5) ** 0.5 / 1.25
    assert train["scumble_reference"] == pytest.approx(4 / 8 * pair)
    assert train["scumble_printed"] > train["scumble_reference"]


def test_a_split_without_images_has_counts_alone_and_all_is_json(data: DetectionSet) -> None:
    out = detection_counts(data.images, data.objects)
    assert out["val"]["images"] == out["val"]["objects"] == 0
    assert "mean_ir_images" not in out["val"]
    # Lower-body occurs in train alone; as a label of the dataset it counts in test, with IR 0.
    assert out["test"]["ir_images"] == {"upper-body": 1.0, "lower-body": 0.0, "full-body": 1.0}
    json.dumps(out, allow_nan=False)


def test_balancing_reaches_targets_and_leaves_other_splits_whole(data: DetectionSet) -> None:
    images, objects = balanced(data, {"train": 2, "val": None, "test": None}, seed=0)
    assert set(objects["image_id"]) == set(images["image_id"])
    out = detection_counts(images, objects)
    assert list(out["train"]["objects_per_type"].values()) == [2, 2, 2, 0]
    assert out["test"]["objects"] == 2
    # An image is kept with all of its objects.
    kept = data.objects[data.objects["image_id"].isin(images["image_id"])]
    assert len(kept) == len(objects)
    assert images.index.tolist() == list(range(len(images)))


def test_a_target_for_a_split_without_images_is_no_mistake(data: DetectionSet) -> None:
    images, _ = balanced(data, {"train": 2, "val": 5}, seed=0)
    assert "val" not in set(images["split"])


def test_categories_are_counted_by_type_and_split(data: DetectionSet) -> None:
    counts = category_counts(data.images, data.objects)
    assert counts["upper-body"] == {"shirt": {"train": 6, "val": 0, "test": 1}}
    assert counts["full-body"] == {"dress": {"train": 2, "val": 0, "test": 1}}
    assert counts["footwear"] == {}


def test_one_category_under_two_types_is_counted_under_each(data: DetectionSet) -> None:
    objects = data.objects.assign(category="garment")
    counts = category_counts(data.images, objects)
    assert counts["lower-body"]["garment"]["train"] == 4
    assert counts["upper-body"]["garment"]["train"] == 6


def test_benchmark_counts_by_hand() -> None:
    images = pd.DataFrame(
        {
            "split": ["train", "train", "test"],
            "category": [0, 0, 2],
            "attributes": [[0, 1], [0], []],
        }
    )
    vocabulary = Vocabulary(
        categories=["Dress", "Cape", "Jeans"],
        category_types=[2, 0, 1],
        attributes=["red", "long"],
        attribute_groups=["colour", "length"],
    )
    out = benchmark_counts(images, vocabulary)
    assert out["images_per_split"] == {"train": 2, "val": 0, "test": 1}
    assert out["images_per_category"] == {"Dress": 2, "Cape": 0, "Jeans": 1}
    assert out["images_per_attribute"] == {"red": 2, "long": 1}
    assert (out["images"], out["attribute_positives"]) == (3, 3)
    # Of the categories only those that occur; their ratios are 1 and 2.
    assert out["category_mean_ir"] == out["attribute_mean_ir"] == pytest.approx(1.5)
