"""``retain_crops`` against its detector alone: what reading, choosing and cutting cost.

The whole: photos read from a zip and decoded, detected on, the views' boxes chosen, the crops cut,
encoded and packed, the contact sheets drawn. The peer: the same detector in the same batches over
the same photos, already decoded in memory. Both use a profile's first detector at its prediction
size, as it begins its training; every photo gets a crop, as a detection of any score counts.
Prints the photos a second of each, and the whole's share of the peer's:
``PYTHONPATH=src python benchmarks/retention.py``
"""

from __future__ import annotations

import argparse
import tempfile
import time
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image
from torch import Tensor

from fashion_hls.compose import compose
from fashion_hls.config import parse
from fashion_hls.data.cropping import cut_crops
from fashion_hls.data.images import ImageStore, ImageWriter, encode
from fashion_hls.data.records import GT_BOX
from fashion_hls.data.store import IMAGES, write_table
from fashion_hls.detection.build import build_detector
from fashion_hls.detection.contract import Detector
from fashion_hls.detection.photos import load_image
from fashion_hls.detection.predict import predict_all
from fashion_hls.detection.retention import views
from fashion_hls.report.audit import write_audit
from fashion_hls.taxonomy import OBJECT_TYPES
from fashion_hls.training.seed import seed_everything
from ratio import in_turns, ratio, spread

PHOTOS, SIDE, BATCH, ROUNDS = 480, 224, 4, 7


def write_photos(folder: Path, count: int) -> pd.DataFrame:
    """A zip of noisy photos, and their table as ``prepare_benchmark`` leaves it."""
    rng = np.random.default_rng(0)
    rows = []
    with ImageWriter(folder / IMAGES) as writer:
        for number in range(count):
            pixels = rng.integers(0, 256, (SIDE // 8, SIDE // 8, 3), dtype=np.uint8)
            picture = Image.fromarray(pixels).resize((SIDE, SIDE), Image.Resampling.BICUBIC)
            writer.add(f"{number}.jpg", encode(picture))
            rows.append((number, f"{number}.jpg", "train", SIDE, SIDE, number % 4, 0, [0]))
    columns = ["image_id", "file", "split", "width", "height", "object_type"]
    table = pd.DataFrame(rows, columns=[*columns, "category", "attributes"])
    return table.assign(**dict.fromkeys(GT_BOX, float("nan")))


def whole(detector: Detector, images: pd.DataFrame, folder: Path) -> float:
    """Seconds a photo of what the stage does."""
    started = time.perf_counter()
    store = ImageStore(folder / IMAGES)
    found = predict_all(detector, images, store, batch_size=BATCH)
    table = views(images, found, min_score=0.0)
    manifest = cut_crops(table, images, store, folder / "crops.zip")
    write_table(folder / "manifest.parquet", manifest)
    write_table(folder / "detections.parquet", found)
    write_audit(folder, images, table, found, store, categories=["any"], seed=0)
    return (time.perf_counter() - started) / len(images)


def bare(detector: Detector, photos: list[Tensor]) -> float:
    """Seconds a photo of the detector alone."""
    started = time.perf_counter()
    for start in range(0, len(photos), BATCH):
        detector.predict(photos[start : start + BATCH])
    return (time.perf_counter() - started) / len(photos)


def main() -> None:
    """Time both in turns."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--profile", default="open")
    parser.add_argument("--photos", type=int, default=PHOTOS)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    given = parser.parse_args()
    choice = [f"{group}={given.profile}" for group in ("dataset", "budget")]
    config = parse(compose(Path("conf"), choice), "conf")
    seed_everything(config.seed, config.threads)
    architecture = config.architectures[config.retention.detector]
    detector = build_detector(
        architecture.module,
        **config.detector.network(architecture),
        classes=len(OBJECT_TYPES),
        pretrained=True,
    )
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        images = write_photos(folder, given.photos)
        store = ImageStore(folder / IMAGES)
        photos = [load_image(store, name) for name in images["file"]]
        variants = {
            "retain_crops": partial(whole, detector, images, folder),
            "the detector alone": partial(bare, detector, photos),
        }
        bare(detector, photos[:BATCH])  # warms up
        seconds = in_turns(variants, given.rounds)
    for name, row in seconds.items():
        print(f"{name}: {spread([1 / one for one in row], '.1f')} photos a second")
    rates = ratio(seconds["the detector alone"], seconds["retain_crops"])
    print(f"ratio, throughput of retain_crops to the detector alone: {rates}")


if __name__ == "__main__":
    main()
