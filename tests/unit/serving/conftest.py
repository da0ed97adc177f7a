"""A bundle of small untrained networks, and a workspace of its own for MLflow's store."""

import base64
import os
from pathlib import Path

import pytest
import torch
from tests.unit import networks
from tests.unit.networks import FASTER_RCNN

from fashion_hls.classification.build import build_classifier
from fashion_hls.detection.build import build_detector
from fashion_hls.inference.bundle import README, WEIGHTS, pack
from fashion_hls.inference.pipeline import Pipeline
from fashion_hls.inference.weights_file import pack_weights
from fashion_hls.serving.description import example_photo
from fashion_hls.taxonomy import OBJECT_TYPES

DETECTOR = FASTER_RCNN | {"pretrained": False}
CLASSIFIER = networks.CLASSIFIER | {
    "pretrained": False, "categories": 3, "attributes": 4, "dropout": 0.0,
}  # fmt: skip
METHODS = ("stl", "mtl_rnn_va")


def packed() -> bytes:
    torch.manual_seed(0)
    networks = {
        "detector": build_detector("faster_rcnn", **DETECTOR).state_dict(),
        **{method: build_classifier(method, **CLASSIFIER).state_dict() for method in METHODS},
    }
    card = {
        "name": "tiny",
        "object_types": list(OBJECT_TYPES),
        "vocabulary": {
            "categories": ["Shirts", "Jeans", "Shoes"],
            "category_types": [0, 1, 3],
            "attributes": ["red", "blue", "striped", "denim"],
            "attribute_groups": ["colour", "colour", "pattern", "fabric"],
        },
        "detector": {"name": "faster_rcnn", "architecture": "faster_rcnn", "options": DETECTOR},
        "classifiers": {
            method: {"method": method, "options": CLASSIFIER, "image_size": 64}
            for method in METHODS
        },
        "method": "stl",
        "detection": {"min_score": 0.0, "most": 3},
        "thresholds": {},
        "attributes_shown": 2,
        "data": {"dataset": "tiny", "licence": "none"},
        "figures": {
            "detector": {"mAP": {"value": 0.5, "low": 0.4, "high": 0.6}, "split": "test"},
            "classifiers": {"stl": None},
        },
    }
    weights = pack_weights(networks, half=False)
    return pack(card, {WEIGHTS: weights, README: b"# tiny\nA card.\n"})


@pytest.fixture(scope="session")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("bundle") / "tiny.fhls"
    path.write_bytes(packed())
    return path


@pytest.fixture(scope="session")
def pipeline(bundle: Path) -> Pipeline:
    return Pipeline.load(bundle)


@pytest.fixture(scope="session")
def photo() -> bytes:
    return example_photo()


@pytest.fixture(scope="session")
def letters(photo: bytes) -> str:
    return base64.b64encode(photo).decode()


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory):
    """An empty workspace: MLflow's store is made in it, and nothing of the caller's is used."""
    root = tmp_path_factory.mktemp("workspace")
    before = Path.cwd()
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(("MLFLOW_", "DVC_ROOT"))]:
            patch.delenv(name)
        patch.chdir(root)
        yield root
    assert Path.cwd() == before
