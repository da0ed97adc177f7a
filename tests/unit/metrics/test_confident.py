import numpy as np
import pytest

from fashion_hls.metrics.confident import (
    UNSURE,
    confident_joint,
    confident_labels,
    expected_errors,
    suspects,
    thresholds,
)

A, B, C = 0, 1, 2
GIVEN = np.array([A, A, A, B, B, B, C])
PROBABILITIES = np.array(
    [
        [0.9, 0.1, 0.0],
        [0.7, 0.2, 0.1],
        [0.2, 0.8, 0.0],  # looks like B
        [0.1, 0.8, 0.1],
        [0.3, 0.6, 0.1],
        [0.65, 0.3, 0.05],  # looks like A
        [0.0, 0.4, 0.6],
    ]
)


def test_as_computed_by_hand() -> None:
    # (0.9 + 0.7 + 0.2) / 3, (0.8 + 0.6 + 0.3) / 3, 0.6
    assert thresholds(PROBABILITIES, GIVEN) == pytest.approx([0.6, 1.7 / 3, 0.6])
    confident = confident_labels(PROBABILITIES, GIVEN)
    assert confident.tolist() == [A, A, B, B, B, A, C]
    joint = confident_joint(GIVEN, confident, 3)
    assert joint.tolist() == [[2, 1, 0], [1, 2, 0], [0, 0, 1]]
    found = suspects(PROBABILITIES, GIVEN)
    # Margins 0.2 - 0.8 and 0.3 - 0.65: the third image comes first.
    assert found.rows.tolist() == [2, 5] and found.suggested.tolist() == [B, A]
    assert found.expected == pytest.approx(2)


def test_an_image_that_reaches_no_threshold_is_in_no_cell_but_is_scaled_to() -> None:
    given = np.append(GIVEN, A)
    probabilities = np.vstack([PROBABILITIES, [0.5, 0.25, 0.25]])
    # A's threshold is now 2.3 / 4 = 0.575, which the last image does not reach.
    confident = confident_labels(probabilities, given)
    assert confident.tolist() == [A, A, B, B, B, A, C, UNSURE]
    joint = confident_joint(given, confident, 3)
    assert joint.tolist() == [[2, 1, 0], [1, 2, 0], [0, 0, 1]]
    # A third of the four images of A, a third of the three of B.
    assert expected_errors(joint, given) == pytest.approx(4 / 3 + 1)


def test_a_class_without_an_image_is_never_suggested() -> None:
    given = np.array([A, A, B])
    probabilities = np.array([[0.9, 0.1, 0.0], [0.05, 0.0, 0.95], [0.0, 1.0, 0.0]])
    assert np.isinf(thresholds(probabilities, given)[C])
    assert confident_labels(probabilities, given).tolist() == [A, UNSURE, B]
    assert suspects(probabilities, given).rows.tolist() == []


def test_a_label_more_probable_than_the_suggestion_is_not_listed() -> None:
    # Thresholds 0.66 and 0.35: the second image is confidently B, and still more probably A.
    given = np.array([A, A, B, B])
    probabilities = np.array([[0.8, 0.2], [0.52, 0.48], [0.6, 0.4], [0.7, 0.3]])
    confident = confident_labels(probabilities, given)
    assert confident.tolist() == [A, B, B, A]
    found = suspects(probabilities, given)
    assert found.rows.tolist() == [3] and found.suggested.tolist() == [A]
    assert found.expected == pytest.approx(2)


def test_one_image_of_a_class_reaches_its_own_threshold() -> None:
    found = suspects(np.array([[0.1, 0.9], [0.2, 0.8]]), np.array([A, B]))
    # The first is B's as well (0.9, of 0.8 needed), and more so.
    assert found.rows.tolist() == [0] and found.suggested.tolist() == [B]


def test_equal_probabilities_reach_their_own_mean() -> None:
    probabilities = np.tile([0.1, 0.2, 0.7], (3, 1))
    assert confident_labels(probabilities, np.array([C, C, C])).tolist() == [C, C, C]


def test_wrong_labels_that_were_put_in_are_found_first() -> None:
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 4, 400)
    logits = rng.normal(size=(400, 4)) + 3.0 * np.eye(4)[truth]
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    given, flipped = truth.copy(), rng.choice(400, 40, replace=False)
    given[flipped] = (given[flipped] + 1) % 4
    found = suspects(probabilities, given)
    first = set(found.rows[:30].tolist())
    assert len(first & set(flipped.tolist())) >= 27
    assert 30 <= found.expected <= 60
