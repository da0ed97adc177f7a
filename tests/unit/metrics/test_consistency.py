import itertools

import numpy as np
import pytest

from fashion_hls.metrics.consistency import UNSEEN_AT, consistency, seen_pairs, unseen_among_best

CATEGORIES, ATTRIBUTES = 3, 6
OPTIONS = {"seed": 0, "draws": 200, "level": 0.95}


def drawn(n: int, seed: int = 0):
    rng = np.random.default_rng(seed)
    return (
        rng.random((n, CATEGORIES)),
        rng.random((n, ATTRIBUTES)),
        rng.integers(0, CATEGORIES, n),
        rng.random((n, ATTRIBUTES)) < 0.3,
    )


def by_hand(category_scores, attribute_scores, seen, k) -> list[float]:
    """Image by image, in plain Python."""
    out = []
    for c, a in zip(category_scores.tolist(), attribute_scores.tolist(), strict=True):
        said = max(range(len(c)), key=lambda i: c[i])
        best = sorted(range(len(a)), key=lambda i: -a[i])[:k]
        out.append(sum(not seen[said][i] for i in best) / len(best))
    return out


def test_a_pair_is_seen_where_one_training_image_has_both() -> None:
    category, positives = np.array([0, 0, 2]), np.zeros((3, ATTRIBUTES), dtype=bool)
    positives[0, 1] = positives[1, 4] = positives[2, 4] = True
    seen = seen_pairs(category, positives, CATEGORIES)
    pairs = {(c, a) for c, a in itertools.product(range(3), range(6)) if seen[c, a]}
    assert pairs == {(0, 1), (0, 4), (2, 4)}


@pytest.mark.parametrize("k", [1, 3, 50])
def test_shares_agree_with_a_count_by_hand(k: int) -> None:
    category_scores, attribute_scores, category, positives = drawn(40)
    seen = seen_pairs(category[:5], positives[:5], CATEGORIES)
    found = unseen_among_best(category_scores, attribute_scores, seen, k)
    assert found == pytest.approx(by_hand(category_scores, attribute_scores, seen.tolist(), k))


def test_predictions_equal_to_training_labels_are_consistent() -> None:
    _, _, category, positives = drawn(60)
    positives[:, 0] = True
    seen = seen_pairs(category, positives, CATEGORIES)
    report = consistency(
        np.eye(CATEGORIES)[category], positives.astype(float), category, positives,
        np.ones(60, dtype=bool), seen, **OPTIONS,
    )  # fmt: skip
    assert report["unseen@1"] == {"value": 0.0, "low": 0.0, "high": 0.0}
    assert report["unseen_truth"] == 0.0


def test_the_interval_holds_the_value_and_images_without_a_crop_do_not_count() -> None:
    category_scores, attribute_scores, category, positives = drawn(80)
    found = np.arange(80) < 50
    seen = seen_pairs(category[:4], positives[:4], CATEGORIES)
    report = consistency(
        category_scores, attribute_scores, category, positives, found, seen, **OPTIONS
    )
    assert report["images"] == 50
    for k in UNSEEN_AT:
        one = report[f"unseen@{k}"]
        by_image = by_hand(category_scores[:50], attribute_scores[:50], seen.tolist(), k)
        assert one["value"] == pytest.approx(np.mean(by_image))
        assert one["low"] < one["value"] < one["high"]
    # What the crops would have been told changes nothing.
    changed = category_scores.copy()
    changed[50:] = changed[50:, ::-1]
    assert report == consistency(
        changed, attribute_scores, category, positives, found, seen, **OPTIONS
    )


def test_without_a_crop_or_without_a_label_the_share_is_undefined() -> None:
    category_scores, attribute_scores, category, positives = drawn(5)
    seen = seen_pairs(category, positives, CATEGORIES)
    report = consistency(
        category_scores, attribute_scores, category, positives, np.zeros(5, bool), seen, **OPTIONS
    )
    assert report["unseen@3"] == {"value": None, "low": None, "high": None}
    assert report["unseen_truth"] is None
