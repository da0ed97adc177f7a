import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import recall_score

from fashion_hls.metrics.recall import (
    altered_recall,
    altered_recall_of_counts,
    attribute_hits,
    hits_at,
    micro_recall,
)


def drawn(seed, images=60, attributes=12, rate=0.25):
    rng = np.random.default_rng(seed)
    scores = rng.normal(size=(images, attributes)).round(1)
    return scores, rng.random((images, attributes)) < rate


def naive_hits(scores, positives, k):
    hits = np.zeros(positives.shape, dtype=bool)
    for i, row in enumerate(scores):
        for label in sorted(range(len(row)), key=lambda a: (-row[a], a))[:k]:
            hits[i, label] = positives[i, label]
    return hits


@given(st.integers(0, 10_000), st.integers(1, 15))
def test_hits_match_a_loop_over_images(seed, k):
    scores, positives = drawn(seed, images=6)
    np.testing.assert_array_equal(
        attribute_hits(scores, positives, k), naive_hits(scores, positives, k)
    )


@given(st.integers(0, 10_000))
def test_hits_of_the_true_pairs_are_those_of_all(seed):
    scores, positives = drawn(seed, images=7)
    rng = np.random.default_rng(seed)
    scores[rng.random(scores.shape) < 0.1] = np.nan
    found = rng.random(7) < 0.7
    pairs = np.nonzero(positives)
    hits = hits_at(scores, *pairs, (3, 1, 20), found)
    for k, own in zip((3, 1, 20), hits, strict=True):
        expected = attribute_hits(scores, positives, k, found)[pairs]
        np.testing.assert_array_equal(own, expected)


def test_micro_recall_matches_sklearn():
    scores, positives = drawn(1)
    hits = attribute_hits(scores, positives, 3)
    expected = recall_score(positives, hits, average="micro")
    assert 0 < expected < 1
    assert micro_recall(hits, positives) == pytest.approx(expected)


def test_altered_recall_of_few_attributes_is_macro_recall():
    scores, positives = drawn(2)
    hits = attribute_hits(scores, positives, 3)
    expected = recall_score(positives, hits, average="macro")
    assert altered_recall(hits, positives) == pytest.approx(expected)
    assert altered_recall(hits, positives) != pytest.approx(micro_recall(hits, positives))


def test_altered_recall_matches_mmfashions_loop():
    scores, positives = drawn(4, images=200, attributes=90, rate=0.02)
    positives[:, 70:] = False
    hits = attribute_hits(scores, positives, 5)
    recalls = []
    for attribute in range(90):
        tp = fn = 0
        for image in range(200):
            tp += int(positives[image, attribute] and hits[image, attribute])
            fn += int(positives[image, attribute] and not hits[image, attribute])
        if tp + fn:
            recalls.append(tp / (tp + fn))
    assert len(recalls) > 50
    expected = sum(sorted(recalls, reverse=True)[:50]) / min(50, len(recalls))
    assert altered_recall(hits, positives) == pytest.approx(expected)


def test_altered_recall_keeps_the_best():
    counts = np.array([4, 2, 1, 0]), np.array([4, 4, 4, 0])
    assert altered_recall_of_counts(*counts, best=2) == pytest.approx(0.75)
    assert altered_recall_of_counts(*counts) == pytest.approx(7 / 12)


def test_negative_scores_are_ranked_not_masked():
    positives = np.array([[True, False]])
    assert micro_recall(attribute_hits(np.array([[-1.0, -2.0]]), positives, 1), positives) == 1


def test_not_found_keeps_its_positives_in_the_denominator():
    scores, positives = np.array([[1.0, 0.0], [1.0, 0.0]]), np.array([[True, True]] * 2)
    hits = attribute_hits(scores, positives, 1, np.array([True, False]))
    assert hits.tolist() == [[True, False], [False, False]]
    assert micro_recall(hits, positives) == 0.25


def test_nan_scores_never_hit():
    positives = np.array([[True, True]])
    assert attribute_hits(np.array([[np.nan, 0.0]]), positives, 2).tolist() == [[False, True]]


@pytest.mark.parametrize("shape", [(0, 3), (2, 3)])
def test_without_positives_recall_is_nan(shape):
    none = np.zeros(shape, dtype=bool)
    hits = attribute_hits(np.zeros(shape), none, 2)
    assert hits.shape == shape
    assert math.isnan(micro_recall(hits, none))
    assert math.isnan(altered_recall(hits, none))


@given(st.integers(0, 10_000))
def test_more_guesses_never_lower_recall(seed):
    scores, positives = drawn(seed)
    values = [micro_recall(attribute_hits(scores, positives, k), positives) for k in (1, 3, 5, 12)]
    assert values == sorted(values)
    assert values[-1] == 1
