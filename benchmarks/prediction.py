"""A photo's prediction by ONNX Runtime: against its networks alone, and against torch.

One photo of 550x830 and three garments in it, everything loaded. The whole: ``Pipeline`` from
pixels in memory to named garments, and the same from a JPEG file's bytes. The peers: the graphs
that it runs, on the very inputs that it gave them, their times summed; ``Pipeline`` by torch. The
networks are Faster R-CNN and a method on EfficientNet-lite0, untrained, as time does not depend on
the weights; ``--models`` takes those of a folder that the pipeline ran in. The three best
detections count, whatever their scores. Leave the machine alone meanwhile:
``PYTHONPATH=src python benchmarks/prediction.py``
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from fashion_hls.classification.build import Classifier, build_classifier, load_classifier
from fashion_hls.data.images import encode
from fashion_hls.detection.build import build_detector, load_detector
from fashion_hls.detection.contract import Detector
from fashion_hls.inference.networks import Lanes, Networks
from fashion_hls.inference.onnx_backend import OnnxClassifier, OnnxDetector
from fashion_hls.inference.onnx_bundle import shared_out
from fashion_hls.inference.onnx_export import export_classifier, export_detector
from fashion_hls.inference.pipeline import Pipeline
from fashion_hls.inference.torch_backend import TorchClassifier, TorchDetector
from fashion_hls.taxonomy import OBJECT_TYPES
from fashion_hls.training.seed import seed_everything
from ratio import in_turns, ratio, spread

WIDTH, HEIGHT, GARMENTS, QUALITY = 550, 830, 3, 85
_SPOT = 32
BACKBONE, CATEGORIES, ATTRIBUTES, SIDE = "tf_efficientnet_lite0", 21, 35, 224
WHOLE, FROM_FILE, BARE, TORCH = "whole", "whole, from a JPEG", "its graphs alone", "torch"


def photo(seed: int = 0) -> NDArray[np.uint8]:
    """Three plain garments on coloured spots with a little grain.

    As a JPEG it has about 75 KB, more than nine of ten of Clothing Co-Parsing's photos, which have
    this size; plain noise would have 450 KB, and take two and a half times as long to decode.
    """
    rng = np.random.default_rng(seed)
    spots = rng.integers(60, 230, (HEIGHT // _SPOT + 1, WIDTH // _SPOT + 1, 3), dtype=np.uint8)
    ground = Image.fromarray(spots).resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)
    grain = rng.integers(-2, 3, (HEIGHT, WIDTH, 1))
    image = Image.fromarray((np.asarray(ground) + grain).clip(0, 255).astype(np.uint8))
    pen = ImageDraw.Draw(image)
    for box, colour in (
        ((120, 90, 400, 420), "navy"),
        ((150, 400, 390, 700), "white"),
        ((180, 720, 360, 810), "black"),
    ):
        pen.rectangle(box, fill=colour)
    return np.asarray(image)


def networks(models: Path | None, method: str, image_size: int) -> tuple[Detector, Classifier]:
    """Of a folder's models, or untrained."""
    if models is not None:
        classifier, _ = load_classifier(models / "classifier" / method, method=method)
        return load_detector(models / "detector/faster_rcnn"), classifier
    detector = build_detector(
        "faster_rcnn",
        backbone=BACKBONE,
        pretrained=True,
        classes=len(OBJECT_TYPES),
        image_size=image_size,
    )
    classifier = build_classifier(
        method,
        backbone=BACKBONE,
        pretrained=True,
        trained_from="blocks.5",
        object_types=len(OBJECT_TYPES) + 1,
        categories=CATEGORIES,
        attributes=ATTRIBUTES,
    )
    return detector, classifier


def card_of(classifier: Classifier, method: str) -> Any:
    """What Pipeline must be told; names are numbers."""
    types = np.zeros(1, dtype=np.int64)
    crop = np.zeros((1, SIDE, SIDE, 3), dtype=np.uint8)
    scores = TorchClassifier(classifier).classify(crop, types)
    categories, attributes = scores.category.shape[1], scores.attributes.shape[1]
    return {
        "object_types": list(OBJECT_TYPES),
        "vocabulary": {
            "categories": [str(one) for one in range(categories)],
            "category_types": [0] * categories,
            "attributes": [str(one) for one in range(attributes)],
        },
        "method": method,
        "classifiers": {method: {"image_size": SIDE}},
        "detection": {"min_score": 0.0, "most": GARMENTS},
        "thresholds": {},
        "attributes_shown": 3,
        "data": {},
    }


