"""Accuracy on groups of categories: against cases worked out by hand, and against evaluate."""

import numpy as np
import pytest

from fashion_hls.metrics.classification import evaluate
from fashion_hls.metrics.grouped import grouped_figures, summed

OPTIONS = {"seed": 0, "draws": 100, "level": 0.95}
GROUP = np.array([0, 0, 1, 2])


def test_two_members_together_beat_the_best_category() -> None:
    """0.35 + 0.25 beats 0.4: wrong among the four, right among the three."""
    scores = np.array([[0.35, 0.25, 0.4, 0.0]])
    assert summed(scores, GROUP, 3).tolist() == [[pytest.approx(0.6), 0.4, 0.0]]
    found = np.array([True])
    for truth, right in ((0, 1.0), (1, 1.0), (2, 0.0)):
        report = grouped_figures(scores, np.array([truth]), found, GROUP, **OPTIONS)
        assert report["top1"]["value"] == right and report["top3"]["value"] == 1.0


def test_without_a_crop_every_group_is_wrong() -> None:
    report = grouped_figures(
        np.zeros((2, 4)), np.array([0, 0]), np.array([False, False]), GROUP, **OPTIONS
    )
    assert {one["value"] for one in report.values()} == {0.0}


def test_groups_of_one_are_the_categories_themselves() -> None:
    """Value and interval, as both draw the same images."""
    rng = np.random.default_rng(1)
    scores, category = rng.random((40, 7)), rng.integers(0, 7, 40)
    found = rng.random(40) < 0.9
    alone = grouped_figures(scores, category, found, np.arange(7), **OPTIONS)
    nothing = np.zeros((40, 1), dtype=bool)
    assert (
        alone
        == evaluate(scores, category, np.zeros((40, 1)), nothing, found, **OPTIONS)["category"]
    )


def test_without_an_image_figures_are_undefined() -> None:
    none = np.zeros(0, dtype=int)
    report = grouped_figures(np.zeros((0, 4)), none, none.astype(bool), GROUP, **OPTIONS)
    assert report["top5"] == {"value": None, "low": None, "high": None}
