import pandas as pd
import pytest

from fashion_hls.detection.retention import retention_figures, views
from fashion_hls.taxonomy import FOOTWEAR, LOWER, NO_TYPE, UPPER

NAN = float("nan")
BOX = ["box_x1", "box_y1", "box_x2", "box_y2"]


@pytest.fixture
def images() -> pd.DataFrame:
    rows = [
        # image 1: right type found; 2: only another type; 3: weak only; 4: nothing
        (1, "test", 100, 80, UPPER, 0, [0], 10, 10, 50, 50),
        (2, "test", 100, 80, LOWER, 1, [1], 10, 10, 50, 50),
        (3, "train", 100, 80, UPPER, 0, [], NAN, NAN, NAN, NAN),
        (4, "test", 100, 80, LOWER, 1, [0, 1], NAN, NAN, NAN, NAN),
    ]
    columns = ["image_id", "split", "width", "height", "object_type", "category", "attributes"]
    return pd.DataFrame(rows, columns=[*columns, *BOX])


@pytest.fixture
def detections() -> pd.DataFrame:
    rows = [
        (1, LOWER, 0.9, 0, 40, 60, 80),
        (1, UPPER, 0.8, 10, 10, 50, 50),
        (1, UPPER, 0.6, 0, 0, 5, 5),
        (2, FOOTWEAR, 0.7, 0, 60, 20, 80),
        (3, UPPER, 0.3, 0, 0, 20, 20),
    ]
    return pd.DataFrame(rows, columns=["image_id", "label", "score", "x1", "y1", "x2", "y2"])


def row(table: pd.DataFrame, view: str, image_id: int) -> pd.Series:
    found = table[(table["view"] == view) & (table["image_id"] == image_id)]
    assert len(found) == 1
    return found.iloc[0]


def test_retained_is_the_best_detection_of_the_labels_type(images, detections) -> None:
    table = views(images, detections, min_score=0.5)
    assert table[table["view"] == "retained"]["image_id"].tolist() == [1]
    kept = row(table, "retained", 1)
    assert (kept["x1"], kept["score"], kept["detected_type"]) == (10, 0.8, UPPER)


def test_end_to_end_takes_the_best_of_any_type_and_keeps_every_image(images, detections) -> None:
    table = views(images, detections, min_score=0.5)
    whole = table[table["view"] == "end_to_end"]
    assert whole["image_id"].tolist() == [1, 2, 3, 4]
    assert whole["found"].tolist() == [True, True, False, False]
    assert whole["detected_type"].tolist() == [LOWER, FOOTWEAR, NO_TYPE, NO_TYPE]


def test_own_boxes_share_the_type_of_the_detection_that_overlaps(images, detections) -> None:
    table = views(images, detections, min_score=0.5)
    assert table[table["view"] == "gt_box"]["image_id"].tolist() == [1, 2]
    assert row(table, "gt_box", 1)["detected_type"] == UPPER
    assert row(table, "gt_box", 2)["detected_type"] == NO_TYPE


def test_whole_images_are_always_there(images, detections) -> None:
    table = views(images, detections, min_score=0.5)
    whole = table[table["view"] == "whole_image"]
    assert whole["found"].all() and len(whole) == 4
    assert whole.iloc[0][["x1", "y1", "x2", "y2"]].tolist() == [0, 0, 100, 80]


def test_no_label_of_an_image_changes_what_it_shares_except_by_selection(
    images, detections
) -> None:
    table = views(images, detections, min_score=0.5)
    other = images.assign(object_type=images["object_type"].to_numpy()[::-1])
    again = views(other, detections, min_score=0.5)
    for view in ("end_to_end", "gt_box", "whole_image"):
        first, second = table[table["view"] == view], again[again["view"] == view]
        assert first["detected_type"].tolist() == second["detected_type"].tolist()


def test_every_lost_image_has_its_reason(images, detections) -> None:
    table = views(images, detections, min_score=0.5)
    figures = retention_figures(images, detections, table, ["a", "b"])
    assert figures["overall"] == {"images": 4, "retained": 1, "rate": 0.25}
    lost = figures["lost"]
    assert (lost["no_detection"], lost["low_score"], lost["other_type"]) == (1, 1, 1)
    assert lost["other_type_pairs"] == {"lower-body seen as footwear": 1}
    assert figures["by_type"]["upper-body"]["rate"] == 0.5
    assert figures["by_category"]["b"] == {"images": 2, "retained": 0, "rate": 0.0}
    assert figures["box_audit"]["images"] == 1
    assert figures["box_audit"]["mean_iou"] == 1.0


def test_nothing_detected_at_all(images, detections) -> None:
    empty = detections.iloc[:0]
    table = views(images, empty, min_score=0.5)
    assert set(table["view"]) == {"end_to_end", "gt_box", "whole_image"}
    figures = retention_figures(images, empty, table, ["a", "b"])
    assert figures["lost"]["no_detection"] == 4
    assert figures["box_audit"] is None
