"""Tiny untrained networks as the pipeline leaves them and as a bundle, and photos for them."""

from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from fashion_hls.classification.build import (
    METHODS,
    build_classifier,
    load_classifier,
    save_classifier,
)
from fashion_hls.detection.build import build_detector, load_detector, save_detector
from fashion_hls.inference.bundle import WEIGHTS, Bundle, pack
from fashion_hls.inference.onnx_bundle import export_bundle
from fashion_hls.inference.pipeline import Pipeline
from fashion_hls.inference.torch_loading import workspace_card
from fashion_hls.inference.weights_file import pack_weights

BACKBONE = "test_efficientnet"
SIDE = 64
VOCABULARY = {
    "categories": ["Blouse", "Hoodie", "Jeans", "Dress", "Boots", "Flats"],
    "category_types": [0, 0, 1, 2, 3, 3],
    "attributes": ["red", "blue", "striped", "cotton", "denim", "v neck", "süß"],
    "attribute_groups": ["colour", "colour", "print", "fabric", "fabric", "neck", "print"],
}
DATA = {"dataset": "tiny", "title": "tiny (untrained)", "bias": "none", "licence": "free"}
DETECTOR = {
    "backbone": BACKBONE, "pretrained": False, "classes": 4, "image_size": 96, "frozen_blocks": 0,
    "channels": 32, "hidden": 32, "proposals": 10,
}  # fmt: skip
CLASSIFIER = {
    "backbone": BACKBONE, "pretrained": False, "trained_from": "blocks.3", "object_types": 5,
    "categories": 6, "attributes": 7, "embedding": 8, "attention": 16, "state": 16, "hidden": 16,
    "dropout": 0.0,
}  # fmt: skip


def decided(network: torch.nn.Module, last: str, factor: float) -> None:
    """Make untrained scores differ from one picture and label to the next."""
    with torch.no_grad():
        for name, weights in network.named_parameters():
            if last in name and name.endswith("weight"):
                weights.mul_(factor)


def make_workspace(root: Path, *methods: str) -> Path:
    """A folder as the pipeline leaves it."""
    torch.manual_seed(3)
    detector = build_detector("faster_rcnn", **DETECTOR)
    for last, factor in (("cls_score", 250.0), ("bbox_pred", 8.0), ("cls_logits", 30.0)):
        decided(detector, last, factor)
    notes = {"data": DATA, "weights": "none"}
    save_detector(root / "models/detector/tiny", detector, "faster_rcnn", DETECTOR, notes)
    for method in methods or METHODS:
        classifier = build_classifier(method, **CLASSIFIER)
        decided(classifier, "classifier", 4.0)
        notes = {"vocabulary": VOCABULARY, "image_size": SIDE, "data": DATA}
        save_classifier(root / "models/classifier" / method, classifier, method, CLASSIFIER, notes)
    params = {"retention": {"detector": "tiny"}}
    (root / "params.yaml").write_text(yaml.safe_dump(params), encoding="utf-8")
    return root


def bundle_of(root: Path, *, half: bool) -> bytes:
    """A bundle of all of a folder's networks, without thresholds."""
    networks = {"detector": load_detector(root / "models/detector/tiny").state_dict()}
    for method in METHODS:
        networks[method] = load_classifier(root / "models/classifier" / method)[0].state_dict()
    card = workspace_card(root, "tiny", METHODS)
    return pack(card, {WEIGHTS: pack_weights(networks, half=half)})


@pytest.fixture(scope="session")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that the pipeline ran in, with all methods; do not change it."""
    return make_workspace(tmp_path_factory.mktemp("workspace"))


@pytest.fixture(scope="session")
def bundle_file(workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle of the same networks, float32; do not change it."""
    path = tmp_path_factory.mktemp("bundle") / "tiny.fhls"
    path.write_bytes(bundle_of(workspace, half=False))
    return path


@pytest.fixture(scope="session")
def half_bundle_file(workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same in half precision; do not change it."""
    path = tmp_path_factory.mktemp("bundle") / "half.fhls"
    path.write_bytes(bundle_of(workspace, half=True))
    return path


@pytest.fixture(scope="session")
def exported(bundle_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundle as ONNX graphs; do not change it."""
    path = tmp_path_factory.mktemp("exported") / "graphs.fhls"
    path.write_bytes(export_bundle(Bundle(bundle_file)))
    return path


@pytest.fixture(scope="session")
def pipeline(bundle_file: Path) -> Pipeline:
    """The bundle, loaded."""
    return Pipeline.load(bundle_file)


@pytest.fixture(params=["one after the other", "side by side"])
def many(request: pytest.FixtureRequest, pipeline: Pipeline, exported: Path) -> Pipeline:
    """A pipeline that takes photos so."""
    return pipeline if request.param != "side by side" else Pipeline.load(exported, threads=2)


def scene(seed: int, width: int = 120, height: int = 160) -> Image.Image:
    """A picture of a few coloured shapes on noise."""
    draw = np.random.default_rng(seed)
    noise = draw.integers(0, 90, (height, width, 3), dtype=np.uint8)
    picture = Image.fromarray(noise)
    pen = ImageDraw.Draw(picture)
    for _ in range(4):
        x, y = int(draw.integers(0, width // 2)), int(draw.integers(0, height // 2))
        side = int(draw.integers(20, 70))
        colour = tuple(int(level) for level in draw.integers(0, 256, 3))
        pen.rectangle((x, y, x + side, y + side), fill=colour)
    return picture


def pixels_of(seed: int, width: int = 120, height: int = 160) -> NDArray[np.uint8]:
    return np.asarray(scene(seed, width, height))


@pytest.fixture(scope="session")
def photos(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Nine photos of three sizes as PNG files; do not change them."""
    folder = tmp_path_factory.mktemp("photos")
    out = []
    for seed in range(9):
        size = ((120, 160), (160, 120), (90, 90))[seed % 3]
        out.append(folder / f"{seed}.png")
        scene(seed, *size).save(out[-1])
    return out
