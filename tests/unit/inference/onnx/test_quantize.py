"""Graphs in 8-bit integers: smaller, of the same shape, near what they were."""

import numpy as np
import onnx
import pytest

from fashion_hls.errors import UserError
from fashion_hls.inference.onnx_backend import OnnxClassifier, OnnxDetector
from fashion_hls.inference.onnx_quantize import quantize_classifier, quantize_detector

SIDE = 64


@pytest.fixture(scope="module")
def pictures(drawn):
    return np.stack([drawn(SIDE, SIDE, seed=place) for place in range(12)])


def test_a_method_in_integers(classifiers, pictures, tmp_path) -> None:
    _, folder = classifiers
    types = np.arange(12, dtype=np.int64) % 5
    card = quantize_classifier(folder, tmp_path, pictures, types)
    assert card.precision == "int8"
    graph = onnx.load(tmp_path / "scores.onnx").graph
    made = {output: node.op_type for node in graph.node for output in node.output}
    convolutions = [node for node in graph.node if node.op_type == "Conv"]
    assert convolutions
    assert all(made[name] == "DequantizeLinear" for node in convolutions for name in node.input)
    assert (tmp_path / "scores.onnx").stat().st_size < (folder / "scores.onnx").stat().st_size / 2
    exact = OnnxClassifier(folder).classify(pictures, types)
    found = OnnxClassifier(tmp_path).classify(pictures, types)
    for own, wanted in zip(found[:2], exact[:2], strict=True):
        # Of untrained networks scores move little among pictures, and less by rounding.
        assert 0 < np.abs(own - wanted).mean() < 0.05
    with pytest.raises(UserError, match="holds int8 already"):
        quantize_classifier(tmp_path, tmp_path / "again", pictures, types)


def test_a_detectors_maps_in_integers(detectors, drawn, tmp_path) -> None:
    _, folder = detectors
    photos = [drawn(90, 150, seed=place) for place in range(4)]
    card = quantize_detector(folder, tmp_path, photos)
    assert card.precision == "int8"
    assert (tmp_path / "maps.onnx").stat().st_size < (folder / "maps.onnx").stat().st_size / 2
    assert len(OnnxDetector(tmp_path).detect([photos[0]])[0].scores) > 0


def test_mistakes_end_in_one_line(classifiers, tmp_path, pictures) -> None:
    with pytest.raises(UserError, match="is the float32 export itself"):
        quantize_classifier(classifiers[1], classifiers[1], pictures, np.zeros(12, np.int64))
    with pytest.raises(UserError, match="no pictures"):
        quantize_classifier(classifiers[1], tmp_path, pictures[:0], np.zeros(0, np.int64))
