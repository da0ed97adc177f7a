"""The readers on the real photos, where they are: slow, and skipped elsewhere."""

import os
from pathlib import Path

import numpy as np
import pytest

from fashion_hls.data.ccp import FOLDER as CCP
from fashion_hls.data.ccp import read_ccp
from fashion_hls.data.duplicates import content_hash, perceptual_hash, thumbnail
from fashion_hls.data.flat_lays import PREFIX, add_flat_lays
from fashion_hls.data.fpi import FOLDER as FPI
from fashion_hls.data.fpi import read_fpi
from fashion_hls.data.images import decode
from fashion_hls.data.records import BenchmarkSet, DetectionSet

ROOT = Path(os.environ.get("FASHION_HLS_DATA") or "../shared/data").expanduser()
BITS, LEVELS = 6, 4.0

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not (ROOT / CCP).is_dir() or not (ROOT / FPI).is_dir(), reason="no photos in this place"
    ),
]


@pytest.fixture(scope="module")
def ccp() -> DetectionSet:
    return read_ccp(ROOT / CCP, splits=(0.7, 0.1, 0.2), seed=0)


@pytest.fixture(scope="module")
def fpi() -> BenchmarkSet:
    options = {"splits": (0.8, 0.1, 0.1), "least": 20, "near_bits": BITS, "near_levels": LEVELS}
    return read_fpi(ROOT / FPI, seed=0, **options)


def test_every_photo_and_garment_of_ccp_is_read(ccp: DetectionSet) -> None:
    assert (len(ccp.images), len(ccp.objects)) == (888, 2956)
    assert ccp.images["image_id"].is_unique
    assert set(ccp.objects["image_id"]) == set(ccp.images["image_id"])
    joined = ccp.objects.merge(ccp.images, on="image_id")
    assert (joined["x1"] >= 0).all() and (joined["x2"] <= joined["width"]).all()
    assert (joined["y1"] >= 0).all() and (joined["y2"] <= joined["height"]).all()
    assert ccp.images["split"].value_counts().to_dict() == {"train": 622, "test": 178, "val": 88}


def test_every_product_of_fpi_is_read(fpi: BenchmarkSet) -> None:
    assert len(fpi.images) == 6219 and fpi.images["image_id"].is_unique
    assert len(fpi.vocabulary.categories) == 21
    assert len(fpi.vocabulary.attributes) == 35
    assert not [name for name in fpi.vocabulary.attributes if "gender" in name]
    shares = fpi.images["split"].value_counts(normalize=True)
    assert [round(shares[name], 2) for name in ("train", "val", "test")] == [0.8, 0.1, 0.1]
    assert fpi.images.groupby("category")["split"].nunique().min() == 3


def test_no_picture_of_fpi_is_on_two_sides(fpi: BenchmarkSet) -> None:
    data = [fpi.read(name) for name in fpi.images["file"]]
    split = fpi.images["split"].to_numpy()
    sides: dict[str, set[str]] = {}
    for one, side in zip(data, split, strict=True):
        sides.setdefault(content_hash(one), set()).add(side)
    assert len(sides) < len(data) and all(len(found) == 1 for found in sides.values())
    pictures = [decode(one) for one in data]
    bits = np.packbits([perceptual_hash(picture) for picture in pictures], axis=1)
    levels = np.stack([thumbnail(picture) for picture in pictures])
    pairs = 0
    for row in range(len(bits) - 1):
        apart = np.bitwise_count(bits[row + 1 :] ^ bits[row]).sum(axis=1)
        near = row + 1 + np.flatnonzero(apart <= BITS)
        same = near[np.abs(levels[near] - levels[row]).mean(axis=1) <= LEVELS]
        pairs += len(same)
        assert (split[same] == split[row]).all()
    assert pairs > 0


def test_flat_lays_of_fpi_are_boxed(ccp: DetectionSet, fpi: BenchmarkSet) -> None:
    made = add_flat_lays(ccp, fpi, per_type=20, min_confidence=0.75, seed=0)
    new = made.images[made.images["file"].str.startswith(PREFIX)]
    of_training = set(fpi.images.loc[fpi.images["split"] == "train", "file"])
    assert {name.removeprefix(PREFIX) for name in new["file"]} <= of_training
    accepted = {name: note["accepted"] for name, note in made.notes["automatic_boxes"].items()}
    assert accepted == {"upper-body": 20, "lower-body": 20, "full-body": 8, "footwear": 20}
    assert made.images["image_id"].is_unique and made.images["file"].is_unique
    boxes = made.objects.merge(new, on="image_id")
    assert ((boxes["x2"] - boxes["x1"]) * (boxes["y2"] - boxes["y1"])).min() > 0.02 * 224**2
    # Of photos that show a person nearly all must go; this shop shows shirts on people.
    upper = made.notes["automatic_boxes"]["upper-body"]
    assert upper["rejected"]["touches_border"] > 0.7 * upper["considered"]
