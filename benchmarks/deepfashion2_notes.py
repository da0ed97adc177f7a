"""DeepFashion2's annotations and photo sizes, beside the reading of the official converter.

Photos and notes are generated: one to four items a photo, each with landmarks and polygons, and
plain JPEGs without Exif (others take the reader's slower way through Pillow). The first peer reads
as DeepFashion2's deepfashion2_to_coco.py does, in one thread: json.load, and Image.open for the
size. The second does what else that script does: an array of 294 landmarks for each item, and one
JSON file of all, which this project's tables have no use for. All find every file in the system's
cache.

The last figure decodes photos whole, to find truncated ones: the readers' check in a process
for each core, beside Pillow in one. Prints seconds and ratios of both:
``PYTHONPATH=src python benchmarks/deepfashion2_notes.py --full``
"""

from __future__ import annotations

import argparse
import io
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import redirect_stderr
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from fashion_hls import taxonomy
from fashion_hls.data.common import image_size
from fashion_hls.data.deepfashion2 import PARTS, read_deepfashion2
from fashion_hls.data.filetree import FileTree
from fashion_hls.data.processes import in_processes, usable_cores
from fashion_hls.data.quality import Quality
from fashion_hls.data.records import DetectionSet
from fashion_hls.data.sample.deepfashion2_layout import LANDMARKS
from ratio import in_turns, ratio, spread

PHOTOS, DECODED = 10_000, 2000
PICTURES = 24  # different ones; the files repeat them
Found = list[tuple[tuple[int, int], list[tuple[float, ...]]]]


def picture(rng: np.random.Generator) -> tuple[bytes, tuple[int, int]]:
    """A JPEG as large as a photo of the dataset, with coarse and fine detail."""
    size = (int(rng.integers(400, 800)), int(rng.integers(500, 1000)))
    coarse = Image.fromarray(rng.integers(0, 256, (24, 18, 3), dtype=np.uint8))
    image = np.asarray(coarse.resize(size, Image.Resampling.BICUBIC), dtype=np.int16)
    grained = np.clip(image + rng.integers(-12, 13, image.shape), 0, 255).astype(np.uint8)
    out = io.BytesIO()
    Image.fromarray(grained).save(out, "JPEG", quality=85)
    return out.getvalue(), size


