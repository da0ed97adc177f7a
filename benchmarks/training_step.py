"""A classifier's training step with freed memory kept, against the same step without.

Each variant runs in a process of its own, in turns, as the allocator's settings belong to the
process. Prints the seconds of a step of each and their ratio:
``PYTHONPATH=src python benchmarks/training_step.py``
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from functools import partial

from ratio import in_turns, ratio, spread

BATCH, SIZE, STEPS, ROUNDS = 32, 160, 8, 3
VARIANTS = ("kept", "given back")


def seconds_of_a_step(keep: bool) -> float:
    """Median seconds of a forward and backward pass of the category network, after a warm-up."""
    import torch
    from torch.nn import functional

    from fashion_hls.classification.stl import SingleTask
    from fashion_hls.classification.trunk import Trunk
    from fashion_hls.training.seed import keep_freed_memory

    torch.manual_seed(0)
    torch.set_num_threads(2)
    if keep and not keep_freed_memory():
        sys.exit("this C library has no mallopt: nothing to compare")
    trunk = Trunk("tf_efficientnet_lite0", pretrained=False, trained_from="blocks.3")
    network = SingleTask(trunk, outputs=21).train()
    images, labels = torch.rand(BATCH, 3, SIZE, SIZE), torch.randint(21, (BATCH,))
    seconds = []
    for _ in range(STEPS + 2):
        started = time.perf_counter()
        functional.cross_entropy(network(images), labels).backward()
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds[2:])


def in_a_process(variant: str) -> float:
    """``seconds_of_a_step`` of a variant, in a process of its own."""
    command = [sys.executable, __file__, "--variant", variant]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return float(done.stdout)


def main() -> None:
    """Time both variants in turns."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--variant", choices=VARIANTS, help="measure this one alone, once")
    given = parser.parse_args()
    if given.variant:
        print(seconds_of_a_step(given.variant == "kept"))
        return
    seconds = in_turns({name: partial(in_a_process, name) for name in VARIANTS}, given.rounds)
    for name, row in seconds.items():
        print(
            f"freed memory {name}: {spread(row, '.3f')} s a step of {BATCH} crops of {SIZE} pixels"
        )
    print(f"ratio, given back to kept: {ratio(seconds['given back'], seconds['kept'])}")


if __name__ == "__main__":
    main()
