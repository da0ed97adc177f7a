import json
from pathlib import Path

import pytest

from fashion_hls.report.search_section import SHOWN, search_section


def trial(number: int, figure: float | None, state: str, **params: object) -> dict:
    base = {"lr": 0.0012345 * (number + 1), "optimizer": ("adam", "sgd")[number % 2]}
    return {
        "trial": number, "state": state, "figure": figure, "epochs": 3, "params": base | params,
    }  # fmt: skip


@pytest.fixture
def run() -> dict:
    trials = [trial(number, number / 20, "complete") for number in range(12)]
    trials += [trial(12, 0.99, "pruned"), trial(13, None, "failed")]
    return {
        "network": "both", "split": "val", "figure": "val/mean", "own_settings": 11,
        "search": {"seed": 5}, "trials": trials,
    }  # fmt: skip


def section(tmp_path: Path, run: dict, below: Path = Path()):
    place = tmp_path / "metrics/search" / below / "stl.json"
    place.parent.mkdir(parents=True)
    place.write_text(json.dumps(run))
    return search_section(tmp_path / "page", tmp_path / "metrics", "stl", below)


def test_the_best_ten_come_first_those_ended_early_last(tmp_path: Path, run: dict) -> None:
    made = section(tmp_path, run)
    assert made is not None
    ((_, table),) = made.tables
    assert len(table) == SHOWN and table["val/mean"].tolist() == sorted(table["val/mean"])[::-1]
    assert table["trial"][0] == "11 (the run's own settings)" and table["trial"][1] == "10"
    assert table["lr"][1] == 0.0136, "three digits"
    assert set(table["ended"]) == {"complete"}
    assert "14 trials, seed 5; 1 ended early" in made.text and "1 failed" in made.text


def test_the_picture_shows_each_trial_that_has_a_figure(tmp_path: Path, run: dict) -> None:
    made = section(tmp_path, run, Path("catalogue"))
    assert made is not None and made.title == "Search of settings, catalogue: Baseline STL"
    ((file, _),) = made.pictures
    assert file.name == "search_catalogue_stl.svg"
    text = file.read_text()
    # A group of each point and of each of the two series in the legend.
    assert text.count("PathCollection_") >= 13 and "<svg" in text


def test_without_a_rate_there_is_no_picture_and_without_a_search_no_section(
    tmp_path: Path, run: dict
) -> None:
    run["trials"] = [trial(0, 0.5, "complete")]
    del run["trials"][0]["params"]["lr"]
    made = section(tmp_path, run)
    assert made is not None and made.pictures == []
    assert search_section(tmp_path, tmp_path / "metrics", "stl_hls", Path()) is None
