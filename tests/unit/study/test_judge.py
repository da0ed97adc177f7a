import numpy as np
import pytest

from fashion_hls.study.judge import attribute_parts, category_parts, judge

OPTIONS = {"seed": 0, "draws": 400, "level": 0.95}


def parts(right: list[int]) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    return {"top1": (np.array(right, dtype=float), np.ones(len(right)))}


def test_figures_are_means_over_seeds_and_differences_are_paired() -> None:
    rows = {
        "none": [parts([1, 0, 1, 0]), parts([1, 0, 0, 0])],
        "other": [parts([1, 1, 1, 0]), parts([1, 1, 0, 0])],
    }
    found = judge(rows, "none", **OPTIONS)
    assert found["none"]["top1"]["value"] == pytest.approx(3 / 8)
    assert found["none"]["top1"]["seeds"] == [0.5, 0.25]
    assert "difference" not in found["none"]["top1"]
    other = found["other"]["top1"]
    assert other["value"] == pytest.approx(5 / 8) and other["difference"] == pytest.approx(0.25)
    assert other["low"] <= other["value"] <= other["high"]
    # Image 2 alone differs, in each seed: the difference is how often it is drawn.
    assert other["difference_low"] == 0 and other["difference_high"] <= 0.75


def test_the_interval_of_a_constant_gain_has_no_width_where_levels_vary() -> None:
    """Pairing: what varies between images and seeds alike does not widen the difference."""
    rng = np.random.default_rng(1)
    base = rng.random((3, 200))
    rows = {
        "none": [{"top1": (one, np.ones(200))} for one in base],
        "better": [{"top1": (one + 0.1, np.ones(200))} for one in base],
    }
    found = judge(rows, "none", **OPTIONS)["better"]["top1"]
    assert found["difference_low"] == pytest.approx(0.1)
    assert found["difference_high"] == pytest.approx(0.1)
    assert found["high"] - found["low"] > 0.02


def test_the_interval_is_wider_where_seeds_disagree() -> None:
    same = {"none": [parts([0] * 50)] * 3, "x": [parts([1] * 25 + [0] * 25)] * 3}
    apart = {
        "none": [parts([0] * 50)] * 3,
        "x": [parts([0] * 50), parts([1] * 25 + [0] * 25), parts([1] * 50)],
    }
    width = [
        one["difference_high"] - one["difference_low"]
        for one in (judge(rows, "none", **OPTIONS)["x"]["top1"] for rows in (same, apart))
    ]
    assert width[1] > 1.5 * width[0]


def test_no_images_in_a_group_is_undefined_and_not_zero() -> None:
    nothing = {"top1": (np.zeros(4), np.zeros(4))}
    found = judge({"none": [nothing], "x": [nothing]}, "none", **OPTIONS)
    assert found["x"]["top1"] == dict.fromkeys(found["x"]["top1"]) | {"seeds": [None]}


def test_parts_sum_to_the_metrics_of_the_pipeline() -> None:
    scores = np.array([[0.9, 0.1, 0.0], [0.2, 0.3, 0.5], [0.0, 0.0, 0.0]])
    found = np.array([True, True, False])
    top = category_parts(scores, np.array([0, 1, 0]), found)
    assert top["top1"][0].tolist() == [1, 0, 0] and top["top1"][1].tolist() == [1, 1, 1]
    assert top["top3"][0].tolist() == [1, 1, 0]
    positives = np.array([[1, 0, 1], [0, 1, 0], [1, 1, 0]], dtype=bool)
    recall = attribute_parts(scores, positives, found)["recall@3"]
    assert recall[0].tolist() == [2, 1, 0] and recall[1].tolist() == [2, 1, 2]
