"""A classifier's training step with freed memory kept, against the same step without.

Each variant runs in a process of its own, in turns, as the allocator's settings belong to the
process. Prints the seconds of a step of each and their ratio:
``PYTHONPATH=src python benchmarks/training_step.py``
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

BATCH, SIZE, STEPS, ROUNDS = 32, 160, 8, 3


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


def main() -> None:
    """Time both variants in turns."""
    times: dict[str, list[float]] = {"kept": [], "given back": []}
    for _ in range(ROUNDS):
        for name, row in times.items():
            command = [sys.executable, __file__, name]
            output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            row.append(float(output))
    medians = {name: statistics.median(row) for name, row in times.items()}
    for name, value in medians.items():
        print(f"freed memory {name}: {value:.3f} s a step of {BATCH} crops of {SIZE} pixels")
    print(f"ratio: {medians['kept'] / medians['given back']:.2f}")


if __name__ == "__main__":
    if len(sys.argv) == 2:
        print(seconds_of_a_step(sys.argv[1] == "kept"))
    else:
        main()
