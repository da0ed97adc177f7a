import numpy as np
import pytest

from fashion_hls.metrics.calibration import expected_error, reliability


def by_definition(confidence: np.ndarray, right: np.ndarray, bins: int) -> float:
    """Guo et al., equation 3, over the intervals ((m - 1) / M, m / M]."""
    total = 0.0
    for m in range(1, bins + 1):
        inside = (confidence > (m - 1) / bins) & (confidence <= m / bins)
        if inside.any():
            gap = abs(right[inside].mean() - confidence[inside].mean())
            total += inside.sum() / len(confidence) * gap
    return total


@pytest.mark.parametrize("bins", [1, 10, 15])
def test_the_expected_error_is_the_source_s(bins: int) -> None:
    rng = np.random.default_rng(0)
    confidence = rng.uniform(0.001, 1, 3000)
    right = rng.random(3000) < confidence**2
    found = expected_error(reliability(confidence, right, bins))
    assert found == pytest.approx(by_definition(confidence, right, bins))


def test_scores_that_are_probabilities_have_little_error() -> None:
    rng = np.random.default_rng(0)
    confidence = rng.random(100_000)
    rows = reliability(confidence, rng.random(100_000) < confidence)
    error = expected_error(rows)
    assert error is not None and error < 0.01
    assert sum(row["count"] for row in rows) == 100_000


def test_the_ends_belong_to_the_first_and_the_last_bin() -> None:
    rows = reliability(np.array([0.0, 0.1, 1.0]), np.array([False, True, True]))
    assert [(row["low"], row["count"]) for row in rows] == [(0.0, 2), (0.9, 1)]
    assert rows[0]["confidence"] == pytest.approx(0.05) and rows[0]["accuracy"] == 0.5


def test_no_prediction_has_no_error() -> None:
    assert reliability(np.array([]), np.array([], dtype=bool)) == []
    assert expected_error([]) is None


@pytest.mark.parametrize("wrong", [1.5, -0.1, np.nan])
def test_what_is_no_probability_is_refused(wrong: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        reliability(np.array([0.5, wrong]), np.array([True, True]))
