"""Each benchmark runs and prints its figures; nothing here says how fast anything is."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from tests.benchmark_runs import BENCHMARKS, run

RATIO = re.compile(r"^ratio, .*: (\S+) \((\S+) to (\S+)\), median of (\d+) rounds", re.MULTILINE)


def assert_ratios(output: str, count: int, rounds: int) -> None:
    found = RATIO.findall(output)
    assert len(found) == count, output
    for middle, least, most, number in found:
        assert 0 < float(least) <= float(middle) <= float(most)
        assert int(number) == rounds


def test_attribute_list(tmp_path: Path) -> None:
    options = ("--rows", "60", "--columns", "50", "--rounds", "2")
    output = run("attribute_list.py", tmp_path / "t", *options)
    assert_ratios(output, count=1, rounds=2)
    assert len(re.findall(r"peak [1-9]\d* MiB", output)) == 2


def test_deepfashion2_notes(tmp_path: Path) -> None:
    options = ("--photos", "20", "--decoded", "4", "--rounds", "2")
    assert_ratios(run("deepfashion2_notes.py", tmp_path / "t", *options), count=5, rounds=2)


@pytest.mark.slow
def test_noop_repro(tmp_path: Path) -> None:
    output = run("noop_repro.py", tmp_path / "t", "--images", "12", "--rounds", "1")
    assert_ratios(output, count=1, rounds=1)


@pytest.mark.slow
def test_detector_step(tmp_path: Path) -> None:
    assert_ratios(run("detector_step.py", tmp_path / "t", "--rounds", "1"), count=3, rounds=1)


@pytest.mark.slow
def test_detectors(tmp_path: Path) -> None:
    options = ("--profile", "sample", "--rounds", "1")
    rows = run("detectors.py", tmp_path / "t", *options).splitlines()[2:]
    assert [row.split("|")[1].strip() for row in rows] == [
        "Faster R-CNN",
        "EfficientDet-lite0",
        "CenterNet",
    ]
    # The committed sample has the default detector alone.
    assert [row.count("not run") for row in rows] == [0, 3, 3]
    assert all(len(re.findall(r"[1-9]\d* \(\d+ to \d+\)", row)) == 2 for row in rows)


@pytest.mark.slow
def test_retention(tmp_path: Path) -> None:
    output = run("retention.py", tmp_path / "t", "--photos", "8", "--rounds", "1")
    assert_ratios(output, count=1, rounds=1)


@pytest.mark.slow
def test_classifier_step(tmp_path: Path) -> None:
    options = ("--side", "64", "--batch", "2", "--steps", "1", "--rounds", "1")
    output = run("classifier_step.py", tmp_path / "t", *options)
    assert_ratios(output, count=3, rounds=1)
    assert len(re.findall(r"\| [1-9]\d*\.\d \(", output)) == 4


@pytest.mark.slow
def test_crop_loader(tmp_path: Path) -> None:
    sizes = ("--side", "64", "--batch", "2", "--steps", "1")
    output = run("crop_loader.py", tmp_path / "t", *sizes, "--crops", "6", "--rounds", "2")
    assert_ratios(output, count=2, rounds=2)
    verdict = r"^crops .*: (at least|SLOWER than) 3 times a training step; adds \d+% to an epoch$"
    assert len(re.findall(verdict, output, re.MULTILINE)) == 2


def test_crop_loader_says_which_way_of_loading_is_too_slow() -> None:
    """On made-up seconds, of rounds with a load on the machine in one of them."""
    code = (
        "import crop_loader as c; "
        "c.report({c.CACHED: [1, 1, 9], c.DECODED: [2, 2, 2], c.STEP: [5, 5, 45]})"
    )
    path = os.pathsep.join(["src", str(BENCHMARKS)])
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines()[-2:] == [
        "crops in memory: at least 3 times a training step; adds 20% to an epoch",
        "crops decoded each time: SLOWER than 3 times a training step; adds 40% to an epoch",
    ]


def test_evaluation(tmp_path: Path) -> None:
    options = ("--images", "300", "--attributes", "60", "--draws", "5", "--rounds", "2")
    output = run("evaluation.py", tmp_path / "t", *options)
    assert_ratios(output, count=3, rounds=2)
    assert "300 images, 60 attributes, " in output


@pytest.mark.slow
def test_prediction(tmp_path: Path) -> None:
    options = ("--image-size", "96", "--threads", "1", "--rounds", "2")
    output = run("prediction.py", tmp_path / "t", *options)
    assert_ratios(output, count=3, rounds=2)
    assert len(re.findall(r": [1-9]\d* \(\d+ to \d+\) ms a photo$", output, re.MULTILINE)) == 4


@pytest.mark.slow
def test_prediction_folder(tmp_path: Path) -> None:
    options = ("--image-size", "96", "--threads", "2", "--rounds", "2", "--photos", "8")
    output = run("prediction_folder.py", tmp_path / "t", *options)
    assert_ratios(output, count=2, rounds=2)
    assert output.startswith("8 photos, 3 garments each, 2 threads")
    assert len(re.findall(r": \S+ \(\S+ to \S+\) photos a second$", output, re.MULTILINE)) == 3
