"""The classifiers' loader alone, beside the training step that it feeds.

The loader: crops of random rows (``Crops``) and their random flips, turns and zooms (``augment``),
with the settings of the profile ``open``; once with all crops decoded in memory, as the stages
keep them where they fit into 4 GiB, and once read from the zip and decoded each time, as they do
beyond. The crops are noisy pictures of 240x320 pixels. The peer: a step of our training loop on a
batch in memory, the first blocks frozen, as in ``classifier_step.py``.

Training loads and steps by turns in one process, so a loader of R times the step's images a second
adds 1/R to an epoch; at least 3 is aimed at. Prints images a second of each, and R:
``PYTHONPATH=src python benchmarks/crop_loader.py --full``
"""

from __future__ import annotations

import argparse
import io
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import redirect_stderr
from functools import partial
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pandas as pd
import torch
from PIL import Image
from tabulate import tabulate

from classifier_step import FULL, SMALL, WARM_UP, Size, own_step, profile
from fashion_hls.classification import crops
from fashion_hls.data.images import ImageWriter, encode
from ratio import in_turns, ratio, spread

CROPS, ROUNDS, WIDTH, HEIGHT = 640, 7, 240, 320
CACHED, DECODED, STEP = "crops in memory", "crops decoded each time", "a training step"
AIM = 3.0


def write_crops(path: Path, count: int) -> pd.DataFrame:
    """A zip of noisy pictures as ``retain_crops`` packs them, and what names them."""
    rng = np.random.default_rng(0)
    names = [f"{number}.jpg" for number in range(count)]
    with ImageWriter(path) as writer:
        for name in names:
            pixels = rng.integers(0, 256, (HEIGHT // 8, WIDTH // 8, 3), dtype=np.uint8)
            picture = Image.fromarray(pixels).resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)
            writer.add(name, encode(picture))
    return pd.DataFrame({"store": "crops", "file": names})


def opened(path: Path, table: pd.DataFrame, size: Size, limit: int) -> crops.Crops:
    """The crops, in memory if they fit into ``limit`` bytes."""
    with patch.object(crops, "CACHE_BYTES", limit):
        return crops.Crops(table, {"crops": path}, size=size.side, threads=size.threads)


def loading(source: crops.Crops, count: int, size: Size) -> float:
    """Seconds an image of an epoch's batches in random order, turned and zoomed."""
    order = np.random.default_rng(0).permutation(count).tolist()
    draws = torch.Generator().manual_seed(0)
    options = profile().train.augment.model_dump()
    started = time.perf_counter()
    for start in range(0, count, size.batch):
        crops.augment(source(order[start : start + size.batch]), draws, **options)
    return (time.perf_counter() - started) / count


def stepping(run: Callable[[int], float], size: Size) -> float:
    """Seconds an image of the training step."""
    return run(size.steps) / size.steps / size.batch


def report(seconds: dict[str, list[float]]) -> None:
    """Print the table, both ratios, and whether each reaches what is aimed at."""
    rows = [(name, spread([1 / one for one in row], ".1f")) for name, row in seconds.items()]
    headers = ["what", "images a second"]
    print(tabulate(rows, headers=headers, tablefmt="github", disable_numparse=True))
    for name in (CACHED, DECODED):
        print(f"ratio, images a second of {name} to {STEP}: {ratio(seconds[STEP], seconds[name])}")
    for name in (CACHED, DECODED):
        each = [theirs / ours for theirs, ours in zip(seconds[STEP], seconds[name], strict=True)]
        middle = statistics.median(each)
        verdict = "at least" if middle >= AIM else "SLOWER than"
        print(f"{name}: {verdict} {AIM:.0f} times {STEP}; adds {1 / middle:.0%} to an epoch")


def main() -> None:
    """Time both ways of loading and the step in turns."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, value in SMALL._asdict().items():
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--crops", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=3)
    full = f"{FULL}, {CROPS} crops, {ROUNDS} rounds"
    parser.add_argument("--full", action="store_true", help=full)
    given = parser.parse_args()
    own = Size(given.side, given.batch, given.steps, given.threads)
    size, count, rounds = (FULL, CROPS, ROUNDS) if given.full else (own, given.crops, given.rounds)
    # Progress bars go nowhere.
    with redirect_stderr(io.StringIO()), tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "crops.zip"
        table = write_crops(path, count)
        # This seeds and sets the threads, as training does before it loads.
        step = own_step(size)
        step(WARM_UP)
        in_memory, in_zip = (opened(path, table, size, limit) for limit in (crops.CACHE_BYTES, 0))
        variants = {
            CACHED: partial(loading, in_memory, count, size),
            DECODED: partial(loading, in_zip, count, size),
            STEP: partial(stepping, step, size),
        }
        for name in (CACHED, DECODED):
            variants[name]()  # warms up
        seconds = in_turns(variants, rounds)
    print(
        f"{count} crops of {WIDTH}x{HEIGHT}, loaded at {size.side} pixels in batches of "
        f"{size.batch}, {size.threads} threads"
    )
    report(seconds)


if __name__ == "__main__":
    main()
