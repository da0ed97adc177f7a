"""What the classification stages do with bad input: count it, or refuse it in one line."""

import json

import pandas as pd
import pytest

from fashion_hls.data.cropping import small_crops
from fashion_hls.data.store import write_table

CATEGORIES, ATTRIBUTES, SIDE = ["Tee", "Jeans", "Dress"], ["red", "blue", "long", "short"], 32


def test_a_lone_category_an_attribute_never_trained_and_a_tiny_crop_are_counted(
    project,
) -> None:
    project.vocabulary(CATEGORIES, [*ATTRIBUTES, "torn"])
    project.run("train_classifier")
    project.run("evaluate_classifier")
    assert project.figures()["unsupported_labels"] == {
        "categories": {
            "never_in_training": {"count": 0, "images": {}},
            "never_in_test": {"count": 1, "images": {"Dress": 1}},
        },
        "attributes": {
            "never_in_training": {"count": 2, "images": {"short": 1, "torn": 0}},
            "never_in_test": {"count": 1, "images": {"torn": 0}},
        },
    }
    path = project.folder / "metrics/sample/classifier_plots/stl.json"
    rows = json.loads(path.read_text())["end_to_end"]
    # "short" is judged on the test image that has it; of "torn" there is nothing to recall.
    assert {row["attribute"]: row["images"] for row in rows["attributes"]} == {
        "red": 1, "blue": 1, "long": 3, "short": 1,
    }  # fmt: skip
    assert {row["category"] for row in rows["categories"] if row["images"]} == {"Tee", "Jeans"}
    counts = small_crops(project.manifest, project.images)
    assert counts["shorter_side_below"] == 8
    assert counts["by_view"]["retained"] == {"crops": 16, "small": 1, "least": 3}
    assert counts["by_view"]["whole_image"] == {"crops": 16, "small": 0, "least": SIDE}


def test_a_split_in_which_nothing_was_found_is_judged_as_wrong(project) -> None:
    manifest = project.manifest
    hidden = (manifest["split"] == "test") & (manifest["view"] != "whole_image")
    manifest.loc[hidden, "found"] = False
    project.manifest = manifest[~(hidden & (manifest["view"] == "retained"))]
    project.write()
    project.run("train_classifier")
    project.run("evaluate_classifier")
    protocols = project.figures()["protocols"]
    assert set(protocols) == {"end_to_end", "gt_box", "whole_image"}
    assert protocols["end_to_end"]["category"]["top5"]["value"] == 0
    assert protocols["end_to_end"]["consistency"]["unseen@1"]["value"] is None


@pytest.mark.parametrize(
    ("split", "message"),
    [
        ("train", "train.views: no train crop of retained, whole_image"),
        ("val", "train.views: no val crop of retained, whole_image"),
        ("test", "data/crops/manifest.parquet: no test image; give the split some"),
    ],
)
def test_an_empty_split_is_refused_before_training(project, split: str, message: str) -> None:
    project.manifest = project.manifest[project.manifest["split"] != split]
    project.write()
    assert message in project.refused("train_classifier")


WRONG = {
    "large": ("category", 7, "category 7: the vocabulary has 0 to 2 (1 such labels)"),
    "negative": ("category", -1, "category -1: the vocabulary has 0 to 2"),
    "type": ("object_type", 4, "object_type 4: the vocabulary has 0 to 3"),
    "detected": ("detected_type", 9, "detected_type 9: the vocabulary has 0 to 4"),
    "attribute": ("attributes", [0, 9], "attribute 9: the vocabulary has 0 to 3"),
    "negative attribute": ("attributes", [-1], "attribute -1: the vocabulary has 0 to 3"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_label_outside_the_vocabulary_is_refused(project, case: str) -> None:
    column, label, message = WRONG[case]
    project.manifest.at[3, column] = label
    project.write()
    assert f"data/crops/manifest.parquet: row 4: {message}" in project.refused("train_classifier")


@pytest.mark.parametrize("split", ["train", "val"])
def test_a_split_without_any_attribute_is_refused(project, split: str) -> None:
    rows = zip(project.manifest["split"], project.manifest["attributes"], strict=True)
    project.manifest["attributes"] = [[] if own == split else labels for own, labels in rows]
    project.write()
    assert f"no {split} crop has an attribute" in project.refused("train_classifier")


def predictions(project, **changed: object) -> None:
    rows = project.manifest[project.manifest["split"] == "test"]
    table = rows[["image_id", "view", "found"]].reset_index(drop=True)
    table["category_scores"] = [[0.2, 0.7, 0.1]] * len(table)
    table["attribute_scores"] = [[0.2, 0.7, 0.1, 0.4]] * len(table)
    for column, value in changed.items():
        table.at[1, column] = value
    write_table(project.folder / "predictions/classifier/stl.parquet", table)


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("category_scores", [0.5, 0.5], "category_scores: 3 finite numbers are needed"),
        ("attribute_scores", [0.1] * 5, "attribute_scores: 4 finite numbers are needed"),
        ("attribute_scores", [float("nan")] * 4, "attribute_scores: 4 finite numbers are needed"),
        ("image_id", 0, "image 0 is none of the split (1 such rows)"),
    ],
)
def test_predictions_over_other_labels_or_images_are_refused(
    project, column: str, value: object, message: str
) -> None:
    predictions(project, **{column: value})
    expected = f"predictions/classifier/stl.parquet: row 2: {message}"
    assert expected in project.refused("evaluate_classifier")


def test_no_prediction_is_no_figure(project) -> None:
    predictions(project)
    path = project.folder / "predictions/classifier/stl.parquet"
    write_table(path, pd.read_parquet(path).iloc[:0])
    assert "holds no predictions: the split has no image" in project.refused("evaluate_classifier")
    assert not (project.folder / "metrics/sample/classifier/stl.json").exists()
