"""A profile's detectors in one table: what they reached, and the time that a photo takes.

mAP and AR@100 come from the committed metrics of the profile, "not run" where it has none. The
times are measured here, in turns, on noise of a street photo's size with three boxes: a step of
our training loop in batches of the profile's size, and a prediction in batches of four. Training
draws among several sizes in a run; here every photo has the size of prediction. Medians of the
rounds, least to greatest in brackets; leave the machine alone meanwhile:
``PYTHONPATH=src python benchmarks/detectors.py --profile open --detectors small``
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import torch
from tabulate import tabulate

from fashion_hls.compose import compose
from fashion_hls.config import Config, parse
from fashion_hls.detection.build import build_detector
from fashion_hls.detection.contract import Detector, Target
from fashion_hls.taxonomy import OBJECT_TYPES
from fashion_hls.training.seed import seed_everything
from fashion_hls.weights import PACKAGED
from ratio import in_turns, spread
from steps import seconds_of_steps

WIDTH, HEIGHT = 550, 830
BOXES = [[120.0, 90.0, 400.0, 420.0], [150.0, 380.0, 390.0, 640.0], [180.0, 720.0, 360.0, 810.0]]
PREDICTED, STEPS, ROUNDS = 4, 5, 7


def trained(detector: Detector, batch: int) -> float:
    """Seconds a photo of our loop."""
    target = Target(boxes=torch.tensor(BOXES), labels=torch.tensor([0, 1, 3]))
    return seconds_of_steps(
        detector, [torch.rand(3, HEIGHT, WIDTH)] * batch, [target] * batch, STEPS
    )


def predicted(detector: Detector) -> float:
    """Seconds a photo of prediction, from a photo in memory to boxes on it."""
    images = [torch.rand(3, HEIGHT, WIDTH)] * PREDICTED
    started = time.perf_counter()
    for _ in range(STEPS):
        detector.predict(images)
    return (time.perf_counter() - started) / STEPS / PREDICTED


def network(config: Config, name: str) -> Detector:
    """A detector of the run as it begins its training, at one size."""
    architecture = config.architectures[name]
    options = config.detector.network(architecture) | {"train_sizes": []}
    return build_detector(
        architecture.module,
        **options,
        classes=len(OBJECT_TYPES),
        pretrained=architecture.backbone in PACKAGED,
    )


def reached(profile: str, name: str) -> dict[str, str]:
    """The detector's figures on the profile's test split, with their intervals."""
    path = Path("metrics") / profile / "detector" / f"{name}.json"
    if not path.is_file():
        return dict.fromkeys(("mAP", "AR@100", "at pixels"), "not run")
    run: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    ends = run["intervals"]
    figures = {
        key: f"{run['figures'][key]:.3f} [{ends[key]['low']:.3f}, {ends[key]['high']:.3f}]"
        for key in ("mAP", "AR@100")
    }
    return {**figures, "at pixels": str(run.get("image_size", "unknown"))}


def main() -> None:
    """Time training and prediction of each detector in turns; print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--profile", default="sample")
    parser.add_argument("--detectors", default="small", help="a file of conf/detector")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    given = parser.parse_args()
    choice = [f"{group}={given.profile}" for group in ("dataset", "budget")]
    config = parse(compose(Path("conf"), [*choice, f"detector={given.detectors}"]), "conf")
    seed_everything(config.seed, config.threads)
    variants: dict[tuple[str, str], Callable[[], float]] = {}
    for name in config.detectors:
        detector = network(config, name)
        batch = config.detector.training(config.architectures[name]).batch_size
        variants[name, "train"] = partial(trained, detector, batch)
        variants[name, "predict"] = partial(predicted, detector)
    for run in variants.values():
        run()  # warms up
    seconds = in_turns(variants, given.rounds)
    rows = [
        {
            "detector": config.architectures[name].title,
            **reached(given.profile, name),
            "timed at": config.detector.network(config.architectures[name])["image_size"],
            **{
                f"{what}, ms a photo": spread([1000 * s for s in seconds[name, what]], ".0f")
                for what in ("train", "predict")
            },
        }
        for name in config.detectors
    ]
    print(tabulate(rows, headers="keys", tablefmt="github", disable_numparse=True))


if __name__ == "__main__":
    main()
