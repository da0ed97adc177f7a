"""``dvc repro`` with nothing to do, images in one zip against the same images as loose files.

Generated tiny images are packed as the stages pack theirs, and written one by one. Each form is
the output of a stage on which another depends, in a Git and DVC repository of its own in a
temporary folder. Both have run once, so files lie in the system's cache and DVC knows them.
Prints the seconds of both and their ratio:
``PYTHONPATH=src python benchmarks/noop_repro.py --full``
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from fashion_hls.data.images import ImageWriter, encode
from ratio import in_turns, ratio, spread

IMAGES = 300_000
ZIP, LOOSE = "one zip", "loose files"
STORES = {ZIP: "data/images.zip", LOOSE: "data/images"}
CHAIN = """\
stages:
  pack:
    cmd: test -e {store}
    outs:
      - {store}:
          persist: true
  use:
    cmd: echo used > used.txt
    deps:
      - {store}
    outs:
      - used.txt
"""
SETTINGS = "[core]\n    analytics = false\n    check_update = false\n"


def images(count: int) -> Iterator[tuple[str, bytes]]:
    """Name and JPEG bytes of tiny pictures, all different, a thousand in a folder."""
    rng = np.random.default_rng(0)
    for number in range(count):
        pixels = rng.integers(0, 256, (4, 4, 3), dtype=np.uint8)
        picture = Image.fromarray(pixels).resize((16, 16))
        yield f"{number // 1000:03d}/{number:06d}.jpg", encode(picture)


def write_stores(places: dict[str, Path], count: int) -> None:
    """The same images in both forms."""
    with ImageWriter(places[ZIP]) as writer:
        for name, data in images(count):
            writer.add(name, data)
            path = places[LOOSE] / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)


def new_repository(root: Path, store: str) -> Path:
    """A Git and DVC repository whose chain makes and uses the store; returns the store's path."""
    (root / store).parent.mkdir(parents=True)
    (root / ".dvc").mkdir()
    (root / ".dvc" / "config").write_text(SETTINGS)
    (root / "dvc.yaml").write_text(CHAIN.format(store=store))
    subprocess.run(["git", "init", "--quiet", str(root)], check=True)
    return root / store


def repro(root: Path) -> tuple[float, str]:
    """Seconds of ``dvc repro`` and what it printed."""
    environment = {
        **os.environ,
        "DVC_NO_ANALYTICS": "1",
        "DVC_SITE_CACHE_DIR": str(root.parent / "site"),
    }
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "dvc", "repro"],
        cwd=root,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    seconds = time.perf_counter() - started
    if done.returncode:
        sys.exit(done.stdout)
    return seconds, done.stdout


def nothing_to_do(root: Path) -> float:
    """Seconds of a ``dvc repro`` that runs no stage."""
    seconds, output = repro(root)
    if "up to date" not in output:
        sys.exit(f"dvc repro found something to do:\n{output}")
    return seconds


def main() -> None:
    """Write the images in both forms, run once, time in turns, and remove all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=3000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--full", action="store_true", help=f"{IMAGES} images")
    given = parser.parse_args()
    count = IMAGES if given.full else given.images
    with tempfile.TemporaryDirectory() as folder:
        roots = {name: Path(folder) / name.replace(" ", "_") for name in STORES}
        places = {name: new_repository(roots[name], store) for name, store in STORES.items()}
        write_stores(places, count)
        megabytes = places[ZIP].stat().st_size / 1e6
        first = {name: repro(root)[0] for name, root in roots.items()}
        variants = {name: partial(nothing_to_do, root) for name, root in roots.items()}
        seconds = in_turns(variants, given.rounds)
    print(f"{count} images, {megabytes:.0f} MB in the zip")
    for name, row in seconds.items():
        print(f"{name}: first run {first[name]:.1f} s, then with nothing to do {spread(row)} s")
    print(f"ratio, {LOOSE} to {ZIP}: {ratio(seconds[LOOSE], seconds[ZIP])}")


if __name__ == "__main__":
    main()