def seconds(run: Callable[[], object]) -> float:
    """Of one call."""
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


class Recorded:
    """A graph that remembers what it was given."""

    def __init__(self, graph: Any, calls: list[tuple[Any, Any]]) -> None:
        self._graph, self._calls = graph, calls

    def run(self, names: Any, inputs: Any) -> Any:
        """As the graph's own."""
        self._calls.append((self._graph, inputs))
        return self._graph.run(names, inputs)


def bare(
    detector: OnnxDetector, classifier: OnnxClassifier, whole: Callable[[], object]
) -> Callable[[], float]:
    """Runs each graph on what the whole gives it, and returns the seconds of all of them."""
    calls: list[tuple[Any, Any]] = []
    graphs, graph = detector._graphs, classifier._graph
    recorded = {name: Recorded(one, calls) for name, one in graphs.items()}
    with (
        patch.object(detector, "_graphs", recorded),
        patch.object(classifier, "_graph", Recorded(graph, calls)),
    ):
        whole()

    def run() -> float:
        return sum(seconds(partial(one.run, None, inputs)) for one, inputs in calls)

    return run


class Loaded(NamedTuple):
    """The same networks by both libraries; ``card`` is what a pipeline of them must be told.

    ``lanes`` are the graphs as many photos have them."""

    detector: OnnxDetector
    classifier: OnnxClassifier
    lanes: Lanes
    torch: tuple[TorchDetector, TorchClassifier]
    card: Any

    def pipeline(self) -> Pipeline:
        """By ONNX Runtime."""
        classifiers = {self.card["method"]: self.classifier}
        return Pipeline(self.detector, classifiers, self.card, lambda _: self.lanes)

    def peer(self) -> Pipeline:
        """By torch."""
        detector, classifier = self.torch
        return Pipeline(detector, {self.card["method"]: classifier}, self.card)


def options(text: str | None, rounds: int) -> argparse.ArgumentParser:
    """The options of a benchmark of prediction: which networks, threads, rounds."""
    parser = argparse.ArgumentParser(description=text)
    parser.add_argument("--models", type=Path, help="a folder with detector/ and classifier/")
    parser.add_argument("--method", default="stl_hls")
    parser.add_argument("--image-size", type=int, default=320, help="of the untrained detector")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=rounds)
    return parser


def load(given: argparse.Namespace) -> Loaded:
    """The networks that the options name, exported and opened."""
    seed_everything(0, given.threads)
    detector, classifier = networks(given.models, given.method, given.image_size)
    with tempfile.TemporaryDirectory() as place:
        folders = Path(place) / "detector", Path(place) / "classifier"
        export_detector(detector, {"architecture": "faster_rcnn"}, folders[0])
        export_classifier(classifier, {"method": given.method}, folders[1], SIDE)
        at_once, each = shared_out(given.threads)
        side_by_side = Networks(
            OnnxDetector(folders[0], each), {given.method: OnnxClassifier(folders[1], each)}
        )
        return Loaded(
            OnnxDetector(folders[0], given.threads),
            OnnxClassifier(folders[1], given.threads),
            Lanes(side_by_side, at_once),
            (TorchDetector(detector), TorchClassifier(classifier)),
            card_of(classifier, given.method),
        )


def main() -> None:
    """Time all in turns; print milliseconds and ratios."""
    given = options(__doc__, rounds=15).parse_args()
    loaded = load(given)
    own, peer = loaded.pipeline(), loaded.peer()
    pixels = photo()
    data = encode(Image.fromarray(pixels), QUALITY)
    variants = {
        WHOLE: partial(seconds, partial(own, pixels)),
        FROM_FILE: partial(seconds, partial(own, data)),
        BARE: bare(loaded.detector, loaded.classifier, partial(own, pixels)),
        TORCH: partial(seconds, partial(peer, pixels)),
    }
    for run in variants.values():
        run()  # warms up
    found = in_turns(variants, given.rounds)
    for name, row in found.items():
        print(f"{name}: {spread([1000 * one for one in row], '.0f')} ms a photo")
    print(f"ratio, whole to its graphs alone: {ratio(found[WHOLE], found[BARE])}")
    print(f"ratio, from a JPEG to its graphs alone: {ratio(found[FROM_FILE], found[BARE])}")
    print(f"ratio, torch to ONNX Runtime: {ratio(found[TORCH], found[WHOLE])}")


if __name__ == "__main__":
    main()
