from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fashion_hls import taxonomy
from fashion_hls.data.deepfashion1 import read_deepfashion1
from fashion_hls.data.deepfashion2 import read_deepfashion2
from fashion_hls.data.images import decode
from fashion_hls.data.records import GT_BOX, BenchmarkSet, DetectionSet
from fashion_hls.data.sample import generate_sample
from fashion_hls.data.sample.layouts import LANDMARKS, deepfashion2_category
from fashion_hls.data.sample.scenes import draw_scene
from fashion_hls.data.sample.wardrobe import (
    ATTRIBUTES,
    KINDS,
    Garment,
    draw_category,
    draw_garment,
    draw_outfit,
)


def generate(root: Path, seed: int, count: int = 6) -> Path:
    generate_sample(
        root, seed=seed, detection_train=count, detection_test=3, benchmark=count, image_size=96
    )
    return root


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return generate(tmp_path_factory.mktemp("sample"), seed=5, count=40)


@pytest.fixture(scope="module")
def detection(sample: Path) -> DetectionSet:
    return read_deepfashion2(sample / "DeepFashion2", password=None, val_share=0.2, seed=0)


@pytest.fixture(scope="module")
def benchmark(sample: Path) -> BenchmarkSet:
    return read_deepfashion1(sample / "DeepFashion")


@pytest.fixture(scope="module")
def garments() -> list[Garment]:
    rng = np.random.default_rng(0)
    return [draw_garment(draw_category(rng), rng) for _ in range(3000)]


def contents(root: Path) -> dict[str, bytes]:
    files = (path for path in root.rglob("*") if path.is_file())
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in files}


def test_the_seed_decides_every_byte(tmp_path: Path) -> None:
    first, again, other = (
        contents(generate(tmp_path / name, seed))
        for name, seed in (("first", 1), ("again", 1), ("other", 2))
    )
    assert first == again
    assert len(first) == 9
    assert all(first[name] != other[name] for name in first if name.endswith(".zip"))


def test_the_readers_find_no_problem(detection: DetectionSet, benchmark: BenchmarkSet) -> None:
    assert benchmark.quality.to_dict()["counts"] == {}
    # A photo of the lower half may cut all that is worn, which the readers leave out.
    assert set(detection.quality.to_dict()["counts"]) <= {"image.no_garment"}
    assert Counter(benchmark.images.split) == {"train": 29, "val": 5, "test": 6}
    assert set(detection.images.split) == {"train", "val", "test"}
    assert len(detection.objects) > len(detection.images)


def test_photos_decode_to_the_size_they_claim(
    detection: DetectionSet, benchmark: BenchmarkSet
) -> None:
    for found in (detection, benchmark):
        for row in found.images.head(8).itertuples():
            assert decode(found.read(str(row.file))).size == (row.width, row.height)
            assert max(row.width, row.height) == 96


def test_every_labelled_garment_has_a_box(benchmark: BenchmarkSet) -> None:
    boxes = benchmark.images[GT_BOX].to_numpy()
    assert np.isfinite(boxes).all()
    assert (boxes[:, 2:] - boxes[:, :2] >= 4).all()


def test_the_vocabulary_is_in_deepfashions_order(benchmark: BenchmarkSet) -> None:
    vocabulary = benchmark.vocabulary
    assert vocabulary.categories == list(KINDS)
    assert vocabulary.category_types == sorted(vocabulary.category_types)
    assert vocabulary.attributes == list(ATTRIBUTES)
    assert set(vocabulary.attribute_groups) == set(taxonomy.DEEPFASHION1_ATTRIBUTE_TYPES.values())


def test_every_category_and_attribute_occurs(garments: list[Garment]) -> None:
    assert {garment.category for garment in garments} == set(KINDS)
    assert set().union(*(garment.attributes for garment in garments)) == set(ATTRIBUTES)
    assert sum(kind.share for kind in KINDS.values()) == pytest.approx(1.0)


def test_attributes_depend_on_the_category(garments: list[Garment]) -> None:
    table = pd.DataFrame(
        [(g.category, name) for g in garments for name in g.attributes],
        columns=["category", "name"],
    )
    seen = pd.crosstab(table.category, table.name)
    assert (seen == 0).any(axis=1).all()
    assert seen.loc["Jeans", "denim"] > 0 == seen.loc["Leggings", "denim"]
    assert seen.loc["Tank", "sleeveless"] > 0 == seen.loc["Tank", "long sleeve"]
    assert seen.loc["Dress", "maxi"] > 0 == seen.loc["Tee", "maxi"]
    assert seen.loc["Sweater", "knit"] > seen.loc["Dress", "knit"] * 2


def test_categories_are_long_tailed(garments: list[Garment]) -> None:
    counts = Counter(garment.category for garment in garments).most_common()
    assert counts[0][1] > 4 * counts[-1][1]


def test_each_garment_has_a_deepfashion2_category_of_its_own_type(garments: list[Garment]) -> None:
    for garment in garments:
        found = taxonomy.DEEPFASHION2[deepfashion2_category(garment)]
        assert found == taxonomy.DEEPFASHION1_TYPES[garment.kind.type]
    assert {deepfashion2_category(garment) for garment in garments} == set(taxonomy.DEEPFASHION2)
    assert len(LANDMARKS) == len(taxonomy.DEEPFASHION2)


def test_an_outfit_holds_its_target_once() -> None:
    rng = np.random.default_rng(3)
    for category in KINDS:
        for _ in range(20):
            target = draw_garment(category, rng)
            worn = [garment.category for garment in draw_outfit(rng, target)]
            assert worn.count(category) == 1


@pytest.mark.parametrize("category", sorted(KINDS))
def test_a_box_fits_what_is_drawn(category: str) -> None:
    """Where the garment's colour changes the picture, its box lies, to the pixel."""
    target = draw_garment(category, np.random.default_rng(2))
    pictures, boxes = [], []
    for colour in ((0, 0, 0), (250, 250, 250)):
        garment = replace(target, look=replace(target.look, main=colour, second=colour))
        scene = draw_scene([garment], "whole", (96, 128), np.random.default_rng(9))
        pictures.append(np.asarray(scene.image, dtype=np.float64))
        boxes += [box for _, box in scene.garments]
    changed = np.abs(pictures[1] - pictures[0]).max(axis=2)
    rows, columns = np.nonzero(changed > 0.4 * changed.max())
    drawn = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
    assert len(boxes) == 2
    assert np.abs(np.array(boxes) - drawn).max() <= 1
