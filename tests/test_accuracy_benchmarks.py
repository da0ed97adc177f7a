"""Benchmarks that print accuracy, on workspaces made so that the answer is known."""

import io
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from tests.benchmark_runs import run
from tests.unit.inference.conftest import CLASSIFIER, SIDE, VOCABULARY, make_workspace, scene

from fashion_hls.classification.build import build_classifier, load_classifier, save_classifier
from fashion_hls.data.images import ImageWriter
from fashion_hls.data.store import write_json, write_table
from fashion_hls.detection.build import load_detector
from fashion_hls.inference.pipeline import Pipeline
from fashion_hls.inference.torch_backend import TorchClassifier, TorchDetector


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
def test_quantized_detector(tmp_path: Path) -> None:
    """Of a detector whose own sure finds in float32 are the truth."""
    root = make_workspace(tmp_path / "workspace", "stl_hls")
    photos = {f"{seed}.png": scene(seed) for seed in range(24)}
    pack(root / "data/detection/images.zip", photos)
    found = TorchDetector(load_detector(root / "models/detector/tiny")).detect(
        [np.asarray(one) for one in photos.values()]
    )
    boxes = [
        (number, label, *box)
        for number, one in enumerate(found)
        for label, box, score in zip(one.labels, one.boxes, one.scores, strict=True)
        if score >= 0.5
    ]
    columns = ["image_id", "label", "x1", "y1", "x2", "y2"]
    write_table(root / "data/detection/objects.parquet", pd.DataFrame(boxes, columns=columns))
    sizes = np.array([one.size for one in photos.values()])
    split = np.where(np.arange(len(photos)) < 8, "train", "test")
    images = pd.DataFrame({"image_id": range(len(photos)), "file": list(photos), "split": split})
    images = images.assign(width=sizes[:, 0], height=sizes[:, 1])
    write_table(root / "data/detection/images.parquet", images)
    options = ("--workspace", str(root), "--detector", "tiny", "--calibration", "4")
    output = run(
        "quantized_detector.py", tmp_path / "t", *options, "--draws", "20", "--threads", "1"
    )
    assert output.startswith("tiny, 16 test photos, ranges from 4 training photos")
    for figure in ("mAP", "AP50", "AR@100"):
        plain, small, difference = map(numbers, cells(output, figure))
        assert plain == pytest.approx([1, 1, 1], abs=2e-3)
        assert 0 < small[0] <= 1
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


@pytest.mark.slow
def test_embeddings(tmp_path: Path) -> None:
    """Of crops that are each there twice, of one category, one colour, and two fabrics."""
    options = {**CLASSIFIER, "backbone": "tf_efficientnet_lite0", "trained_from": "blocks.5"}
    notes = {"vocabulary": VOCABULARY, "image_size": SIDE}
    method = "stl_hls"
    save_classifier(
        tmp_path / "models/classifier" / method,
        build_classifier(method, **options), method, options, notes,
    )  # fmt: skip
    crops = {f"{place}.png": scene(place // 2, SIDE, SIDE) for place in range(16)}
    pack(tmp_path / "data/crops/images.zip", crops)
    place = np.arange(len(crops))
    manifest = pd.DataFrame(
        {
            "image_id": place,
            "split": "test",
            "view": "retained",
            "found": True,
            "detected_type": 0,
            "category": place // 2 % 6,
            "attributes": [[one // 8, 3 + one % 2] for one in place],
            "store": "crops",
            "file": list(crops),
        }
    )
    write_table(tmp_path / "data/crops/manifest.parquet", manifest)
    write_json(tmp_path / "data/benchmark/vocabulary.json", VOCABULARY)
    output = run("embeddings.py", tmp_path / "t", "--workspace", str(tmp_path), "--threads", "1")
    assert output.startswith("stl_hls, 16 test crops of retained")
    for row, share in (("category", 1), ("colour", 1), ("fabric", 0), ("all of them", 0)):
        trained, plain, difference, chance = cells(output, row)
        assert numbers(trained) == numbers(plain) == [share] * 3
        assert numbers(difference) == [0, 0, 0]
        assert 0 <= float(chance) < 0.6
