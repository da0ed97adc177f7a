"""Each benchmark runs and prints its figures; nothing here says how fast anything is."""

import io
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from tests.unit.inference.conftest import SIDE, VOCABULARY, make_workspace, scene

from fashion_hls.classification.build import load_classifier
from fashion_hls.data.images import ImageWriter
from fashion_hls.data.store import write_json, write_table
from fashion_hls.inference.pipeline import Pipeline
from fashion_hls.inference.torch_backend import TorchClassifier

RATIO = re.compile(r"^ratio, .*: (\S+) \((\S+) to (\S+)\), median of (\d+) rounds", re.MULTILINE)
BENCHMARKS = Path("benchmarks").resolve()


def run(name: str, folder: Path, *options: str) -> str:
    """What a benchmark prints; its temporary folder must be empty again afterwards."""
    folder.mkdir()
    done = subprocess.run(
        [sys.executable, str(BENCHMARKS / name), *options],
        env={
            **os.environ,
            "PYTHONPATH": "src",
            "TMPDIR": str(folder),
            # torch makes a folder for compiled kernels when it is imported; it is no benchmark's.
            "TORCHINDUCTOR_CACHE_DIR": str(folder.parent / "kernels"),
        },
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert list(folder.iterdir()) == []
    return done.stdout


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
    options = ("--image-size", "96", "--threads", "1", "--rounds", "2", "--photos", "3")
    output = run("prediction_folder.py", tmp_path / "t", *options)
    assert_ratios(output, count=1, rounds=2)
    assert output.startswith("3 photos, 3 garments each, 1 threads")
    assert len(re.findall(r": \S+ \(\S+ to \S+\) photos a second$", output, re.MULTILINE)) == 2


def pack(path: Path, pictures: dict[str, Image.Image]) -> None:
    with ImageWriter(path) as writer:
        for name, picture in pictures.items():
            content = io.BytesIO()
            picture.save(content, "PNG")
            writer.add(name, content.getvalue())


def cells(output: str, first: str) -> list[str]:
    """Of the table's row that begins so; its other cells."""
    (row,) = (line for line in output.splitlines() if line.startswith(f"| {first} "))
    return [cell.strip() for cell in row.strip("|").split("|")][1:]


def numbers(cell: str) -> list[float]:
    """A value and the ends of its interval, which it lies in."""
    value, low, high = map(float, re.findall(r"[-+]?\d+\.\d+", cell))
    assert low <= value <= high
    return [value, low, high]


@pytest.mark.slow
def test_quantized(tmp_path: Path) -> None:
    """Of a method whose own best guesses in float32 are the truth."""
    root = make_workspace(tmp_path / "workspace", "stl_hls")
    crops = {f"{seed}.png": scene(seed, SIDE, SIDE) for seed in range(16)}
    pack(root / "data/crops/images.zip", crops)
    classifier, _ = load_classifier(root / "models/classifier/stl_hls")
    types = np.arange(len(crops)) % 4
    scores = TorchClassifier(classifier).classify(
        np.stack([*map(np.asarray, crops.values())]), types
    )
    manifest = pd.DataFrame(
        {
            "image_id": range(len(crops)),
            "split": ["train", "test"] * 8,
            "view": "retained",
            "found": True,
            "detected_type": types,
            "category": scores.category.argmax(1),
            "attributes": np.argsort(-scores.attributes, axis=1)[:, :3].tolist(),
            "store": "crops",
            "file": list(crops),
        }
    )
    write_table(root / "data/crops/manifest.parquet", manifest)
    write_json(root / "data/benchmark/vocabulary.json", VOCABULARY)
    options = ("--workspace", str(root), "--calibration", "4", "--draws", "20", "--threads", "1")
    output = run("quantized.py", tmp_path / "t", *options)
    assert output.startswith("stl_hls, 8 test crops of retained, ranges from 4 training crops")
    for figure in ("top1", "top3", "recall@3", "recall@5"):
        plain, small, difference = map(numbers, cells(output, figure))
        assert plain == [1, 1, 1]
        assert difference[0] == pytest.approx(small[0] - plain[0], abs=2e-3)
    assert re.search(r"^graphs: float32 \d+\.\d MB, int8 \d+\.\d MB$", output, re.MULTILINE)


@pytest.mark.slow
def test_overlap_rule(tmp_path: Path) -> None:
    """Of photos whose garments are those that the pipeline finds, which the rule is part of."""
    root = make_workspace(tmp_path / "workspace")
    photos = {f"{seed}.png": scene(seed) for seed in range(14)}
    pack(root / "data/detection/images.zip", photos)
    pipeline = Pipeline.load(root)
    names = pipeline.card["object_types"]
    garments = [
        (number, names.index(one.object_type), *one.box, "any", "annotated", 1.0)
        for number, photo in enumerate(photos.values())
        for one in pipeline(photo).garments
    ]
    box = ["x1", "y1", "x2", "y2"]
    columns = ["image_id", "label", *box, "category", "source", "confidence"]
    objects = pd.DataFrame(garments, columns=columns)
    images = pd.DataFrame({"image_id": range(len(photos)), "file": list(photos)})
    write_table(root / "data/detection/objects.parquet", objects)
    split = np.where(images["image_id"] < 8, "val", "test")
    write_table(root / "data/detection/images.parquet", images.assign(split=split))
    options = ("--workspace", str(root), "--draws", "20", "--threads", "1")
    output = run("overlap_rule.py", tmp_path / "t", *options)
    assert output.startswith("tiny, score at least 0.5;")
    for row in ("val", "test"):
        _, truth, before, after, *figures = cells(output, row)
        assert truth == after
        without, by_rule, gain = map(numbers, figures)
        assert int(before) > int(after) > 0
        assert without[0] < 1
        assert by_rule == [1, 1, 1]
        assert gain[0] == pytest.approx(1 - without[0], abs=2e-3)
