"""Impossible predictions against cases counted by hand."""

import numpy as np
import pytest

from fashion_hls.metrics.impossible import FIGURES, impossible

OPTIONS = {"seed": 0, "draws": 200, "level": 0.95}
#: Two categories; attributes 0 to 2 apply to the first, 2 and 3 to the second, 4 is not named.
APPLIES = np.array([[1, 1, 1, 0, 1], [0, 0, 1, 1, 1]], dtype=bool)
NAMED = np.array([1, 1, 1, 1, 0], dtype=bool)
#: The second image is taken for the first category.
CATEGORY_SCORES = np.array([[0.9, 0.1], [0.8, 0.2], [0.1, 0.9]])
CATEGORY = np.array([0, 1, 1])
SCORES = np.array(
    [
        [0.9, 0.8, 0.1, 0.7, 0.2],  # best three 0, 1, 3; sure 0, 1, 3
        [0.1, 0.2, 0.6, 0.9, 0.8],  # best three 3, 4, 2; sure 2, 3, 4
        [0.4, 0.3, 0.1, 0.2, 0.0],  # best three 0, 1, 3; sure of none
    ]
)
POSITIVES = np.array([[1, 0, 0, 1, 0], [0, 0, 0, 1, 1], [0, 0, 1, 0, 0]], dtype=bool)


def figures(found=(True, True, True), **change) -> dict:
    given = {"category_scores": CATEGORY_SCORES, "attribute_scores": SCORES} | change
    return impossible(
        **given, category=CATEGORY, positives=POSITIVES, found=np.array(found), applies=APPLIES,
        named=NAMED, **OPTIONS,
    )  # fmt: skip


#: (impossible, judged, left out) of each figure.
PREDICTED = {
    "best@1": (2, 3, 0),
    "best@3": (4, 8, 1),
    "best@5": (4, 12, 3),
    "at_threshold": (2, 5, 1),
}
TRUE = {"best@1": (1, 3, 0), "best@3": (3, 8, 1), "best@5": (5, 12, 3), "at_threshold": (1, 5, 1)}


@pytest.mark.parametrize(
    ("name", "expected"), [("predicted_category", PREDICTED), ("true_category", TRUE)]
)
def test_shares_are_those_counted_by_hand(name: str, expected: dict) -> None:
    report = figures()
    assert tuple(report[name]) == FIGURES == tuple(expected)
    for figure, (wrong, judged, left_out) in expected.items():
        one = report[name][figure]
        assert one["value"] == pytest.approx(wrong / judged)
        assert (one["judged"], one["left_out"]) == (judged, left_out)
        assert 0 <= one["low"] <= one["value"] <= one["high"] <= 1


def test_the_labels_break_the_taxonomy_as_often_as_counted() -> None:
    """Of four named labels, one: attribute 3 of the first image."""
    assert figures()["labels"] == {"value": 0.25, "judged": 4, "left_out": 1}


def test_an_image_without_a_crop_predicts_nothing() -> None:
    report = figures(found=(True, False, True))
    assert report["images"] == 2
    assert report["predicted_category"]["best@1"]["value"] == pytest.approx(1 / 2)
    assert report["labels"] == {"value": pytest.approx(1 / 3), "judged": 3, "left_out": 0}


def test_with_the_true_category_predicted_both_shares_are_equal() -> None:
    report = figures(category_scores=np.eye(2)[CATEGORY])
    assert report["predicted_category"] == report["true_category"]
    assert report["true_category"]["best@3"]["value"] == pytest.approx(3 / 8)


def test_where_nothing_is_judged_a_share_is_undefined() -> None:
    nothing = figures(attribute_scores=np.tile([0, 0, 0, 0, 0.4], (3, 1)))
    for figure in ("best@1", "at_threshold"):
        one = nothing["true_category"][figure]
        assert one["value"] is one["low"] is one["high"] is None
    assert nothing["true_category"]["best@1"]["left_out"] == 3
    report = figures(found=(False, False, False))
    assert report["images"] == 0 and report["labels"]["value"] is None
    assert report["predicted_category"]["best@5"]["value"] is None
