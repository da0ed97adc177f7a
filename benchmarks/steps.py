"""What the benchmarks of training share: seconds of our own training loop."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from typing import Any

from torch import Tensor, nn

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


def seconds_of_loop(
    model: nn.Module,
    recipe: Recipe,
    loss: Callable[[Any], dict[str, Tensor]],
    content: Any,
    steps: int,
) -> float:
    """Seconds of our loop from the first step's beginning to the last one's end.

    Args:
        model: in any mode.
        recipe: whose epochs do not matter.
        loss: as of fit().
        content: the one batch, given ``steps`` times.
        steps: 1 or more.
    """
    marks: list[float] = []

    def batches(_: int) -> Iterator[Batch]:
        marks.append(time.perf_counter())
        for _ in range(steps):
            yield Batch(names=["generated"], content=content)
        marks.append(time.perf_counter())

    fit(
        model,
        recipe=recipe.model_copy(update={"epochs": 1}),
        batches=batches,
        steps_per_epoch=steps,
        loss=loss,
        validate=lambda: {"none": 0.0},
        select="none",
        seed=0,
        saver=NoCheckpoints(),
        on_epoch=lambda *_: None,
        label="benchmark",
    )
    return marks[1] - marks[0]


def seconds_of_steps(
    detector: Detector, images: list[Tensor], targets: list[Target], steps: int
) -> float:
    """Seconds a photo of our loop over one batch, given ``steps`` times, from its beginning."""
    recipe = Recipe(epochs=1, batch_size=len(images), lr=1e-5, optimizer="adamw", clip_norm=10.0)
    started = time.perf_counter()
    seconds_of_loop(
        detector, recipe, lambda given: detector.losses(*given), (images, targets), steps
    )
    return (time.perf_counter() - started) / steps / len(images)
