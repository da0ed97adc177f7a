import numpy as np
import pytest
from sklearn.metrics import precision_recall_fscore_support

from fashion_hls.metrics.errors import attribute_rows, category_rows, confused_rows, worst

NAMES = ["Dress", "Boots", "Shirt", "Cape"]
N = 60


@pytest.fixture
def scores() -> np.ndarray:
    """The last category is never the best."""
    drawn = np.random.default_rng(0).random((N, len(NAMES)))
    drawn[:, 3] = -1
    return drawn


@pytest.fixture
def category() -> np.ndarray:
    return np.random.default_rng(1).integers(0, 3, N)


def test_category_rows_agree_with_scikit_learn(scores, category) -> None:
    rows = category_rows(scores, category, np.ones(N, bool), NAMES)
    reference = precision_recall_fscore_support(
        category, scores.argmax(1), labels=[0, 1, 2], zero_division=0
    )
    for key, values in zip(("precision", "recall", "F1", "images"), reference, strict=True):
        assert [row[key] for row in rows] == pytest.approx(values.tolist())
    # Nobody has a cape, and nothing is taken for one.
    assert [row["category"] for row in rows] == NAMES[:3]


def test_an_image_without_a_crop_lowers_recall_and_is_no_prediction(scores, category) -> None:
    found = np.arange(N) % 2 == 0
    rows = category_rows(scores, category, found, NAMES)
    assert sum(row["images"] for row in rows) == N
    assert sum(row["predicted"] for row in rows) == found.sum()
    assert sum(row["count"] for row in confused_rows(scores, category, found, NAMES)) == found.sum()


def test_undefined_figures_are_none_and_not_zero() -> None:
    scores = np.eye(4)[[0, 0, 2]]
    rows = category_rows(scores, np.array([0, 1, 0]), np.ones(3, bool), NAMES)
    by_name = {row["category"]: row for row in rows}
    assert by_name["Boots"]["precision"] is None and by_name["Boots"]["recall"] == 0
    assert by_name["Shirt"]["recall"] is None and by_name["Shirt"]["precision"] == 0
    assert by_name["Shirt"]["F1"] == 0


def test_confused_pairs_come_by_count() -> None:
    scores = np.eye(4)[[1, 1, 1, 0, 2]]
    rows = confused_rows(scores, np.array([0, 0, 1, 1, 2]), np.ones(5, bool), NAMES)
    assert [tuple(row.values()) for row in rows] == [
        ("Dress", "Boots", 2),
        ("Boots", "Boots", 1),
        ("Boots", "Dress", 1),
        ("Shirt", "Shirt", 1),
    ]


def by_ranks(scores: np.ndarray, true: np.ndarray) -> float:
    """Mean of the precision at each positive, scores all different."""
    order = np.argsort(-scores)
    ranks = [rank for rank, place in enumerate(order, 1) if true[place]]
    return float(np.mean([hit / rank for hit, rank in enumerate(ranks, 1)]))


def test_attribute_rows_agree_with_a_count_by_rank() -> None:
    rng = np.random.default_rng(2)
    scores, positives = rng.random((N, 8)), rng.random((N, 8)) < 0.2
    positives[:, 5] = False
    names, groups = [f"a{i}" for i in range(8)], ["g"] * 8
    rows = attribute_rows(scores, positives, np.ones(N, bool), names, groups)
    assert [row["attribute"] for row in rows] == [n for n in names if n != "a5"]
    best = np.argsort(-scores, axis=1)[:, :5]
    for row in rows:
        label = names.index(row["attribute"])
        true = positives[:, label]
        assert row["images"] == true.sum()
        assert row["AP"] == pytest.approx(by_ranks(scores[:, label], true))
        hits = sum(label in best[i].tolist() for i in np.flatnonzero(true))
        assert row["recall@5"] == pytest.approx(hits / true.sum())


def test_an_attribute_of_an_image_without_a_crop_is_never_reached() -> None:
    scores = np.array([[0.1], [0.9], [0.5]])
    positives, found = np.array([[True], [True], [False]]), np.array([True, False, True])
    (row,) = attribute_rows(scores, positives, found, ["a"], ["g"])
    # Ranked 0.5, 0.1: one positive, second; the other has no place.
    assert row["AP"] == pytest.approx((1 / 2 + 0) / 2)
    assert row["recall@5"] == 0.5
    (row,) = attribute_rows(scores, positives, np.zeros(3, bool), ["a"], ["g"])
    assert row["AP"] == row["recall@5"] == 0


def test_the_worst_are_wrong_with_the_highest_confidence() -> None:
    scores = np.array([[0.9, 0.1], [0.6, 0.4], [0.8, 0.2], [0.7, 0.3], [0.99, 0.01]])
    category, found = np.array([1, 1, 0, 1, 1]), np.array([True, True, True, True, False])
    assert worst(scores, category, found, 2).tolist() == [0, 3]
    assert worst(scores, category, found, 9).tolist() == [0, 3, 1]
