import json
from dataclasses import dataclass

import numpy as np
import pytest

from fashion_hls.metrics.classification import (
    Predictions,
    compare,
    evaluate,
    frequency_scores,
    frequency_scores_given_category,
)
from fashion_hls.metrics.recall import altered_recall, attribute_hits, micro_recall
from fashion_hls.metrics.topk import topk_hits


@dataclass
class Case:
    category_scores: np.ndarray
    category: np.ndarray
    attribute_scores: np.ndarray
    positives: np.ndarray
    found: np.ndarray

    @property
    def predictions(self):
        return Predictions(self.category_scores, self.attribute_scores)

    @property
    def truth(self):
        return self.category, self.positives, self.found


def drawn(n, seed=0, attributes=70):
    rng = np.random.default_rng(seed)
    return Case(
        category_scores=rng.normal(size=(n, 8)),
        category=rng.integers(0, 8, n),
        attribute_scores=rng.normal(size=(n, attributes)),
        positives=rng.random((n, attributes)) < 0.05,
        found=rng.random(n) < 0.9,
    )


def evaluated(case, **options):
    options = {"seed": 1, "draws": 60} | options
    return evaluate(
        case.category_scores,
        case.category,
        case.attribute_scores,
        case.positives,
        case.found,
        **options,
    )


def numbers(report):
    return {**report["category"], **report["attributes"]}


def test_values_are_those_of_the_single_metrics():
    case = drawn(150)
    report = evaluated(case)
    for k in (1, 3, 5):
        hits = topk_hits(case.category_scores, case.category, k, case.found)
        assert report["category"][f"top{k}"]["value"] == pytest.approx(hits.mean())
        hits = attribute_hits(case.attribute_scores, case.positives, k, case.found)
        assert report["attributes"][f"recall@{k}"]["value"] == pytest.approx(
            micro_recall(hits, case.positives)
        )
        if k > 1:
            assert report["attributes"][f"altered_recall@{k}"]["value"] == pytest.approx(
                altered_recall(hits, case.positives)
            )


def test_counts():
    case = drawn(20)
    case.positives[:, :60] = False
    report = evaluated(case)
    assert report["images"] == 20
    assert report["attribute_positives"] == case.positives.sum()
    assert report["attributes_occurring"] == len({a for _, a in np.argwhere(case.positives)})


def test_intervals_hold_the_values_even_of_many_rare_attributes():
    for figure in numbers(evaluated(drawn(150, attributes=300), draws=200)).values():
        assert figure["low"] < figure["value"] < figure["high"]


def test_interval_of_recall_is_that_of_resampled_images():
    case = drawn(80)
    hits = attribute_hits(case.attribute_scores, case.positives, 3, case.found)
    rng = np.random.default_rng(7)
    values = []
    for _ in range(60):
        chosen = rng.integers(0, 80, 80)
        values.append(micro_recall(hits[chosen], case.positives[chosen]))
    figure = evaluated(case, seed=7, level=0.9)["attributes"]["recall@3"]
    assert (figure["low"], figure["high"]) == pytest.approx(np.quantile(values, [0.05, 0.95]))


def test_interval_of_altered_recall_keeps_the_attributes_that_were_best():
    case = drawn(80, attributes=300)
    hits = attribute_hits(case.attribute_scores, case.positives, 5, case.found)
    recalls = {
        a: hits[:, a].sum() / case.positives[:, a].sum()
        for a in range(300)
        if case.positives[:, a].any()
    }
    best = sorted(recalls, key=lambda a: (-recalls[a], a))[:50]
    rng = np.random.default_rng(7)
    values = []
    for _ in range(60):
        chosen = rng.integers(0, 80, 80)
        of_draw = []
        for a in best:
            positives = case.positives[chosen, a].sum()
            of_draw.append(hits[chosen, a].sum() / positives if positives else recalls[a])
        values.append(np.mean(of_draw))
    figure = evaluated(case, seed=7, level=0.9)["attributes"]["altered_recall@5"]
    assert (figure["low"], figure["high"]) == pytest.approx(np.quantile(values, [0.05, 0.95]))