def item(rng: np.random.Generator, size: tuple[int, int]) -> dict[str, Any]:
    """One garment with its box, landmarks and polygons, all within the photo."""
    number = int(rng.integers(len(LANDMARKS)))
    low = [int(rng.integers(0, side // 2)) for side in size]
    high = [int(rng.integers(side // 2 + 8, side)) for side in size]
    points = rng.integers(low, high, (LANDMARKS[number], 2))
    seen = rng.integers(0, 3, (LANDMARKS[number], 1))
    polygons = [rng.uniform(low, high, (int(rng.integers(12, 40)), 2)) for _ in range(2)]
    return {
        "segmentation": [polygon.round(2).ravel().tolist() for polygon in polygons],
        "scale": int(rng.integers(1, 4)),
        "viewpoint": 2,
        "zoom_in": 1,
        "landmarks": np.hstack([points, seen]).ravel().tolist(),
        "style": 1,
        "bounding_box": [*low, *high],
        "category_id": number + 1,
        "occlusion": 1,
        "category_name": list(taxonomy.DEEPFASHION2)[number],
    }


def write_photos(root: Path, count: int) -> int:
    """Photos and notes, a seventh of them for validation; returns the notes' bytes."""
    rng = np.random.default_rng(0)
    pictures = [picture(rng) for _ in range(PICTURES)]
    total = 0
    held_out = max(count // 7, 1)
    for part, photos in zip(PARTS, (count - held_out, held_out), strict=True):
        for folder in ("image", "annos"):
            (root / part / folder).mkdir(parents=True)
        for number in range(1, photos + 1):
            data, sides = pictures[int(rng.integers(PICTURES))]
            note: dict[str, Any] = {"source": "shop", "pair_id": number // 3}
            for place in range(1, int(rng.integers(1, 5)) + 1):
                note[f"item{place}"] = item(rng, sides)
            text = json.dumps(note).encode()
            total += len(text)
            (root / part / "image" / f"{number:06d}.jpg").write_bytes(data)
            (root / part / "annos" / f"{number:06d}.json").write_bytes(text)
    return total


def own_reading(root: Path, workers: int | None) -> DetectionSet:
    return read_deepfashion2(root, password=None, val_share=0.1, seed=0, workers=workers)


def peer_files(root: Path) -> Iterator[tuple[dict[str, Any], tuple[int, int]]]:
    """Note and size of each photo as the official converter gets them, by number from 1 on."""
    for part in PARTS:
        for number in range(1, sum(1 for _ in (root / part / "annos").iterdir()) + 1):
            with Image.open(f"{root}/{part}/image/{str(number).zfill(6)}.jpg") as image:
                size = image.size
            path = f"{root}/{part}/annos/{str(number).zfill(6)}.json"
            # The rule wants Path.open. This is the peer that is timed, the official converter, and
            # it calls open(); Path.open is slower and would flatter our ratio to it.
            with open(path) as file:  # noqa: PTH123
                yield json.load(file), size


def peer_reading(root: Path) -> Found:
    """Sizes and boxes."""
    found: Found = []
    for note, size in peer_files(root):
        keys = [key for key in note if key not in ("source", "pair_id")]
        found.append((size, [tuple(map(float, note[key]["bounding_box"])) for key in keys]))
    return found


def peer_converting(root: Path) -> None:
    """Sizes, boxes, polygons and landmarks of all photos in one JSON file, as the converter's."""
    starts = np.cumsum([0, *LANDMARKS])
    images: list[dict[str, Any]] = []
    items: list[dict[str, Any]] = []
    for note, size in peer_files(root):
        images.append({"id": len(images) + 1, "width": size[0], "height": size[1]})
        for key in note:
            if key in ("source", "pair_id"):
                continue
            found, points = note[key], np.zeros(3 * int(starts[-1]))
            number = found["category_id"]
            x, y, seen = (np.array(found["landmarks"][place::3]) for place in range(3))
            for place in range(starts[number - 1], starts[number]):
                points[3 * place] = x[place - starts[number - 1]]
                points[3 * place + 1] = y[place - starts[number - 1]]
                points[3 * place + 2] = seen[place - starts[number - 1]]
            x1, y1, x2, y2 = found["bounding_box"]
            items.append(
                {
                    "area": (x2 - x1) * (y2 - y1),
                    "bbox": [x1, y1, x2 - x1, y2 - y1],
                    "category_id": number,
                    "id": len(items) + 1,
                    "pair_id": note["pair_id"],
                    "image_id": len(images),
                    "iscrowd": 0,
                    "style": found["style"],
                    "num_keypoints": len(np.where(seen > 0)[0]),
                    "keypoints": points.tolist(),
                    "segmentation": found["segmentation"],
                }
            )
    with (root / "deepfashion2.json").open("w") as file:
        json.dump({"images": images, "annotations": items}, file)


def same(own: DetectionSet, peer: Found) -> bool:
    """Whether both found the same sizes and boxes."""
    sizes = list(own.images[["width", "height"]].itertuples(index=False, name=None))
    boxes = list(own.objects[["x1", "y1", "x2", "y2"]].itertuples(index=False, name=None))
    found = [row for _, rows in peer for row in rows]
    return sizes == [size for size, _ in peer] and boxes == found


def check_of(root: Path) -> Callable[[Sequence[str]], list[tuple[int, int] | None]]:
    """The readers' check of photos below a folder."""
    tree, quality = FileTree(root), Quality()
    return lambda names: [image_size(tree.read(name), name, quality) for name in names]


def own_check(root: Path, names: Sequence[str]) -> list[Any]:
    results = in_processes(partial(check_of, root), names, workers=usable_cores())
    return [size for sizes in results for size in sizes]


def peer_check(root: Path, names: Sequence[str]) -> list[Any]:
    sizes = []
    for name in names:
        with Image.open(root / name) as image:
            image.load()
            sizes.append(image.size)
    return sizes


def seconds_of(function: Callable[[], object]) -> float:
    started = time.perf_counter()
    function()
    return time.perf_counter() - started


def compare(variants: dict[str, Callable[[], object]], peers: Sequence[str], rounds: int) -> None:
    """Time the variants in turns; print their seconds, and the peers' to each other's."""
    timed = {name: partial(seconds_of, function) for name, function in variants.items()}
    seconds = in_turns(timed, rounds)
    for name, row in seconds.items():
        print(f"{name}: {spread(row)} s")
    for peer in peers:
        for name in (name for name in seconds if name not in peers):
            print(f"ratio, {peer} to {name}: {ratio(seconds[peer], seconds[name])}")


def main() -> None:
    """Write photos, read and decode them both ways in turns, and remove them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=int, default=200)
    parser.add_argument("--decoded", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--full", action="store_true", help=f"{PHOTOS} photos, {DECODED} decoded")
    given = parser.parse_args()
    count, decoded = (PHOTOS, DECODED) if given.full else (given.photos, given.decoded)
    # Progress bars go nowhere.
    with redirect_stderr(io.StringIO()), tempfile.TemporaryDirectory() as folder:
        root, cores = Path(folder), usable_cores()
        size = write_photos(root, count)
        names = list(FileTree(root).names("train/image"))[:decoded]
        if not same(own_reading(root, None), peer_reading(root)):
            sys.exit("the two do not read the same sizes and boxes")
        if own_check(root, names) != peer_check(root, names):
            sys.exit("the two do not decode the same sizes")
        print(f"{count} photos with notes of {size / count:.0f} bytes on average, {cores} cores")
        compare(
            {
                "this reader": partial(own_reading, root, None),
                "this reader in one process": partial(own_reading, root, 1),
                "the converter's reading": partial(peer_reading, root),
                "the whole converter": partial(peer_converting, root),
            },
            ("the converter's reading", "the whole converter"),
            given.rounds,
        )
        print(f"{len(names)} photos decoded whole")
        compare(
            {
                f"the readers' check in {cores} processes": partial(own_check, root, names),
                "Pillow in one": partial(peer_check, root, names),
            },
            ("Pillow in one",),
            given.rounds,
        )


if __name__ == "__main__":
    main()
