"""Trained detectors and methods as ONNX graphs, for prediction without torch (onnx_backend.py).

Detectors are cut where the values begin to decide what is computed: convolutions become graphs,
and proposals and decoding are NumPy's (onnx_decoding.py). The exporter
is torch's TorchScript-based one (``dynamo=False``): no control flow is left to lose, and it took a
second for Faster R-CNN's maps with sides that vary, where the newer one was not done after ten
minutes.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch

from fashion_hls.classification.build import Classifier
from fashion_hls.data.store import write_json, write_whole
from fashion_hls.detection.contract import Detector
from fashion_hls.errors import UserError
from fashion_hls.hashing import file_sha256
from fashion_hls.inference.onnx_detectors import DETECTORS, Graph, frame
from fashion_hls.inference.onnx_files import CARD, Card
from fashion_hls.inference.onnx_graphs import ClassifierScores, with_fixed_padding

#: RoIAlign computes what torchvision does from 16 on.
OPSET = 18
SCORES = "scores"


def export_detector(detector: Detector, card: dict[str, Any], folder: Path) -> Card:
    """Write a trained detector as ONNX.

    Args:
        detector: trained, on the CPU.
        card: its ``model.json``; ``architecture`` says which it is, ``notes`` are kept.
        folder: where to; files of these names are replaced.

    Raises:
        UserError: an architecture that has no export.
    """
    kind = card["architecture"]
    if kind not in DETECTORS:
        raise UserError(f"{kind}: has no export to ONNX; these have one: {', '.join(DETECTORS)}")
    described, settings = DETECTORS[kind](detector.eval())
    settings |= {"frame": frame(detector)}
    return _written(folder, "detector", kind, described, settings, card.get("notes"))


def export_classifier(
    classifier: Classifier, card: dict[str, Any], folder: Path, image_size: int
) -> Card:
    """Write a trained method as one ONNX graph, which takes any number of crops.

    Args:
        classifier: trained, on the CPU.
        card: its ``model.json``; ``method`` says which it is, ``notes`` are kept.
        folder: where to; files of these names are replaced.
        image_size: side of the crops in pixels.
    """
    network = ClassifierScores(classifier.eval())
    # One crop: the trace keeps the shape of the decoder's first state, and one of one row is
    # broadcast to any number of crops.
    example = (torch.zeros(1, image_size, image_size, 3, dtype=torch.uint8), torch.tensor([0]))
    with torch.inference_mode():
        found = len(network(*example))
    outputs = ("category", "attributes", "embedding", "attention")[:found]
    inputs = ("crops", "types")
    varying = {name: {0: "crops"} for name in (*inputs, *outputs)}
    graph = Graph(SCORES, network, [example], inputs, outputs, varying)
    settings = {"image_size": image_size}
    return _written(folder, "classifier", card["method"], [graph], settings, card.get("notes"))


def _written(
    folder: Path, task: str, kind: str, described: list[Graph], settings: dict[str, Any], notes: Any
) -> Card:
    """Graphs first, the card that vouches for them last."""
    files = {}
    for graph in described:
        path = folder / f"{graph.name}.onnx"
        write_whole(path, _exported(graph))
        files[graph.name] = {"file": path.name, "sha256": file_sha256(path)}
    card = Card(task, kind, "float32", files, settings, notes)
    write_json(folder / CARD, card.to_dict())
    return card


def _exported(graph: Graph) -> bytes:
    network = with_fixed_padding(graph.network, graph.examples).eval()
    with TemporaryDirectory() as place, warnings.catch_warnings(), torch.inference_mode():
        out = Path(place) / "graph.onnx"
        # The exporter's own deprecation, and sizes that a trace might keep: tests vary them.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network,
            graph.examples[0],
            out,
            input_names=graph.inputs,
            output_names=graph.outputs,
            dynamic_axes=graph.varying,
            opset_version=OPSET,
            dynamo=False,
        )
        return out.read_bytes()
