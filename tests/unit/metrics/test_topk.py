import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.metrics import top_k_accuracy_score

from fashion_hls.metrics.topk import topk_hits, topk_indices

# Few distinct values, so that ties are common.
SCORES = hnp.arrays(
    np.float64,
    hnp.array_shapes(min_dims=2, max_dims=2, max_side=8),
    elements=st.sampled_from([-np.inf, -1.0, -0.0, 0.0, 0.5, 2.0, np.inf]),
)


@given(SCORES, st.integers(1, 10))
def test_indices_match_sorting_each_row_by_score_then_label(scores, k):
    expected = [sorted(range(len(row)), key=lambda i: (-row[i], i))[:k] for row in scores]
    assert topk_indices(scores, k).tolist() == expected


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.int64])
@pytest.mark.parametrize("k", [1, 5, 40])
@pytest.mark.parametrize("labels", [9, 3000])
def test_blocks_and_few_labels_give_what_sorting_whole_rows_gives(labels, k, dtype):
    rng = np.random.default_rng(0)
    scores = rng.integers(-6, 6, (400, labels)).astype(dtype)
    if scores.dtype.kind == "f":
        # In some blocks only, so that both ways of a block are taken.
        scores[:90:7, ::3], scores[:90:5, 1::3], scores[::11, 2] = np.nan, -np.inf, np.inf
    expected = np.argsort(-scores, axis=1, kind="stable")[:, :k]
    np.testing.assert_array_equal(topk_indices(scores, k), expected)
    strided = np.asfortranarray(scores)
    np.testing.assert_array_equal(topk_indices(strided, k), expected)


def test_scores_are_left_as_they_were():
    scores = np.array([[0.25, 0.5, 0.125]])
    topk_indices(scores, 2)
    assert scores.tolist() == [[0.25, 0.5, 0.125]]


@pytest.mark.parametrize("k", [1, 3, 5])
def test_hits_match_sklearn(k):
    rng = np.random.default_rng(3)
    scores, target = rng.random((400, 9)), rng.integers(0, 9, 400)
    expected = top_k_accuracy_score(target, scores, k=k, labels=range(9))
    assert topk_hits(scores, target, k, None).mean() == pytest.approx(expected)


def test_ties_go_to_the_lower_label():
    scores = np.zeros((1, 4))
    assert topk_indices(scores, 2).tolist() == [[0, 1]]
    assert topk_hits(np.repeat(scores, 4, axis=0), np.arange(4), 2, None).tolist() == [
        True,
        True,
        False,
        False,
    ]


def test_k_beyond_the_labels_takes_all():
    assert topk_indices(np.array([[0.1, 0.3, 0.2]]), 9).tolist() == [[1, 2, 0]]


def test_not_found_is_wrong():
    scores = np.array([[1.0, 0.0], [1.0, 0.0]])
    hits = topk_hits(scores, np.array([0, 0]), 1, np.array([True, False]))
    assert hits.tolist() == [True, False]


def test_nan_ranks_last_and_never_hits():
    scores = np.array([[np.nan, -5.0, np.nan]])
    assert topk_indices(scores, 1).tolist() == [[1]]
    hits = [topk_hits(scores, np.array([label]), 3, None)[0] for label in range(3)]
    assert hits == [False, True, False]


def test_no_images():
    assert topk_indices(np.empty((0, 4)), 2).shape == (0, 2)
    assert topk_hits(np.empty((0, 4)), np.empty(0, dtype=int), 2, None).shape == (0,)


def test_k_below_one_is_refused():
    with pytest.raises(ValueError, match="k is 0"):
        topk_indices(np.zeros((1, 2)), 0)
