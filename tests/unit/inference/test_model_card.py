from typing import Any

import pytest

from fashion_hls.inference.model_card import model_card


def _spread(value: float | None) -> dict[str, Any]:
    if value is None:
        return {"value": None}
    return {"value": value, "low": value - 0.1, "high": value + 0.1}


@pytest.fixture
def card() -> dict[str, Any]:
    figures = {key: _spread(0.5) for key in ("top1", "top3", "recall@3", "recall@5")}
    return {
        "name": "open",
        "object_types": ["upper-body", "footwear"],
        "vocabulary": {"categories": ["Tops", "Shoes"], "attributes": ["a=b"]},
        "detector": {"name": "faster_rcnn"},
        "classifiers": {"stl_hls": {}},
        "precision": "float16",
        "data": {"title": "open (photos)", "licence": "MIT", "bias": "one shop"},
        "figures": {
            "detector": {
                "split": "test", "protocol": "COCO", "images": 40, "seed": 3,
                "mAP": _spread(0.25), "AP50": _spread(0.5), "AR@100": {"value": 0.75},
            },
            "classifiers": {
                "stl_hls": {
                    "split": "test", "seed": 3,
                    "protocols": {"retained": {"images": 41, **figures}},
                },
            },
            "validation": {
                "stl_hls": {
                    "images": 42, "protocol": "end_to_end", "precision": 0.8, "recall": 0.7,
                    "attributes_named": 2.0, "top1": 0.6,
                },
            },
        },
        "provenance": {
            "fashion_hls": "1.2.3", "commit": "abc", "changed_files": False,
            "weights": {"detector": "d1"}, "data": {"crops": "c1"},
        },
    }  # fmt: skip


def test_it_tells_data_figures_and_origin(card: dict[str, Any]) -> None:
    text = model_card(card)
    for told in (
        "open (photos)", "MIT", "one shop", "seed 3", "| faster_rcnn | 40 | 25.0 [15.0, 35.0] |",
        "| 75.0 |", "| stl_hls | retained | 41 | 50.0 [40.0, 60.0] |", "precision 80.0",
        "`abc`", "`d1`", "`c1`", "1.2.3",
    ):  # fmt: skip
        assert told in text
    assert "with changed files" not in text


def test_what_was_not_evaluated_has_no_figure(card: dict[str, Any]) -> None:
    card["figures"] = {"detector": None, "classifiers": {"stl_hls": None}, "validation": {}}
    text = model_card(card)
    assert text.count("not evaluated") == 2
    assert "| stl_hls |" not in text


def test_an_undefined_figure_is_a_dash(card: dict[str, Any]) -> None:
    own = card["figures"]["classifiers"]["stl_hls"]["protocols"]["retained"]
    own["recall@5"] = _spread(None)
    assert "| — |" in model_card(card)


def test_a_note_and_changed_files_are_told(card: dict[str, Any]) -> None:
    card["data"]["note"] = "drawings only"
    card["provenance"]["changed_files"] = True
    text = model_card(card)
    assert "Note: drawings only." in text
    assert "with changed files" in text
