"""Thousands of photos in no more memory than hundreds."""

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from fashion_hls.inference.pipeline import Pipeline

from .conftest import scene

WARM, MANY = 300, 2000
#: A leak of one small photo's pixels each would be 37 MB, of one file each 30 MB.
GROWTH_MB = 15


def resident_mb() -> float:
    """Of this process, by Linux."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise AssertionError("no VmRSS")


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads memory in /proc of Linux")
def test_memory_stays_flat(many: Pipeline) -> None:
    def photos() -> Iterator[bytes]:
        for index in range(MANY):
            out = io.BytesIO()
            scene(index % 50, 64 + index % 7, 96).save(out, "PNG")
            yield out.getvalue()

    sizes = []
    for count, _ in enumerate(many.stream(photos()), start=1):
        if count >= WARM and count % 100 == 0:
            sizes.append(resident_mb())
    assert count == MANY
    early, late = np.median(sizes[:4]), np.median(sizes[-4:])
    assert late - early < GROWTH_MB, sizes
