"""The published figures under metrics/paper/, spot-checked against the paper's own text."""

import json
from pathlib import Path

import pytest

from fashion_hls.taxonomy import CATALOGUE, DEEPFASHION2, OBJECT_TYPES

PAPER = Path(__file__).parents[3] / "metrics" / "paper"


def read(number):
    return json.loads((PAPER / f"table{number}.json").read_text(encoding="utf-8"))


def row(number, **where):
    (found,) = (r for r in read(number)["rows"] if where.items() <= r.items())
    return found


@pytest.mark.parametrize(
    ("number", "rows"), [(1, 4), (2, 17), (3, 5), (4, 6), (5, 26), (6, 3), (7, 11)]
)
def test_every_row_has_every_column(number, rows):
    table = read(number)
    assert table["source"].endswith(f"Table {number}")
    assert len(table["rows"]) == rows
    assert all(list(r) == table["columns"] for r in table["rows"])


@pytest.mark.parametrize(
    ("column", "mapping"), [("df2_categories", DEEPFASHION2), ("mallzee_categories", CATALOGUE)]
)
def test_table1_is_the_taxonomy(column, mapping):
    published = {
        (name.lower(), r["object_type"].lower()) for r in read(1)["rows"] for name in r[column]
    }
    assert published == {(name.lower(), OBJECT_TYPES[label]) for name, label in mapping.items()}


def test_table2_has_no_misreading_left():
    values = {value for r in read(2)["rows"] for value in r["attribute_values"]}
    assert {"Blazer", "Tie-front", "Cocktail"} <= values
    assert not {"Rlazer", "Tie-tront", "Cocktai", "e"} & values


def test_figures_that_the_text_repeats():
    """Sections 4.1, 5.1, 5.2.1 and 5.2.2."""
    df2 = {"training": "DF2", "evaluation": "DF2"}
    mallzee = {"training": "Mallzee", "evaluation": "Mallzee"}
    assert row(3, dataset="DeepFashion")["images"] == 289_222
    assert row(4, metric="mAP", **df2)["CenterNet"] == 75.6
    assert row(4, metric="AR@100", **df2)["CenterNet"] == 86.9
    assert row(4, metric="mAP", **mallzee)["Faster R-CNN"] == 80.6
    assert row(4, metric="AR@100", **mallzee)["Faster R-CNN"] == 85.8
    full = row(5, training_dataset="Full dataset", network="EfficientNet-B4")
    assert full["accuracy@1"] == 92.24
    assert row(7, method="STL w/ HLS")["category_top3"] == 93.99
    assert row(7, method="MTL w/ RNN + VA")["category_top5"] == 97.57


def test_differences_that_the_text_states():
    """Section 5.2.1: four B4 models are 0.6 better in the mean; 5.2.2: what HLS adds to STL."""
    b4 = [r["accuracy@1"] for r in read(5)["rows"] if r["network"] == "EfficientNet-B4"]
    assert sum(b4[:4]) / 4 - b4[4] == pytest.approx(0.6, abs=0.01)
    stl, hls = row(7, method="Baseline STL"), row(7, method="STL w/ HLS")
    assert hls["recall@3"] - stl["recall@3"] == pytest.approx(1.49)
    assert hls["recall@5"] - stl["recall@5"] == pytest.approx(1.72)
    best_other = row(7, method="Li et al., 2019 [10]")
    assert hls["altered_recall@3"] - best_other["recall@3"] == pytest.approx(6.36)
    top5 = {r["method"]: r["recall@5"] for r in read(6)["rows"]}
    assert top5["STL w/ HLS"] - top5["Baseline STL"] == pytest.approx(0.02)
