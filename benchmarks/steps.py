"""What the benchmarks of detectors share: seconds of our own training loop."""

from __future__ import annotations

import os
import time
from typing import Any

from torch import Tensor

from fashion_hls.config_training import Recipe
from fashion_hls.detection.contract import Detector, Target
from fashion_hls.training.loop import Batch, fit

# The loops that ours is compared with run on the CPU, also beside a GPU.
os.environ.setdefault("ACCELERATE_USE_CPU", "true")


class NoCheckpoints:
    """Keeps nothing: writing is no part of a step."""

    def load(self) -> None:
        """Nothing was kept."""

    def save(self, state: dict[str, Any], step: int) -> None:
        """Keep nothing."""


def seconds_of_steps(
    detector: Detector, images: list[Tensor], targets: list[Target], steps: int
) -> float:
    """Seconds a photo of our loop over one batch, given ``steps`` times."""
    recipe = Recipe(epochs=1, batch_size=len(images), lr=1e-5, optimizer="adamw", clip_norm=10.0)
    started = time.perf_counter()
    fit(
        detector,
        recipe=recipe,
        batches=lambda _: [Batch(names=["a"], content=(images, targets))] * steps,
        steps_per_epoch=steps,
        loss=lambda given: detector.losses(*given),
        validate=lambda: {"none": 0.0},
        select="none",
        seed=0,
        saver=NoCheckpoints(),
        on_epoch=lambda *_: None,
        label="benchmark",
    )
    return (time.perf_counter() - started) / steps / len(images)
