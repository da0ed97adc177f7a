import numpy as np
import pandas as pd
import pytest

from fashion_hls.boxes import iou
from fashion_hls.metrics.coco import FIGURES, INTERVAL_FIGURES, XYXY, coco_evaluate, coco_intervals

NAMES = ["upper", "lower", "full"]
COLUMNS = ["image_id", "label", *XYXY]


def photos(count):
    return pd.DataFrame({"image_id": range(count), "width": 300, "height": 300})


def boxes(*rows):
    return pd.DataFrame(rows, columns=COLUMNS).astype({"image_id": int, "label": int})


OBJECTS = boxes(
    (0, 0, 10.0, 10.0, 60.0, 60.0),
    (0, 1, 50.0, 80.0, 250.0, 250.0),
    (1, 0, 0.0, 0.0, 20.0, 20.0),
)


def drawn(seed):
    """Objects, and detections that are those objects moved, relabelled, doubled and dropped."""
    rng = np.random.default_rng(seed)
    count = 60
    corner = rng.uniform(0, 150, (count, 2))
    objects = pd.DataFrame(
        np.hstack([corner, corner + rng.uniform(20, 140, (count, 2))]), columns=XYXY
    )
    objects.insert(0, "label", rng.integers(0, 3, count))
    objects.insert(0, "image_id", rng.integers(0, 15, count))
    detections = pd.concat([objects.sample(frac=0.9, random_state=seed)] * 2, ignore_index=True)
    detections[XYXY] += rng.normal(scale=12, size=(len(detections), 4))
    wrong = rng.random(len(detections)) < 0.2
    detections["label"] = np.where(wrong, (detections["label"] + 1) % 3, detections["label"])
    # Distinct scores: which of two equal ones comes first is no part of the definition.
    detections["score"] = rng.permutation(len(detections)) / len(detections)
    return objects, detections


def brute_force_ap50(objects, detections, label):
    """Average precision by COCO's definition, one detection after the other."""
    truth = objects[objects["label"] == label].reset_index(drop=True)
    ranked = detections[detections["label"] == label].sort_values("score", ascending=False)
    taken, correct = set(), []
    for row in ranked.to_dict("records"):
        best, match = 0.5, None
        for i, other in enumerate(truth.to_dict("records")):
            if other["image_id"] != row["image_id"] or i in taken:
                continue
            overlap = iou(*(np.array([[one[c] for c in XYXY]]) for one in (row, other)))[0, 0]
            if overlap >= best:
                best, match = overlap, i
        correct.append(match is not None)
        taken |= {match} - {None}
    recall = np.cumsum(correct) / len(truth)
    precision = np.cumsum(correct) / np.arange(1, len(correct) + 1)
    points = [
        max((p for p, r in zip(precision, recall, strict=True) if r >= level), default=0.0)
        for level in np.linspace(0, 1, 101)
    ]
    return sum(points) / len(points)


@pytest.mark.parametrize("seed", [0, 1])
def test_ap50_matches_brute_force(seed):
    objects, detections = drawn(seed)
    result = coco_evaluate(photos(15), objects, detections, NAMES)
    expected = [brute_force_ap50(objects, detections, label) for label in range(3)]
    assert min(expected) > 0.1
    assert max(expected) < 0.95
    measured = [result["per_class"][name]["AP50"] for name in NAMES]
    assert measured == pytest.approx(expected)
    assert result["AP50"] == pytest.approx(np.mean(expected))


def test_perfect_detector():
    result = coco_evaluate(photos(2), OBJECTS, OBJECTS.assign(score=0.9), NAMES)
    assert all(result[name] == pytest.approx(1) for name in FIGURES)
    assert result["per_class"]["upper"] == pytest.approx(
        {"AP": 1, "AP50": 1, "AR@100": 1, "objects": 2}
    )


def test_shifted_labels_find_nothing():
    shifted = OBJECTS.assign(score=0.9, label=OBJECTS["label"] + 1)
    result = coco_evaluate(photos(2), OBJECTS, shifted, NAMES)
    assert {result[name] for name in ("mAP", "AP50", "AP75", "AR@1", "AR@100")} == {0}


def test_iou_threshold_decides():
    """A box of half the object's area counts at IoU 0.5 and nowhere above."""
    objects = boxes((0, 0, 0.0, 0.0, 100.0, 100.0))
    half = objects.assign(score=0.5, x2=50.0)
    result = coco_evaluate(photos(1), objects, half, NAMES)
    assert result["AP50"] == pytest.approx(1)
    assert result["AP75"] == 0
    assert result["mAP"] == pytest.approx(0.1)


def test_sizes_are_of_the_objects_boxes():
    result = coco_evaluate(photos(2), OBJECTS, OBJECTS[:1].assign(score=0.9), NAMES)
    assert [result[f"AR_{size}"] for size in ("small", "medium", "large")] == [0, 1, 0]


