from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fashion_hls.data.store import read_table, write_table
from fashion_hls.data.truth import truth_of
from fashion_hls.metrics.protocols import (
    Truth,
    baseline_figures,
    by_view,
    differences,
    mean_differences,
    method_figures,
)

N, CATEGORIES, ATTRIBUTES = 40, 8, 12
OPTIONS = {"seed": 0, "draws": 50, "level": 0.95}


@pytest.fixture
def images() -> pd.DataFrame:
    generator = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "image_id": generator.permutation(1000)[:N],
            "split": "test",
            "category": generator.integers(0, CATEGORIES, N),
            # At most three of twelve, so that recall@3 can be whole.
            "attributes": [
                sorted(generator.choice(ATTRIBUTES, generator.integers(1, 4), replace=False))
                for _ in range(N)
            ],
        }
    )


@pytest.fixture
def truth(images: pd.DataFrame) -> Truth:
    return truth_of(images, "test", ATTRIBUTES)


def rows(truth: Truth, view: str, category: np.ndarray, attributes: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "image_id": truth.image_id,
            "view": view,
            "found": True,
            "category_scores": list(category),
            "attribute_scores": list(attributes),
        }
    )


def perfect(truth: Truth, view: str = "end_to_end") -> pd.DataFrame:
    return rows(truth, view, np.eye(CATEGORIES)[truth.category], truth.positives.astype(float))


def guessed(truth: Truth, view: str = "end_to_end", seed: int = 1) -> pd.DataFrame:
    draw = np.random.default_rng(seed).random
    return rows(truth, view, draw((N, CATEGORIES)), draw((N, ATTRIBUTES)))


def values(report: dict, name: str = "value") -> list[float]:
    return [
        figure[name] for group in ("category", "attributes") for figure in report[group].values()
    ]


def test_a_perfect_prediction_scores_one_in_any_order_of_rows(truth: Truth) -> None:
    table = perfect(truth).sample(frac=1, random_state=3)
    report = method_figures(table, truth, **OPTIONS)["end_to_end"]
    figures = report["category"] | report["attributes"]
    # Recall at 1 cannot be whole where an image has three attributes.
    assert figures.pop("recall@1")["value"] < 1
    assert [figure["value"] for figure in figures.values()] == [1.0] * len(figures)
    assert [figure["low"] for figure in figures.values()] == [1.0] * len(figures)


def test_each_view_has_figures_of_its_own_rows(truth: Truth) -> None:
    good, bad = perfect(truth, "retained").iloc[:10], guessed(truth, "whole_image")
    out = method_figures(pd.concat([bad, good]), truth, **OPTIONS)
    assert list(out) == ["retained", "whole_image"]
    assert out["retained"]["images"] == 10 and out["whole_image"]["images"] == N
    assert out["retained"]["category"]["top1"]["value"] == 1.0
    assert out["whole_image"]["category"]["top1"]["value"] < 0.5
    assert (
        out["retained"]["attribute_positives"]
        == truth.of(good["image_id"].to_numpy()).positives.sum()
    )


def test_what_was_not_found_is_wrong_and_keeps_its_positives_in_the_denominator(truth) -> None:
    table = perfect(truth)
    lost = np.arange(N) < N // 4
    table["found"] = ~lost
    report = method_figures(table, truth, **OPTIONS)["end_to_end"]
    kept = truth.positives[~lost].sum() / truth.positives.sum()
    assert report["images"] == N
    assert report["attribute_positives"] == truth.positives.sum()
    assert report["category"]["top5"]["value"] == pytest.approx(0.75)
    assert report["attributes"]["recall@5"]["value"] == pytest.approx(kept)
    assert kept < 1


def test_scores_of_what_was_not_found_change_nothing(truth: Truth) -> None:
    empty, full = perfect(truth), perfect(truth)
    empty["found"] = full["found"] = np.arange(N) % 3 > 0
    for row in np.flatnonzero(~empty["found"].to_numpy()):
        empty.at[row, "category_scores"] = np.zeros(CATEGORIES)
        empty.at[row, "attribute_scores"] = np.zeros(ATTRIBUTES)
    assert method_figures(empty, truth, **OPTIONS) == method_figures(full, truth, **OPTIONS)


def test_nothing_found_at_all_scores_zero(truth: Truth) -> None:
    report = method_figures(perfect(truth).assign(found=False), truth, **OPTIONS)["end_to_end"]
    assert values(report) == [0.0] * len(values(report))


