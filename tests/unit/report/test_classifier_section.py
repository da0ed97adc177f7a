import json
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image

from fashion_hls.metrics.protocols import IN_USE
from fashion_hls.report.classifier_section import SHOWN, classifier_section
from fashion_hls.report.mistakes import FILE
from fashion_hls.report.page import Section

UNSEEN = {"value": 0.25, "low": 0.1, "high": 0.4}
REPORT = {
    "images": 40,
    "consistency": {"images": 38, "unseen@3": UNSEEN, "unseen_truth": 0.02},
    "impossible": {"reason": "3 of 9 categories are none of the paper's Table 1"},
    "calibration": {"category": 0.071, "attributes": None, "best_attributes": 5},
    "attribute_mean_AP": 0.5,
}
BIN = {"low": 0.5, "high": 0.6, "count": 3, "confidence": 0.55, "accuracy": 0.4}
ROWS = {
    "reliability": [{"scores": kind, **BIN} for kind in ("category", "attributes")],
    "categories": [
        {
            "category": "Dress",
            "images": 3,
            "predicted": 2,
            "recall": 0.5,
            "precision": None,
            "F1": 0,
        }
    ],
    "confused": [
        {"truth": "Dress", "predicted": "Dress", "count": 9},
        {"truth": "Dress", "predicted": "Boots", "count": 2},
    ],
    "attributes": [
        {"attribute": f"a{i}", "group": "g", "images": 9, "recall@5": 0.5, "AP": 1 - i / 100}
        for i in range(SHOWN + 5)
    ],
}


def section(root: Path, report: dict, rows: dict, *, sheet: bool = False) -> Section:
    for folder, content in (
        ("classifier", {"protocols": {IN_USE: report}}),
        ("classifier_plots", {IN_USE: rows}),
    ):
        path = root / "metrics" / folder / "stl_hls.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content))
    if sheet:
        (root / "pictures/stl_hls").mkdir(parents=True)
        Image.new("RGB", (9, 9)).save(root / "pictures/stl_hls" / FILE)
    return classifier_section(
        root / "page",
        metrics=root / "metrics",
        pictures=root / "pictures",
        name="stl_hls",
        below=Path(),
    )


def test_the_text_says_what_the_figures_are(tmp_path: Path) -> None:
    made = section(tmp_path, REPORT, ROWS)
    assert made.title == "Errors: STL w/ HLS"
    for text in ("40 test images", "38 with a crop", "category 7.1%", "best attributes undefined",
                 "25.0% [10.0%, 40.0%]", "of the true labels, 2.0%"):  # fmt: skip
        assert text in made.text


def test_right_pairs_are_no_confusion_and_the_hardest_attributes_come_first(tmp_path: Path) -> None:
    confused, categories, attributes = (
        table for _, table in section(tmp_path, REPORT, ROWS).tables
    )
    assert confused["predicted"].tolist() == ["Boots"]
    assert len(categories) == 1
    assert len(attributes) == SHOWN and attributes["AP"].is_monotonic_increasing
    assert attributes["attribute"].iloc[0] == f"a{SHOWN + 4}"


def test_impossible_predictions_stand_beside_the_consistency(tmp_path: Path) -> None:
    def figures(value: float | None) -> dict:
        one = {"value": value, "low": value, "high": value, "judged": 110, "left_out": 4}
        return {name: dict(one) for name in ("best@1", "best@3", "at_threshold")}

    found = {
        "reason": None,
        "attributes": 51,
        "left_out": 2,
        "threshold": 0.5,
        "predicted_category": figures(0.125),
        "true_category": figures(0.25) | {"at_threshold": figures(None)["best@1"]},
        "labels": {"value": 0.01},
    }
    made = section(tmp_path, REPORT | {"impossible": found}, ROWS)
    for text in ("12.5% [12.5%, 12.5%] of the three best", "25.0% [25.0%, 25.0%] not to the true",
                 "true labels, 1.0%", "2 of 53 attributes are unknown"):  # fmt: skip
        assert text in made.text
    (title, table), *others = made.tables
    assert "Impossible" in title and len(others) == 3
    assert table["predicted"].tolist() == ["best 1", "best 3", "score at least 0.5"]
    assert table["not of the true category"].tolist()[-1] == "undefined"
    assert table["judged"].tolist() == [110] * 3 and table["left out"].tolist() == [4] * 3


def test_a_set_of_another_taxonomy_says_why_nothing_is_counted(tmp_path: Path) -> None:
    made = section(tmp_path, REPORT, ROWS)
    assert "not counted (3 of 9 categories are none of the paper's Table 1)" in made.text


@pytest.mark.parametrize("sheet", [False, True])
def test_mistakes_are_shown_where_there_are_any(tmp_path: Path, sheet: bool) -> None:
    made = section(tmp_path, REPORT, ROWS, sheet=sheet)
    assert [path.suffix for path, _ in made.pictures] == [".svg", ".svg", ".jpg"][: 2 + sheet]
    assert made.pictures[0][0].is_file()


def test_a_protocol_without_any_crop_still_has_its_section(tmp_path: Path) -> None:
    nothing = {"value": None, "low": None, "high": None}
    report = REPORT | {"consistency": {"images": 0, "unseen@3": nothing, "unseen_truth": None}}
    made = section(tmp_path, report, {key: [] for key in ROWS})
    assert "0 with a crop" in made.text and "Hierarchical" not in made.text
    assert all(isinstance(table, pd.DataFrame) and table.empty for _, table in made.tables)
