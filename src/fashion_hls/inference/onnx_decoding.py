"""From what an architecture's graphs put out to detections, each as its library does it.

Results are in pixels of the scaled photo, best first; labels are 0-based object types.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from fashion_hls.inference.onnx_boxes import (
    LARGEST_GROWTH,
    Candidates,
    Floats,
    Integers,
    anchors_at,
    clipped,
    decoded,
    highest,
    joined,
    not_empty,
    sigmoid,
    softmax,
    wide_enough,
)
from fashion_hls.inference.onnx_photos import Fitted
from fashion_hls.inference.onnx_suppression import suppressed

#: Runs a graph: its name and inputs to its outputs.
Run = Callable[[str, dict[str, Any]], Sequence[Any]]


def faster_rcnn(run: Run, fitted: Fitted, settings: dict[str, Any]) -> Candidates:
    """As torchvision's RegionProposalNetwork and RoIHeads."""
    found = run("maps", {"images": fitted.pixels})
    count = len(settings["strides"])
    maps, objectness, deltas = found[:count], found[count : 2 * count], found[2 * count :]
    proposals = _proposals(maps, objectness, deltas, fitted.size, settings)
    asked = settings["boxes"]
    level = _levels(proposals, count, asked)
    regions = np.insert(proposals, 0, 0, axis=1)  # of the first image, the only one
    names = [f"{what}{stride}" for what in ("map", "rois") for stride in settings["strides"]]
    parts = [*maps, *(regions[level == place] for place in range(count))]
    logits, moves = run("boxes", dict(zip(names, parts, strict=True)))
    order = np.argsort(level, kind="stable")  # as the graph has them
    return _classified(logits, moves, proposals[order], fitted.size, asked)


def _proposals(
    maps: Sequence[Floats],
    objectness: Sequence[Floats],
    deltas: Sequence[Floats],
    size: tuple[int, int],
    settings: dict[str, Any],
) -> Floats:
    asked = settings["proposals"]
    levels = []
    for place, stride in enumerate(settings["strides"]):
        best = highest(objectness[place], asked["candidates"])
        base = np.asarray(settings["anchors"][place], dtype=np.float32)
        anchors = anchors_at(best, base, stride, maps[place].shape[3])
        boxes = clipped(decoded(deltas[place][best], anchors, asked["weights"]), size)
        scores = sigmoid(objectness[place][best])
        levels.append(Candidates(boxes, np.full(len(best), place), scores))
    found = joined(levels)
    enough = wide_enough(found.boxes, asked["least_side"])
    found = found.at(enough & (found.scores >= asked["least_score"]))
    return suppressed(found, asked["overlap"], asked["kept"]).boxes


def _levels(boxes: Floats, count: int, asked: dict[str, Any]) -> Integers:
    """Which map each proposal is read from (Lin et al., CVPR 2017, Equation 1); the first of the
    maps has stride 8."""
    sides = np.sqrt((boxes[:, 2:] - boxes[:, :2]).prod(1))
    level = np.floor(asked["level"] + np.log2(sides / asked["canonical"]) + np.float32(1e-6))
    return np.clip(level - 3, 0, count - 1).astype(np.int64)


def _classified(
    logits: Floats, moves: Floats, proposals: Floats, size: tuple[int, int], asked: dict[str, Any]
) -> Candidates:
    scores = softmax(logits)[:, 1:]
    rows, labels = np.nonzero(scores > asked["above_score"])
    chosen = moves.reshape(len(moves), -1, 4)[rows, labels + 1]  # the first is "none"
    boxes = clipped(decoded(chosen, proposals[rows], asked["weights"]), size)
    found = Candidates(boxes, labels, scores[rows, labels])
    found = found.at(wide_enough(boxes, asked["least_side"]))
    return suppressed(found, asked["overlap"], asked["kept"])


def retinanet(run: Run, fitted: Fitted, settings: dict[str, Any]) -> Candidates:
    """As torchvision's RetinaNet."""

    def best(scores: Floats) -> Integers:
        above = np.flatnonzero(scores > settings["above_score"])
        return above[highest(scores[above], settings["candidates"])]

    candidates = _of_levels(run, fitted, settings, best, settings["weights"])
    return suppressed(candidates, settings["overlap"], settings["kept"])


def efficientdet(run: Run, fitted: Fitted, settings: dict[str, Any]) -> Candidates:
    """As effdet's ``generate_detections``, and without what it leaves below our threshold."""

    def good(scores: Floats) -> Integers:
        # A lower one suppresses nothing above it.
        return np.flatnonzero(scores >= settings["least_score"])

    # effdet has y first, and lets boxes grow without a limit.
    candidates = _of_levels(
        run, fitted, settings, good, (1, 1, 1, 1), order=(1, 0, 3, 2), growth=np.inf
    )
    candidates = candidates.at(highest(candidates.scores, settings["candidates"]))
    kept = suppressed(candidates, settings["overlap"], settings["kept"])
    return kept.at(not_empty(kept.boxes))


def _of_levels(
    run: Run,
    fitted: Fitted,
    settings: dict[str, Any],
    choose: Callable[[Floats], Integers],
    weights: Sequence[float],
    *,
    order: tuple[int, int, int, int] = (0, 1, 2, 3),
    growth: float = LARGEST_GROWTH,
) -> Candidates:
    """The candidates of a one-stage detector, level by level.

    Args:
        run: the graphs.
        fitted: the photo.
        settings: of the architecture.
        choose: a level's scores [anchors x types] to the places of those that count.
        weights: as of :func:`decoded`.
        order: where dx, dy, dw and dh stand in what the network says.
        growth: as of :func:`decoded`.
    """
    found = run("maps", {"images": fitted.pixels})
    count = len(settings["strides"])
    levels = []
    for place, stride in enumerate(settings["strides"]):
        logits, deltas = found[place], found[count + place]
        scores = sigmoid(logits).reshape(-1)
        chosen = choose(scores)
        anchor, labels = np.divmod(chosen, logits.shape[1])
        base = np.asarray(settings["anchors"][place], dtype=np.float32)
        columns = -(-fitted.pixels.shape[3] // stride)
        anchors = anchors_at(anchor, base, stride, columns)
        boxes = decoded(deltas[anchor][:, order], anchors, weights, growth)
        levels.append(Candidates(clipped(boxes, fitted.size), labels, scores[chosen]))
    return joined(levels)


def centernet(run: Run, fitted: Fitted, settings: dict[str, Any]) -> Candidates:
    """As detection/points.py ``decode``."""
    peaks, sizes, offsets = run("maps", {"images": fitted.pixels})
    flat = peaks.reshape(-1)
    best = highest(flat, settings["kept"])
    labels, cell = np.divmod(best, peaks.shape[1] * peaks.shape[2])
    row, column = np.divmod(cell, peaks.shape[2])
    centre = np.stack([column, row], axis=1) + offsets[:, row, column].T
    half = np.maximum(sizes[:, row, column].T, 0) / 2
    boxes = np.concatenate([centre - half, centre + half], axis=1) * settings["stride"]
    inside = clipped(boxes.astype(np.float32), fitted.size)
    found = Candidates(inside, labels, flat[best])
    kept = (found.scores >= settings["least_score"]) & np.all(half > 0, axis=1)
    return found.at(kept & not_empty(inside))


#: By architecture.
DECODERS: dict[str, Callable[[Run, Fitted, dict[str, Any]], Candidates]] = {
    "centernet": centernet,
    "efficientdet": efficientdet,
    "faster_rcnn": faster_rcnn,
    "retinanet": retinanet,
}