def test_recall_of_a_class_is_given_all_detections():
    pair = boxes((0, 0, 0.0, 0.0, 50.0, 50.0), (0, 0, 100.0, 100.0, 150.0, 150.0))
    result = coco_evaluate(photos(1), pair, pair.assign(score=[0.9, 0.8]), NAMES)
    assert (result["AR@1"], result["AR@100"]) == (0.5, 1)
    assert result["per_class"]["upper"]["AR@100"] == 1


def test_class_without_truth_has_no_figures_and_leaves_the_mean():
    stray = pd.concat([OBJECTS, boxes((1, 2, 0.0, 0.0, 9.0, 9.0))]).assign(score=0.9)
    result = coco_evaluate(photos(2), OBJECTS, stray, NAMES)
    assert result["per_class"]["full"] == {"AP": None, "AP50": None, "AR@100": None, "objects": 0}
    assert result["mAP"] == pytest.approx(1)


def test_no_detections():
    result = coco_evaluate(photos(2), OBJECTS, OBJECTS[:0].assign(score=0.0), NAMES)
    assert {result[name] for name in FIGURES} == {0}
    assert (result["images"], result["objects"], result["detections"]) == (2, 3, 0)


def test_no_truth():
    result = coco_evaluate(photos(2), OBJECTS[:0], OBJECTS.assign(score=0.9), NAMES)
    assert {result[name] for name in FIGURES} == {None}
    assert result["detections"] == 3


def test_first_object_is_matched_like_any_other():
    """pycocotools takes a truth of id 0 for unmatched; a single object would score 0."""
    result = coco_evaluate(photos(2), OBJECTS[:1], OBJECTS[:1].assign(score=0.9), NAMES)
    assert result["mAP"] == pytest.approx(1)


@pytest.mark.parametrize(("column", "value"), [("image_id", 7), ("label", 3), ("label", -1)])
def test_unknown_images_and_labels_are_refused(column, value):
    detections = OBJECTS.assign(score=0.9, **{column: value})
    with pytest.raises(ValueError, match="detections"):
        coco_evaluate(photos(2), OBJECTS, detections, NAMES)


def test_input_is_unchanged_and_stdout_silent(capsys):
    objects, detections = drawn(2)
    before = objects.copy(), detections.copy()
    coco_evaluate(photos(15), objects, detections, NAMES)
    pd.testing.assert_frame_equal(objects, before[0])
    pd.testing.assert_frame_equal(detections, before[1])
    assert capsys.readouterr().out == ""


def resampled(seed, count, objects, detections):
    """Photos, objects and detections of one bootstrap draw, each copy an image of its own."""
    chosen = np.sort(np.random.default_rng(seed).integers(0, count, count))
    tables = [
        pd.concat(
            [
                table[table["image_id"] == old].assign(image_id=new)
                for new, old in enumerate(chosen)
            ],
            ignore_index=True,
        )
        for table in (objects, detections)
    ]
    return photos(count), *tables


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_draw_has_the_figures_of_the_images_it_drew(seed):
    """Of one draw both ends of the interval are the draw itself."""
    objects, detections = drawn(seed)
    result = coco_intervals(photos(15), objects, detections, NAMES, seed=seed, draws=1)
    expected = coco_evaluate(*resampled(seed, 15, objects, detections), NAMES)
    whole = coco_evaluate(photos(15), objects, detections, NAMES)
    assert expected["mAP"] != whole["mAP"]
    for name in INTERVAL_FIGURES:
        assert result[name] == pytest.approx({"low": expected[name], "high": expected[name]})
    for name in NAMES:
        value = expected["per_class"][name]["AP"]
        assert result["per_class"][name]["AP"] == pytest.approx({"low": value, "high": value})


def test_an_interval_holds_the_figure_and_repeats():
    objects, detections = drawn(3)
    tables = (photos(15), objects, detections, NAMES)
    value = coco_evaluate(*tables)["mAP"]
    wide, again = (coco_intervals(*tables, seed=1, draws=60) for _ in range(2))
    assert wide == again != coco_intervals(*tables, seed=2, draws=60)
    assert wide["mAP"]["low"] < value < wide["mAP"]["high"]
    narrow = coco_intervals(*tables, seed=1, draws=60, level=0.5)
    assert wide["mAP"]["low"] < narrow["mAP"]["low"] < narrow["mAP"]["high"] < wide["mAP"]["high"]
    assert (wide["draws"], wide["level"], narrow["level"]) == (60, 0.95, 0.5)


@pytest.mark.parametrize(
    ("count", "objects", "expected"),
    [(2, OBJECTS[:0], None), (2, OBJECTS, 0.0), (0, OBJECTS[:0], None)],
    ids=["no truth", "nothing found", "no images"],
)
def test_intervals_of_nothing(count, objects, expected):
    found = OBJECTS[:0].assign(score=0.0)
    result = coco_intervals(photos(count), objects, found, NAMES, seed=0, draws=5)
    assert result["mAP"] == {"low": expected, "high": expected}
    assert result["per_class"]["full"]["AP"] == {"low": None, "high": None}