def test_shuffled_labels_change_the_figures_and_never_the_predictions(
    images: pd.DataFrame, tmp_path: Path
) -> None:
    path = tmp_path / "predictions.parquet"
    write_table(path, perfect(truth_of(images, "test", ATTRIBUTES)))
    before = path.read_bytes()
    order = np.random.default_rng(5).permutation(N)
    shuffled = images.assign(
        category=images["category"].to_numpy()[order],
        attributes=images["attributes"].to_numpy()[order],
    )
    table = read_table(path)
    right, wrong = (
        method_figures(table, truth_of(labels, "test", ATTRIBUTES), **OPTIONS)["end_to_end"]
        for labels in (images, shuffled)
    )
    assert right["category"]["top1"]["value"] == 1.0
    assert wrong["category"]["top1"]["value"] < 0.5
    assert path.read_bytes() == before
    write_table(path, table)
    assert path.read_bytes() == before


def test_a_method_differs_from_itself_by_exactly_nothing(truth: Truth) -> None:
    table = pd.concat([guessed(truth), perfect(truth, "retained")])
    again = table.sample(frac=1, random_state=1)
    for report in differences(table, again, truth, **OPTIONS).values():
        for end in ("difference", "low", "high"):
            assert values(report, end) == [0.0] * len(values(report, end))


def test_a_difference_is_that_of_the_two_values_and_has_its_sign(truth: Truth) -> None:
    good, bad = perfect(truth), guessed(truth)
    first, second = (method_figures(t, truth, **OPTIONS)["end_to_end"] for t in (good, bad))
    ahead = differences(good, bad, truth, **OPTIONS)["end_to_end"]
    behind = differences(bad, good, truth, **OPTIONS)["end_to_end"]
    expected = np.subtract(values(first), values(second))
    assert values(ahead, "difference") == pytest.approx(list(expected))
    assert values(behind, "difference") == pytest.approx(list(-expected))
    assert ahead["category"]["top1"]["low"] > 0 > behind["category"]["top1"]["high"]


def test_a_reference_over_other_images_is_refused(truth: Truth) -> None:
    table = guessed(truth).sort_values("image_id")
    with pytest.raises((ValueError, KeyError)):
        differences(table.iloc[:20], table.iloc[20:], truth, **OPTIONS)


def test_baselines_see_training_labels_alone_and_miss_what_was_not_found(truth: Truth) -> None:
    train = Truth(
        image_id=np.arange(4),
        category=np.array([3, 3, 3, 1]),
        positives=np.eye(ATTRIBUTES, dtype=bool)[[0, 0, 0, 1]],
    )
    found = np.arange(N) % 2 == 0
    part = pd.DataFrame({"image_id": truth.image_id, "view": "end_to_end", "found": found})
    views = dict(by_view(part))
    out = baseline_figures(views, train, truth, CATEGORIES, **OPTIONS)["end_to_end"]
    share = ((truth.category == 3) & found).mean()
    assert out["frequencies"]["category"]["top1"]["value"] == pytest.approx(share)
    hits = (truth.positives[:, 0] & found).sum() / truth.positives.sum()
    assert out["frequencies"]["attributes"]["recall@1"]["value"] == pytest.approx(hits)
    oracle = out["frequencies_given_true_category"]
    assert oracle["category"]["top1"]["value"] == pytest.approx(found.mean())


def test_rows_of_a_view_come_in_the_order_of_ids(truth: Truth) -> None:
    ((name, part),) = by_view(guessed(truth))
    assert name == "end_to_end"
    assert part["image_id"].tolist() == sorted(truth.image_id.tolist())
    assert part.index.tolist() == list(range(N))


def means(table, reference, truth, names):
    groups = {int(i): name for i, name in zip(truth.image_id, names, strict=True)}
    return mean_differences(table, reference, truth, groups, seed=1, draws=200, level=0.95)


def test_the_mean_over_types_counts_a_large_type_no_more_than_a_small_one(truth) -> None:
    """One network is right on the small type, the other on the large one."""
    names = ["small"] * 10 + ["large"] * (N - 10)
    right, wrong = perfect(truth), perfect(truth)
    scores = np.stack(right["category_scores"].tolist())
    turned = list(np.roll(scores, 1, axis=1))
    ours = right.assign(category_scores=[*list(scores[:10]), *turned[10:]])
    theirs = wrong.assign(category_scores=[*turned[:10], *list(scores[10:])])
    report = means(ours, theirs, truth, names)["end_to_end"]
    assert report["groups"] == {"large": N - 10, "small": 10}
    assert report["category"]["top1"]["difference"] == pytest.approx(0)
    only = means(ours, right, truth, names)["end_to_end"]["category"]["top1"]
    assert only["difference"] == pytest.approx(-0.5)
    assert only["low"] == only["high"] == pytest.approx(-0.5)


def test_types_without_a_network_are_left_out_of_the_mean(truth) -> None:
    names = ["a"] * (N // 2) + ["b"] * (N - N // 2)
    ids = truth.image_id[: N // 2]
    table = perfect(truth)
    part = table[table["image_id"].isin(ids)]
    report = means(part, guessed(truth), truth, names)["end_to_end"]
    assert report["groups"] == {"a": N // 2} and report["images"] == N // 2
    with pytest.raises(ValueError, match="different images"):
        means(table, part, truth, names)
