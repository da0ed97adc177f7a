import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fashion_hls.data.balancing import choose, label_counts
from fashion_hls.errors import UserError


def crowd(seed: int, images: int = 60, classes: int = 3) -> np.ndarray:
    """Random images, and enough with one object to make up any difference."""
    mixed = np.random.default_rng(seed).integers(0, 3, (images, classes))
    return np.concatenate([mixed, np.repeat(np.eye(classes, dtype=int), 40, axis=0)])


def test_counts_follow_the_order_of_the_images() -> None:
    images = pd.DataFrame({"image_id": [7, 3, 5]})
    objects = pd.DataFrame({"image_id": [3, 7, 7, 9], "label": [0, 2, 2, 1]})
    assert label_counts(images, objects, 4).tolist() == [[0, 0, 2, 0], [1, 0, 0, 0], [0] * 4]
    assert label_counts(images, objects.iloc[:0], 2).tolist() == [[0, 0]] * 3


@settings(max_examples=6, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 40))
def test_every_class_reaches_its_target_exactly_with_whole_images(seed, target) -> None:
    counts = crowd(seed)
    before = counts.copy()
    keep = choose(counts, target, seed=0)
    assert keep.shape == (len(counts),) and keep.dtype == bool
    assert counts[keep].sum(axis=0).tolist() == [target] * 3
    assert (counts == before).all()


def test_the_seed_decides_which_of_equal_images() -> None:
    counts = np.ones((100, 2), dtype=int)
    first, again = choose(counts, 30, seed=0), choose(counts, 30, seed=0)
    other = choose(counts, 30, seed=1)
    assert first.tolist() == again.tolist() != other.tolist()
    assert first.sum() == other.sum() == 30


def test_a_class_that_does_not_occur_has_no_target() -> None:
    counts = np.tile([[1, 0, 1, 0]], (20, 1))
    keep = choose(counts, 8, seed=0)
    assert counts[keep].sum(axis=0).tolist() == [8, 0, 8, 0]


def test_the_mix_of_kinds_stays_the_natural_one_where_it_can() -> None:
    both, first, second = np.tile([1, 1], (60, 1)), np.tile([1, 0], (20, 1)), [[0, 1]] * 20
    counts = np.concatenate([both, first, second])
    keep = choose(counts, 40, seed=0)
    assert [keep[:60].sum(), keep[60:80].sum(), keep[80:].sum()] == [30, 10, 10]


def test_the_mix_of_kinds_stays_near_the_natural_one_where_it_must_give() -> None:
    # 80 + 20 of the first class, 80 of the second: ten of the second's own make up for ten.
    counts = np.array([[1, 1]] * 60 + [[1, 0]] * 40 + [[0, 1]] * 20)
    keep = choose(counts, 45, seed=0)
    assert counts[keep].sum(axis=0).tolist() == [45, 45]
    natural = 45 / 90
    chosen = np.array([keep[:60].sum(), keep[60:100].sum(), keep[100:].sum()])
    distance = np.abs(chosen - natural * np.array([60, 40, 20])).sum()
    # Every other mix that reaches the targets: b of both, 45 - b of each alone.
    others = [
        abs(b - 30) + abs(45 - b - 20) + abs(45 - b - 10) for b in range(25, 46) if 45 - b <= 20
    ]
    assert distance == min(others)


@pytest.mark.parametrize(
    ("counts", "target", "rarest"),
    [
        (np.array([[1, 0]] * 9 + [[0, 1]] * 3), 5, "lower-body, has 3"),
        (np.array([[2, 2]] * 10), 5, "upper-body, has 20"),
    ],
    ids=["too few", "only even numbers"],
)
def test_what_cannot_be_reached_ends_in_one_line(counts, target, rarest) -> None:
    with pytest.raises(
        UserError, match=r"dataset\.detection\.balance: .*lower the target"
    ) as error:
        choose(counts, target, seed=0)
    assert f"the rarest, {rarest})" in str(error.value) and "\n" not in str(error.value)
