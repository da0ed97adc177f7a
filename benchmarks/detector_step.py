"""A detector's training step and its prediction, each against the bare library.

- A step of our loop (its losses, clipping, schedule, finiteness check) against the library's own
  way with the same network and batch: torchvision's reference loop for Faster R-CNN
  (references/detection/engine.py: sum of losses, zero_grad, backward, step), effdet's
  ``DetBenchTrain`` for EfficientDet, which takes images that are already scaled and padded.
- Prediction of our adapter over images in memory against the bare network on them.

Prints the seconds a photo of each and the ratios, ours over the peer's:
``PYTHONPATH=src python benchmarks/detector_step.py``
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch import Tensor

from fashion_hls.detection.build import build_detector
from fashion_hls.detection.contract import Detector, Target
from fashion_hls.training.seed import seed_everything
from ratio import in_turns, ratio, spread
from steps import seconds_of_steps

SHARED = {"backbone": "tf_efficientnet_lite0", "pretrained": True, "classes": 4}
SIZE = 256  # of square photos, so that no library pads or scales
BATCH, STEPS, ROUNDS = 4, 6, 7


Scenes = tuple[list[Tensor], list[Target]]


def scenes() -> Scenes:
    """A batch of photos with two boxes each."""
    boxes = torch.tensor([[20.0, 20.0, 120.0, 200.0], [90.0, 60.0, 240.0, 250.0]])
    target = Target(boxes=boxes, labels=torch.tensor([0, 1]))
    return [torch.rand(3, SIZE, SIZE) for _ in range(BATCH)], [target] * BATCH


def our_steps(detector: Detector) -> float:
    """Seconds a photo of our loop over ``STEPS`` batches."""
    return seconds_of_steps(detector, *scenes(), STEPS)


def bare_steps(model: torch.nn.Module, loss: Callable[[Scenes], Tensor]) -> float:
    """Seconds a photo of the plainest loop around a network's own loss."""
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=1e-5)
    # Ours keeps the backbone's BatchNorm still: so does the peer then, in the same network.
    model.train()
    content = scenes()
    started = time.perf_counter()
    for _ in range(STEPS):
        value = loss(content)
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
    return (time.perf_counter() - started) / STEPS / BATCH


def torchvision_loss(detector: Any, content: Scenes) -> Tensor:
    """As torchvision's reference loop computes it."""
    images, targets = content
    shifted = [{"boxes": t["boxes"], "labels": t["labels"] + 1} for t in targets]
    losses: dict[str, Tensor] = detector.model(images, shifted)
    return torch.stack(list(losses.values())).sum()


def effdet_loss(bench: Any, content: Scenes) -> Tensor:
    """As effdet's wrapper computes it, of images that are scaled and normalised already."""
    images, targets = content
    truth = {
        "bbox": torch.stack([t["boxes"][:, [1, 0, 3, 2]] for t in targets]),
        "cls": torch.stack([t["labels"] + 1.0 for t in targets]),
    }
    loss: Tensor = bench(torch.stack(images), truth)["loss"]
    return loss


def effdet_bench(detector: Any) -> Any:
    """effdet's training wrapper around the same network."""
    from effdet.bench import DetBenchTrain
    from effdet.config import set_config_writeable

    set_config_writeable(detector.config)
    detector.config.image_size = [SIZE, SIZE]
    return DetBenchTrain(detector.model)


def our_prediction(detector: Detector) -> float:
    """Seconds a photo of the adapter: scaling, network, decoding, boxes on the photo."""
    images, _ = scenes()
    started = time.perf_counter()
    for _ in range(STEPS):
        detector.predict(images)
    return (time.perf_counter() - started) / STEPS / BATCH


def bare_prediction(model: Any) -> float:
    """Seconds a photo of torchvision's own call."""
    images, _ = scenes()
    model.eval()
    started = time.perf_counter()
    with torch.inference_mode():
        for _ in range(STEPS):
            model(images)
    return (time.perf_counter() - started) / STEPS / BATCH


def main() -> None:
    """Time each pair in turns."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args()
    seed_everything(0, given.threads)
    warnings.simplefilter("ignore", FutureWarning)
    rcnn: Any = build_detector("faster_rcnn", **SHARED, image_size=SIZE)
    det: Any = build_detector(
        "efficientdet", **SHARED, image_size=SIZE, variant="tf_efficientdet_lite0"
    )
    pairs: dict[str, dict[str, Callable[[], float]]] = {
        "Faster R-CNN, a step": {
            "ours": partial(our_steps, rcnn),
            "torchvision's loop": partial(bare_steps, rcnn, partial(torchvision_loss, rcnn)),
        },
        "EfficientDet-lite0, a step": {
            "ours": partial(our_steps, det),
            "effdet's wrapper": partial(bare_steps, det, partial(effdet_loss, effdet_bench(det))),
        },
        "Faster R-CNN, a prediction": {
            "ours": partial(our_prediction, rcnn),
            "torchvision's call": partial(bare_prediction, rcnn.model),
        },
    }
    for title, variants in pairs.items():
        for run in variants.values():
            run()  # warms up
        seconds = in_turns(variants, given.rounds)
        for name, row in seconds.items():
            print(f"{title}, {name}: {spread(row, '.3f')} s a photo of {SIZE} pixels")
        peer = next(name for name in variants if name != "ours")
        print(f"ratio, ours to {peer}, {title}: {ratio(seconds['ours'], seconds[peer])}")


if __name__ == "__main__":
    main()
