import math

import numpy as np
import pytest

from fashion_hls.metrics.intervals import bootstrap_values, percentile_interval


def mean_of(values):
    return lambda weights: float(weights @ values / weights.sum())


def bootstrap_interval(statistic, n, *, seed, draws=1000, level=0.95):
    values = bootstrap_values(lambda w: np.array([statistic(w)]), n, seed=seed, draws=draws)
    return percentile_interval(values[:, 0], level)


def test_interval_of_a_proportion_is_near_the_normal_one():
    hits = np.arange(400) < 300
    low, high = bootstrap_interval(mean_of(hits), 400, seed=0, draws=2000)
    margin = 1.96 * math.sqrt(0.75 * 0.25 / 400)
    assert (low, high) == pytest.approx((0.75 - margin, 0.75 + margin), abs=0.006)


def test_weights_are_those_of_resampled_indices():
    values = np.random.default_rng(5).normal(size=50)
    rng = np.random.default_rng(9)
    expected = [values[rng.integers(0, 50, 50)].mean() for _ in range(20)]
    drawn = bootstrap_values(lambda w: np.array([mean_of(values)(w)]), 50, seed=9, draws=20)
    assert drawn[:, 0] == pytest.approx(expected)


def test_same_seed_same_interval():
    statistic = mean_of(np.random.default_rng(1).random(30))
    first, again, other = (bootstrap_interval(statistic, 30, seed=s, draws=50) for s in (1, 1, 2))
    assert first == again
    assert first != other


def test_a_wider_level_gives_a_wider_interval():
    statistic = mean_of(np.random.default_rng(1).random(30))
    narrow = bootstrap_interval(statistic, 30, seed=1, level=0.5)
    wide = bootstrap_interval(statistic, 30, seed=1, level=0.99)
    assert wide.low < narrow.low < narrow.high < wide.high


def test_undefined_draws_are_left_out():
    assert percentile_interval(np.array([1.0, np.nan, 3.0]), 0.5) == pytest.approx((1.5, 2.5))
    assert all(map(math.isnan, percentile_interval(np.array([np.nan]))))


@pytest.mark.parametrize("level", [0, 1, 95])
def test_level_must_be_a_fraction(level):
    with pytest.raises(ValueError, match="level"):
        bootstrap_interval(mean_of(np.ones(3)), 3, seed=0, draws=2, level=level)
