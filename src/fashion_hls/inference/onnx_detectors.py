"""Each architecture's graphs, and the numbers that its decoding needs (onnx_decoding.py).

The numbers are read off the trained network, not repeated: what torch uses is what is written.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from fashion_hls.detection.contract import LARGEST, NARROWEST
from fashion_hls.detection.points import STRIDE
from fashion_hls.inference import onnx_graphs as graphs

MAPS, BOXES = "maps", "boxes"
STRIDES = (8, 16, 32)
# Two sizes that stand for all: even and odd multiples of 32 in both sides.
_SIZES = ((96, 192), (192, 160))
_EFFDET_IOU = 0.5
_CANVAS = 512


class Graph(NamedTuple):
    """A graph to write: ``examples`` are inputs of different sizes; ``varying``: input or output
    -> its axes that vary, axis -> a name."""

    name: str
    network: nn.Module
    examples: list[tuple[Tensor, ...]]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    varying: dict[str, dict[int, str]]


Described = tuple[list[Graph], dict[str, Any]]


def frame(detector: Any) -> dict[str, Any]:
    """How it scales photos, as ``onnx_photos.Frame``."""
    transform = getattr(detector, "transform", None) or detector.model.transform
    detector._sizes.predict()
    return {
        "image_size": transform.min_size[-1],
        "longest": transform.max_size,
        "divisible": transform.size_divisible,
        "mean": list(transform.image_mean),
        "std": list(transform.image_std),
        "narrowest": NARROWEST,
        "largest": LARGEST,
    }


def faster_rcnn(detector: Any) -> Described:
    """Maps and proposals' head; the boxes' head."""
    model = detector.model
    rpn, heads = model.rpn, model.roi_heads
    numbers = {
        "strides": list(STRIDES),
        "anchors": _cells(rpn.anchor_generator),
        "proposals": {
            "candidates": rpn._pre_nms_top_n["testing"],
            "kept": rpn._post_nms_top_n["testing"],
            "overlap": rpn.nms_thresh,
            "least_score": rpn.score_thresh,
            "least_side": rpn.min_size,
            "weights": list(rpn.box_coder.weights),
        },
        "boxes": {
            "canonical": heads.box_roi_pool.canonical_scale,
            "level": heads.box_roi_pool.canonical_level,
            "overlap": heads.nms_thresh,
            "above_score": heads.score_thresh,
            "least_side": 1e-2,  # torchvision's, which it does not name
            "kept": heads.detections_per_img,
            "weights": list(heads.box_coder.weights),
        },
    }
    maps = tuple(f"map{stride}" for stride in STRIDES)
    rois = tuple(f"rois{stride}" for stride in STRIDES)
    sides = {name: {2: f"{name}_h", 3: f"{name}_w"} for name in maps}
    flat = tuple(f"{what}{s}" for what in ("objectness", "deltas") for s in STRIDES)
    region = torch.tensor([[0.0, 0.0, 0.0, 64.0, 64.0]] * 2)
    example = tuple(
        torch.zeros(1, model.backbone.out_channels, 192 // stride, 160 // stride)
        for stride in STRIDES
    )
    return [
        _maps(graphs.FasterRCNNMaps(model), (*maps, *flat), sides | {n: {0: n} for n in flat}),
        Graph(
            BOXES,
            graphs.FasterRCNNBoxes(model),
            [(*example, region, region, region)],
            (*maps, *rois),
            ("logits", "deltas"),
            sides | {name: {0: name} for name in (*rois, "logits", "deltas")},
        ),
    ], numbers


def retinanet(detector: Any) -> Described:
    """Logits and deltas of all levels."""
    model = detector.model
    numbers = {
        "strides": list(STRIDES),
        "anchors": _cells(model.anchor_generator),
        "candidates": model.topk_candidates,
        "above_score": model.score_thresh,
        "overlap": model.nms_thresh,
        "kept": model.detections_per_img,
        "weights": list(model.box_coder.weights),
    }
    return [_flat(graphs.RetinaNetMaps(model), STRIDES)], numbers


def efficientdet(detector: Any) -> Described:
    """Logits and codes of all levels."""
    config, options = detector.config, detector._options
    strides = [2**level for level in range(config.min_level, config.max_level + 1)]
    whole = detector.anchors(torch.empty(1, 3, _CANVAS, _CANVAS)).boxes
    a, first, cells = config.num_scales * len(config.aspect_ratios), 0, []
    for stride in strides:
        cells.append(whole[first : first + a][:, [1, 0, 3, 2]].tolist())
        first += a * (_CANVAS // stride) ** 2
    numbers = {
        "strides": strides,
        "anchors": cells,
        "candidates": config.max_detection_points,
        "least_score": options.score_threshold,
        "overlap": _EFFDET_IOU,  # effdet's own, which it does not name
        "kept": options.max_detections,
    }
    return [_flat(graphs.EfficientDetMaps(detector), strides)], numbers


def centernet(detector: Any) -> Described:
    """Peaks, sizes and offsets."""
    names = ("peaks", "sizes", "offsets")
    numbers = {
        "stride": STRIDE,
        "kept": detector._most,
        "least_score": detector._threshold,
    }
    varying = {name: {1: "rows", 2: "columns"} for name in names}
    return [_maps(graphs.CenterNetMaps(detector), names, varying)], numbers


#: By the name of its module in detection/architectures.
DETECTORS: dict[str, Callable[[Any], Described]] = {
    "centernet": centernet,
    "efficientdet": efficientdet,
    "faster_rcnn": faster_rcnn,
    "retinanet": retinanet,
}


def _maps(
    network: nn.Module, outputs: tuple[str, ...], varying: dict[str, dict[int, str]]
) -> Graph:
    examples: list[tuple[Tensor, ...]] = [(torch.rand(1, 3, *size),) for size in _SIZES]
    images = {"images": {2: "height", 3: "width"}}
    return Graph(MAPS, network, examples, ("images",), outputs, images | varying)


def _flat(network: nn.Module, strides: Any) -> Graph:
    names = tuple(f"{what}{s}" for what in ("logits", "deltas") for s in strides)
    return _maps(network, names, {name: {0: name} for name in names})


def _cells(generator: Any) -> list[list[list[float]]]:
    """The anchors of each level's first cell, xyxy."""
    return [level.tolist() for level in generator.cell_anchors]
