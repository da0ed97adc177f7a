import json
from pathlib import Path

import pytest

from fashion_hls import places
from fashion_hls.report.summary_section import summary_section

TITLES = {"a": "Detector A", "b": "Detector B"}


def figure(value: float) -> dict[str, float]:
    return {"value": value, "low": value - 0.1, "high": value + 0.1}


def write(path: Path, content: dict) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))


@pytest.fixture
def metrics(tmp_path: Path) -> Path:
    for name, value in (("a", 0.3), ("b", 0.5)):
        ends = {"low": value - 0.1, "high": value + 0.1}
        run = {"figures": {"mAP": value, "images": 90}, "intervals": {"mAP": ends}}
        write(tmp_path / "detector" / f"{name}.json", run)
    write(tmp_path / "retention.json", {"overall": {"rate": 0.9, "images": 400}})
    for name, top1, recall in (("stl", 0.7, 0.5), ("stl_hls", 0.6, 0.6)):
        report = {"images": 50, "category": {"top1": figure(top1)}}
        report["attributes"] = {"recall@5": figure(recall)}
        write(tmp_path / "classifier" / f"{name}.json", {"protocols": {"retained": report}})
    gain = {"difference": 0.02, "low": 0.01, "high": 0.03}
    none = {"difference": 0.01, "low": -0.01, "high": 0.02}
    report = {"images": 50, "category": {"top1": none}, "attributes": {}}
    report["attributes"] |= {"recall@3": none, "recall@5": gain}
    write(tmp_path / "differences.json", {"methods": {"stl_hls": {"retained": report}}})
    return tmp_path


def text(metrics: Path, methods=("stl", "stl_hls"), studies=()) -> str:
    return summary_section(metrics, methods, TITLES, studies).text


def test_the_best_of_each_is_named_with_its_interval(metrics) -> None:
    found = text(metrics)
    assert "The best of 2 detectors, Detector B, has an mAP of 50.0% [40.0, 60.0] on 90" in found
    assert "on 90.0% of 400 classification photos" in found
    assert "first guess on 70.0% [60.0, 80.0] (Baseline STL)" in found
    assert "best five guesses hold 60.0% [50.0, 70.0] (STL w/ HLS)" in found


def test_a_difference_whose_interval_holds_zero_is_undecided(metrics) -> None:
    found = text(metrics)
    assert (
        "+1.00 points [-1.00, +2.00, undecided] in category top-1, "
        "+1.00 points [-1.00, +2.00, undecided] in attribute recall@3 and "
        "+2.00 points [+1.00, +3.00] in recall@5." in found
    )


def test_without_hls_or_with_few_images_nothing_is_said(metrics) -> None:
    write(metrics / "differences.json", {"methods": {}})
    assert "Sharing labels" not in text(metrics)
    report = {"images": 29, "category": {}, "attributes": {}}
    write(metrics / "classifier" / "stl.json", {"protocols": {"retained": report}})
    assert "first guess" not in text(metrics, methods=["stl"])


def test_the_study_says_what_each_label_gave(metrics) -> None:
    def row(value: float) -> dict:
        ends = {"difference_low": value - 0.005, "difference_high": value + 0.005}
        one = {"difference": value, **ends}
        return {"top1": one, "recall@3": one}

    report = {
        "type_to_category": {"predicted": row(0.02), "shuffled": row(0.0)},
        "category_to_attributes": {
            "predicted": row(0.03),
            "soft": row(0.04),
            "shuffled": row(0.001),
            "ground_truth / oracle": row(0.05),
        },
    }
    run = {"study": "label_sharing", "seeds": 5, "protocols": {"end_to_end": report}}
    write(metrics / places.STUDIES / "label_sharing.json", run)
    found = text(metrics, studies=["label_sharing"])
    assert "Over 5 seeds" in found and "type gives +2.00 points [+1.50, +2.50] in top-1" in found
    assert "another image's type +0.00 points [-0.50, +0.50, undecided]" in found
    assert "its probabilities +4.00 points" in found and "nobody has, +5.00 points" in found