def test_an_attribute_that_a_draw_lacks_does_not_lift_altered_recall():
    """Twenty attributes of one image each, never found: without them a draw would be all hits."""
    positives = np.zeros((60, 21), dtype=bool)
    positives[:, 0] = True
    positives[np.arange(20), np.arange(1, 21)] = True
    scores = np.tile(np.r_[1.0, np.zeros(20)], (60, 1)) - np.arange(21) / 1000
    scores[np.arange(20), np.arange(1, 21)] = -1.0
    ids = np.zeros(60, dtype=int)
    found = np.ones(60, dtype=bool)
    report = evaluate(np.ones((60, 1)), ids, scores, positives, found, seed=0, draws=40)
    figure = report["attributes"]["altered_recall@5"]
    assert figure == {
        "value": pytest.approx(1 / 21),
        "low": figure["value"],
        "high": figure["value"],
    }


def test_same_seed_same_report():
    case = drawn(40)
    assert evaluated(case) == evaluated(case)
    assert evaluated(case) != evaluated(case, seed=2)


def test_not_found_images_lower_every_figure():
    case = drawn(200)
    nowhere = Case(**{**vars(case), "found": np.zeros(200, dtype=bool)})
    assert {figure["value"] for figure in numbers(evaluated(nowhere)).values()} == {0}
    assert evaluated(nowhere)["attribute_positives"] == evaluated(case)["attribute_positives"]


def test_no_images_is_none_throughout_and_json_ready():
    empty = evaluated(drawn(0))
    assert empty["images"] == 0
    undefined = {"value": None, "low": None, "high": None}
    assert all(figure == undefined for figure in numbers(empty).values())
    json.dumps(empty, allow_nan=False)
    difference = compare(drawn(0).predictions, drawn(0).predictions, *drawn(0).truth, seed=1)
    assert difference["category"]["top1"] == {"difference": None, "low": None, "high": None}


def test_images_without_attributes_have_category_figures_only():
    case = drawn(30)
    case.positives[:] = False
    report = evaluated(case)
    assert report["category"]["top3"]["value"] is not None
    assert {figure["value"] for figure in report["attributes"].values()} == {None}


def test_compare_is_the_difference_of_the_values():
    a, b = drawn(120, seed=1), drawn(120, seed=2)
    b = Case(b.category_scores, a.category, b.attribute_scores, a.positives, a.found)
    difference = compare(a.predictions, b.predictions, *a.truth, seed=1, draws=60)
    first, second = numbers(evaluated(a)), numbers(evaluated(b))
    assert numbers(difference).keys() == first.keys()
    for name, figure in numbers(difference).items():
        assert figure["difference"] == pytest.approx(first[name]["value"] - second[name]["value"])
        assert figure["low"] < figure["difference"] < figure["high"]


def test_compare_with_itself_has_no_spread():
    case = drawn(50)
    report = compare(case.predictions, case.predictions, *case.truth, seed=1, draws=20)
    nothing = {"difference": 0, "low": 0, "high": 0}
    assert all(figure == nothing for figure in numbers(report).values())


TRAIN_CATEGORY = np.array([1, 1, 1, 0])
TRAIN_POSITIVES = np.array([[1, 0], [1, 0], [0, 0], [0, 1]], dtype=bool)


def test_frequencies_alone_are_the_training_sets():
    scores = frequency_scores(TRAIN_CATEGORY, TRAIN_POSITIVES, n=2, categories=3)
    assert scores.category.tolist() == [[1, 3, 0]] * 2
    assert scores.attributes.tolist() == [[0.5, 0.25]] * 2


def test_frequencies_given_the_category_are_smoothed_toward_the_global_ones():
    scores = frequency_scores_given_category(
        TRAIN_CATEGORY, TRAIN_POSITIVES, np.array([1, 2]), categories=3, smoothing=2
    )
    of_one = [(2 + 2 * 0.5) / (3 + 2), (0 + 2 * 0.25) / (3 + 2)]
    np.testing.assert_allclose(scores.attributes, [of_one, [0.5, 0.25]])
    assert scores.category.tolist() == [[0, 1, 0], [0, 0, 1]]


def test_without_smoothing_the_counts_are_plain():
    scores = frequency_scores_given_category(
        TRAIN_CATEGORY, TRAIN_POSITIVES, np.array([0]), categories=2, smoothing=0
    )
    assert scores.attributes.tolist() == [[0, 1]]
