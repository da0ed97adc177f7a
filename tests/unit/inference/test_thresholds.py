import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import f1_score

from fashion_hls.inference.thresholds import FEWEST, best_threshold, best_thresholds


@given(st.lists(st.tuples(st.integers(0, 20), st.booleans()), min_size=1, max_size=30))
def test_no_threshold_has_a_better_f1(rows: list[tuple[int, bool]]) -> None:
    scores = np.array([score / 20 for score, _ in rows], dtype=np.float32)
    positives = np.array([positive for _, positive in rows])
    if not positives.any():
        assert best_threshold(scores, positives) == 1.0
        return
    own = f1_score(positives, scores >= best_threshold(scores, positives))
    others = [f1_score(positives, scores >= value) for value in np.unique(scores)]
    assert own == pytest.approx(max(others))


def test_a_threshold_lies_between_two_scores() -> None:
    scores = np.array([0.9, 0.8, 0.2, 0.1], dtype=np.float32)
    assert best_threshold(scores, np.array([True, True, False, False])) == pytest.approx(0.5)


def test_equal_scores_are_named_together() -> None:
    scores = np.array([0.7, 0.7, 0.7, 0.1], dtype=np.float32)
    threshold = best_threshold(scores, np.array([True, False, False, False]))
    assert 0.1 < threshold <= 0.7


def test_rare_attributes_take_the_threshold_of_all() -> None:
    rng = np.random.default_rng(0)
    positives = rng.random((200, 3)) < 0.3
    positives[:, 2] = False
    positives[: FEWEST - 1, 2] = True
    scores = np.clip(positives * 0.4 + rng.random((200, 3)) * 0.6, 0, 1).astype(np.float32)
    found = best_thresholds(scores, positives)
    assert found[2] == pytest.approx(best_threshold(scores.ravel(), positives.ravel()))
    for one in range(2):
        assert found[one] == pytest.approx(best_threshold(scores[:, one], positives[:, one]))


def test_rows_in_another_order_give_the_same() -> None:
    scores = np.array([0.9, 0.6, 0.6, 0.3], dtype=np.float32)
    positives = np.array([True, False, True, False])
    found = {
        best_threshold(scores[list(order)], positives[list(order)])
        for order in itertools.permutations(range(4))
    }
    assert len(found) == 1
