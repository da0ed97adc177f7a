import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fashion_hls.metrics.coco import XYXY, coco_evaluate, coco_precision
from fashion_hls.metrics.diagnostics import (
    ERRORS,
    best_f1,
    confusion,
    confusion_rows,
    image_errors,
    judge,
    match,
    precision_recall,
    summary,
)

NAMES = ["upper", "lower", "full"]
COLUMNS = ["image_id", "label", *XYXY]
A, B, C = (0.0, 0.0, 100.0, 100.0), (200.0, 0.0, 300.0, 100.0), (0.0, 200.0, 40.0, 240.0)


def photos(count):
    return pd.DataFrame({"image_id": range(count), "width": 300, "height": 300})


def objects(*rows):
    table = pd.DataFrame([(i, label, *box) for i, label, box in rows], columns=COLUMNS)
    return table.astype({"image_id": int, "label": int} | dict.fromkeys(XYXY, float))


def found(*rows):
    table = objects(*(row[:3] for row in rows))
    return table.assign(score=np.array([row[3] for row in rows], dtype=float))


def judged(truth, detections, min_score=0.5):
    return judge(truth, detections, types=len(NAMES), min_score=min_score)


TRUTH = objects((0, 0, A), (0, 1, B), (1, 1, C))
NOTHING = found()


@st.composite
def drawn(draw):
    """Objects and detections of a few photos on a coarse grid, so that many overlap and tie."""
    corner, side, image = st.integers(0, 3), st.integers(1, 3), st.integers(0, 2)
    label, score = st.integers(0, len(NAMES) - 1), st.sampled_from([0.2, 0.5, 0.6, 0.9])

    def rows(*more):
        one = st.tuples(image, label, corner, corner, side, side, *more)
        return [
            (i, lab, (x * 20.0, y * 20.0, (x + w) * 20.0, (y + h) * 20.0), *rest)
            for i, lab, x, y, w, h, *rest in draw(st.lists(one, max_size=8))
        ]

    return objects(*rows()), found(*rows(score))


