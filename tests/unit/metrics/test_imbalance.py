import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from fashion_hls.metrics.imbalance import (
    imbalance_ratio,
    imbalance_ratio_of_counts,
    mean_ir,
    mean_ir_of_counts,
    scumble,
)

HAND = np.array([[1, 0, 0], [1, 0, 0], [1, 1, 0], [1, 0, 1]], dtype=bool)
#: Objects of DeepFashion2's training set: upper-, lower-, full-body.
DEEPFASHION2 = [139_789, 122_838, 49_559]

LABELS = hnp.arrays(np.bool_, st.tuples(st.integers(1, 12), st.integers(1, 5)))


def naive_scumble(labels, form):
    """Equation 10 row by row."""
    counts = [sum(column) for column in labels.T]
    ratios = [max(counts) / count if count else 0 for count in counts]
    total = 0.0
    for row in labels:
        active = [ratio for ratio, has in zip(ratios, row, strict=True) if has]
        if active:
            root = math.prod(active) ** (1 / (len(active) if form == "reference" else len(row)))
            total += 1 - root / (sum(active) / len(active))
    return total / len(labels)


def test_rows_worked_by_hand():
    assert imbalance_ratio(HAND).tolist() == [1, 4, 4]
    assert mean_ir(HAND) == 3
    assert scumble(HAND) == pytest.approx(0.1)
    assert scumble(HAND, "printed") == pytest.approx(0.1825, abs=5e-5)


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        (DEEPFASHION2, 1.65288),
        ([173, 166, 264, 148, 168, 189], 1.478068),
        ([427, 364, 397, 433, 533, 431], 1.253784),
        ([762, 1038, 983, 862, 722, 597, 428, 480, 178, 253, 289, 1816, 1799, 34], 7.196811),
    ],
    ids=["DeepFashion2", "emotions", "scene", "yeast"],
)
def test_mean_ir_of_published_counts(counts, expected):
    assert mean_ir_of_counts(counts) == pytest.approx(expected, abs=6e-6)


def test_only_the_printed_form_can_reach_the_papers_scumble():
    """The paper's 0.1321 for DeepFashion2 is above what any row can score in the reference."""
    ratios = imbalance_ratio_of_counts(DEEPFASHION2)
    rows = np.array([[i & 1, i & 2, i & 4] for i in range(8)], dtype=bool)
    highest = {
        form: max(scumble(row[None], form, ratios) for row in rows)
        for form in ("reference", "printed")
    }
    assert 0.1208 < highest["reference"] < 0.1209
    assert highest["printed"] > 0.1321


@given(LABELS, st.sampled_from(["reference", "printed"]))
def test_scumble_matches_a_loop_over_rows(labels, form):
    assert scumble(labels, form) == pytest.approx(naive_scumble(labels, form), abs=1e-12)


@given(LABELS)
def test_forms_agree_where_every_row_has_every_label_or_none(labels):
    full = np.repeat(labels.any(axis=1)[:, None], labels.shape[1], axis=1)
    assert scumble(full) == pytest.approx(scumble(full, "printed"))


@pytest.mark.parametrize("form", ["reference", "printed"])
def test_balanced_labels_score_nothing(form):
    labels = np.array([[1, 0], [0, 1], [1, 1]], dtype=bool)
    assert mean_ir(labels) == 1
    assert scumble(labels, form) == pytest.approx(0)


def test_unlabelled_row_stays_in_the_mean():
    assert scumble(np.vstack([HAND, np.zeros((4, 3), dtype=bool)])) == pytest.approx(0.05)


def test_absent_label_stays_in_the_mean_with_no_ratio():
    assert imbalance_ratio_of_counts([4, 2, 0]).tolist() == [1, 2, 0]
    assert mean_ir_of_counts([4, 2, 0]) == 1


def test_many_ratios_do_not_overflow():
    labels = np.zeros((1000, 500), dtype=bool)
    labels[:, 0] = True
    labels[0] = True
    expected = 1 - 1000 ** (499 / 500) / ((1 + 499 * 1000) / 500)
    assert scumble(labels) * 1000 == pytest.approx(expected)


def test_nothing_to_measure_is_nan():
    assert math.isnan(mean_ir_of_counts([]))
    assert math.isnan(scumble(np.zeros((0, 3), dtype=bool)))


def test_unknown_form_is_refused():
    with pytest.raises(ValueError, match="'mldr'"):
        scumble(HAND, "mldr")
