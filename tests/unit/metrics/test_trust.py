import numpy as np
import pandas as pd
import pytest

from fashion_hls.metrics.protocols import Truth
from fashion_hls.metrics.trust import Labels, trust

N, CATEGORIES, ATTRIBUTES = 30, 3, 6
OPTIONS = {"seed": 0, "draws": 50, "level": 0.95}
LABELS = Labels(["a", "b", "c"], [f"x{i}" for i in range(ATTRIBUTES)], ["g"] * ATTRIBUTES)


@pytest.fixture
def truth() -> Truth:
    rng = np.random.default_rng(0)
    return Truth(
        image_id=np.arange(N),
        category=rng.integers(0, CATEGORIES, N),
        positives=rng.random((N, ATTRIBUTES)) < 0.4,
    )


def table(truth: Truth, view: str, *, found: bool = True) -> pd.DataFrame:
    """Predictions that are the truth."""
    return pd.DataFrame(
        {
            "image_id": truth.image_id,
            "view": view,
            "found": found,
            "category_scores": list(np.eye(CATEGORIES, dtype=np.float32)[truth.category]),
            "attribute_scores": list(truth.positives.astype(np.float32)),
        }
    )


def test_perfect_predictions_are_calibrated_and_never_wrong(truth: Truth) -> None:
    figures, rows = trust(table(truth, "whole_image"), truth, truth, LABELS, **OPTIONS)
    assert list(figures) == list(rows) == ["whole_image"]
    report, made = figures["whole_image"], rows["whole_image"]
    assert report["calibration"]["category"] == report["calibration"]["attributes"] == 0.0
    assert report["attribute_mean_AP"] == 1.0
    assert report["consistency"]["unseen_truth"] == 0.0
    assert {row["recall"] for row in made["categories"]} == {1.0}
    assert all(row["truth"] == row["predicted"] for row in made["confused"])
    assert {row["scores"] for row in made["reliability"]} == {"category", "attributes"}


def test_attributes_are_judged_on_the_best_of_each_image(truth: Truth) -> None:
    """A sixth attribute, the least sure, may be as wrong as it likes."""
    part = table(truth, "whole_image")
    scores = np.tile([0.9, 0.9, 0.9, 0.9, 0.9, 0.1], (N, 1))
    part["attribute_scores"] = list(scores)
    figures, rows = trust(part, truth, truth, LABELS, **OPTIONS)
    share = truth.positives[:, :5].mean()
    assert figures["whole_image"]["calibration"]["attributes"] == pytest.approx(abs(0.9 - share))
    bins = [row for row in rows["whole_image"]["reliability"] if row["scores"] == "attributes"]
    assert [row["count"] for row in bins] == [5 * N]


def test_the_order_of_rows_and_other_protocols_change_nothing(truth: Truth) -> None:
    one = table(truth, "whole_image")
    both = pd.concat([table(truth, "end_to_end", found=False), one.sample(frac=1, random_state=0)])
    alone, together = (trust(t, truth, truth, LABELS, **OPTIONS) for t in (one, both))
    for first, second in zip(alone, together, strict=True):
        assert first["whole_image"] == second["whole_image"]


def test_without_any_crop_figures_are_undefined(truth: Truth) -> None:
    part = table(truth, "end_to_end", found=False)
    # As predict_split writes rows without a crop.
    part["category_scores"] = [np.zeros(CATEGORIES, np.float32)] * N
    figures, rows = trust(part, truth, truth, LABELS, **OPTIONS)
    report = figures["end_to_end"]
    assert report["calibration"]["category"] is report["calibration"]["attributes"] is None
    assert report["consistency"]["unseen@3"]["value"] is None
    assert rows["end_to_end"]["confused"] == [] and rows["end_to_end"]["reliability"] == []
    assert {row["recall"] for row in rows["end_to_end"]["categories"]} == {0.0}