def test_a_perfect_detector_is_all_diagonal():
    one = judged(TRUTH, TRUTH.assign(score=0.9))
    assert confusion(one).tolist() == [[1, 0, 0, 0], [0, 2, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]
    assert image_errors(photos(2), one)["errors"].tolist() == [0, 0]
    best = best_f1(TRUTH, TRUTH.assign(score=0.9), NAMES)
    perfect = {"threshold": 0.9, "precision": 1.0, "recall": 1.0, "F1": 1.0}
    assert best == {"upper": perfect, "lower": perfect, "full": dict.fromkeys(perfect)}


def test_shifted_labels_are_mistaken_not_missed():
    shifted = TRUTH.assign(score=0.9, label=(TRUTH["label"] + 1) % 3)
    one = judged(TRUTH, shifted)
    assert confusion(one).tolist() == [[0, 1, 0, 0], [0, 0, 2, 0], [0, 0, 0, 0], [0, 0, 0, 0]]
    assert image_errors(photos(2), one)["mistaken"].tolist() == [2, 1]
    assert best_f1(TRUTH, shifted, NAMES)["lower"]["F1"] == 0.0


def test_nothing_detected_is_all_missed():
    one = judged(TRUTH, NOTHING)
    assert confusion(one)[:, -1].tolist() == [1, 2, 0, 0] and confusion(one).sum() == 3
    worst = image_errors(photos(3), one)
    assert worst[["image_id", *ERRORS]].to_numpy().tolist() == [
        [0, 2, 0, 0],
        [1, 1, 0, 0],
        [2, 0, 0, 0],
    ]
    nothing = {"threshold": None, "precision": None, "recall": 0.0, "F1": 0.0}
    assert best_f1(TRUTH, NOTHING, NAMES)["upper"] == nothing
    curves = pd.DataFrame(precision_recall(photos(3), TRUTH, NOTHING, NAMES))
    assert set(curves["type"]) == {"upper", "lower"} and curves["precision"].eq(0).all()


def test_an_empty_test_split_has_an_empty_matrix():
    """What predict_all gives without photos has no integers in it."""
    empty = NOTHING.astype({"image_id": float, "label": float})
    assert confusion(judged(objects().astype({"label": float}), empty)).sum() == 0


def test_the_higher_score_takes_the_object_and_the_other_is_false_again():
    twice = found((0, 0, A, 0.6), (0, 2, A, 0.9), (0, 1, C, 0.7), (0, 0, A, 0.4))
    one = judged(objects((0, 0, A)), twice)
    assert confusion(one)[0].tolist() == [0, 0, 1, 0]
    assert confusion(one)[-1].tolist() == [1, 1, 0, 0]
    assert one.detections["again"].tolist() == [True, False, False]
    assert len(one.detections) == 3, "the one below min_score does not count"


def test_a_detection_takes_the_object_that_it_overlaps_most():
    shifted = (0.0, 0.0, 100.0, 80.0)
    one = judged(objects((0, 0, shifted), (0, 1, A)), found((0, 1, A, 0.9), (0, 0, A, 0.8)))
    assert one.objects["seen_as"].tolist() == [0, 1]


@pytest.mark.parametrize(("height", "seen_as"), [(50.0, 0), (49.9, len(NAMES))])
def test_half_an_overlap_is_enough(height, seen_as):
    one = judged(objects((0, 0, A)), found((0, 0, (0.0, 0.0, 100.0, height), 0.9)))
    assert one.objects["seen_as"].tolist() == [seen_as]


def test_boxes_of_other_photos_do_not_match():
    assert confusion(judged(objects((0, 0, A)), found((1, 0, A, 0.9)))).trace() == 0


def test_min_score_itself_counts():
    assert len(judged(TRUTH, found((0, 0, A, 0.5)), min_score=0.5).detections) == 1


@given(drawn())
def test_rows_sum_to_objects_and_columns_to_counted_detections(tables):
    truth, detections = tables
    one = judged(truth, detections)
    matrix = confusion(one)
    labels = range(len(NAMES))
    assert matrix[:-1].sum(axis=1).tolist() == [(truth["label"] == k).sum() for k in labels]
    counted = detections[detections["score"] >= 0.5]
    assert matrix[:, :-1].sum(axis=0).tolist() == [(counted["label"] == k).sum() for k in labels]
    assert matrix[-1, -1] == 0
    errors = image_errors(photos(3), one)
    assert errors["errors"].sum() == matrix.sum() - matrix.trace()
    assert len(errors) == 3 and errors["errors"].is_monotonic_decreasing
    assert sum(row["count"] for row in confusion_rows(matrix, NAMES)) == matrix.sum()


@given(drawn())
def test_matching_within_a_type_is_cocos(tables):
    """At most 100 detections a photo, so AR at IoU 0.5 counts every object that was found."""
    truth, detections = tables
    taken, near = match(truth, detections, ["image_id", "label"])
    hits = taken[taken >= 0]
    assert len(set(hits)) == len(hits) and near[taken >= 0].all()
    precision = coco_precision(photos(3), truth, detections, NAMES)[0]
    for label in range(len(NAMES)):
        number = (truth["label"] == label).sum()
        if number:
            right = (truth["label"].to_numpy()[hits] == label).sum()
            reached = np.flatnonzero(precision[:, label] > 0).max(initial=-1)
            assert reached == (int(100 * right / number + 1e-9) if right else -1)


@given(drawn())
def test_best_f1_is_the_best_of_all_thresholds(tables):
    truth, detections = tables
    best = best_f1(truth, detections, NAMES)
    for label, name in enumerate(NAMES):
        mine = truth[truth["label"] == label]
        tried = []
        for threshold in sorted(set(detections["score"]), reverse=True):
            part = detections[(detections["label"] == label) & (detections["score"] >= threshold)]
            taken, _ = match(mine, part, ["image_id"])
            tried.append(2 * (taken >= 0).sum() / max(1, len(part) + len(mine)))
        if len(mine):
            assert best[name]["F1"] == pytest.approx(max(tried, default=0.0))
        else:
            assert best[name]["F1"] is None


def test_curves_have_cocos_average_precision():
    rng = np.random.default_rng(0)
    corner = rng.uniform(0, 150, (40, 2))
    boxes = np.hstack([corner, corner + rng.uniform(40, 140, (40, 2))])
    rows = [(k % 8, k % 2, tuple(box)) for k, box in enumerate(boxes)]
    truth = objects(*rows)
    moved = [(i, k, tuple(np.add(b, rng.normal(0, 9, 4))), rng.uniform()) for i, k, b in rows * 2]
    tables = (photos(8), truth, found(*moved), NAMES)
    curves = pd.DataFrame(precision_recall(*tables))
    assert set(curves["IoU"]) == {0.5, 0.75} and curves["recall"].nunique() == 101
    expected = coco_evaluate(*tables)
    means = curves.groupby(["IoU", "type"])["precision"].mean()
    for name in NAMES[:2]:
        assert means[0.5, name] == pytest.approx(expected["per_class"][name]["AP50"])
    assert means[0.75].mean() == pytest.approx(expected["AP75"])
    assert (0.5, "full") not in means, "a type without objects has no curve"


@pytest.mark.parametrize(
    ("count", "truth", "detections"),
    [
        (0, TRUTH[:0], NOTHING),
        (2, TRUTH[:0], NOTHING),
        (2, TRUTH[:0], TRUTH.assign(score=0.9)),
        (2, TRUTH, NOTHING),
    ],
    ids=["no photos", "no boxes", "no truth", "nothing detected"],
)
def test_of_nothing_there_are_numbers_that_json_takes(count, truth, detections):
    one = judged(truth, detections)
    figures = summary(truth, detections, NAMES, one, min_score=0.5)
    json.dumps(figures, allow_nan=False)
    json.dumps(precision_recall(photos(count), truth, detections, NAMES), allow_nan=False)
    assert figures["missed"] == len(truth) and figures["false"] == len(detections)
    assert len(image_errors(photos(count), one)) == count


def test_objects_are_counted_by_size():
    figures = summary(TRUTH, NOTHING, NAMES, judged(TRUTH, NOTHING), min_score=0.5)
    assert figures["objects_by_size"] == {"small": 0, "medium": 1, "large": 2}
    at_limits = objects((0, 0, (0.0, 0.0, 32.0, 32.0)), (0, 0, (0.0, 0.0, 96.0, 96.0)))
    one = judged(at_limits, NOTHING)
    sizes = summary(at_limits, NOTHING, NAMES, one, min_score=0.5)["objects_by_size"]
    assert sizes == {"small": 0, "medium": 1, "large": 1}
