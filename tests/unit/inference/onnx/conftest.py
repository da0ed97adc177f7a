"""Small untrained networks, their exports, and drawn photos."""

from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from tests.unit.networks import CLASSIFIER, DETECTOR

from fashion_hls.classification.build import METHODS, Classifier, build_classifier
from fashion_hls.detection.build import build_detector, known_architectures
from fashion_hls.detection.contract import Detector
from fashion_hls.inference.onnx_export import export_classifier, export_detector

SIDE = 64
OF_DETECTORS = {
    "centernet": {"channels": 32, "hidden": 32},
    "efficientdet": {"variant": "tf_efficientdet_lite0"},
    "faster_rcnn": {"channels": 32, "hidden": 64, "proposals": 50},
    "retinanet": {"channels": 32},
}


@pytest.fixture(scope="session", params=known_architectures())
def detectors(request, tmp_path_factory) -> tuple[Detector, Path]:
    """A detector of each architecture, and its export."""
    torch.manual_seed(0)
    detector = build_detector(
        request.param,
        **{**DETECTOR, **OF_DETECTORS[request.param]},
    )
    # Untrained scores lie so close that rounding would order them; these lie apart.
    with torch.no_grad():
        for name, parameter in detector.named_parameters():
            if name.endswith(("cls_score.weight", "cls_logits.weight")):
                parameter.mul_(30)
    folder = tmp_path_factory.mktemp(request.param)
    card = {"architecture": request.param, "notes": {"weights": "none"}}
    export_detector(detector, card, folder)
    return detector, folder


@pytest.fixture(scope="session", params=METHODS)
def classifiers(request, tmp_path_factory) -> tuple[Classifier, Path]:
    """Each method, and its export."""
    torch.manual_seed(0)
    classifier = build_classifier(request.param, **CLASSIFIER)
    folder = tmp_path_factory.mktemp(request.param)
    export_classifier(classifier, {"method": request.param}, folder, SIDE)
    return classifier.eval(), folder


@pytest.fixture(scope="session")
def drawn():
    """Draws a photo of a height and a width: a few plain shapes on a ground, and noise."""

    def draw(height: int, width: int, seed: int = 0) -> NDArray[np.uint8]:
        rng = np.random.default_rng(seed)
        image = Image.new("RGB", (width, height), tuple(rng.integers(0, 256, 3).tolist()))
        pen = ImageDraw.Draw(image)
        for shape in (pen.ellipse, pen.rectangle) * 3:
            x, y = sorted(rng.uniform(0, width, 2)), sorted(rng.uniform(0, height, 2))
            shape([x[0], y[0], x[1], y[1]], fill=tuple(rng.integers(0, 256, 3).tolist()))
        noise = rng.integers(-20, 21, (height, width, 3))
        return np.clip(np.asarray(image) + noise, 0, 255).astype(np.uint8)

    return draw
