import csv
import io
import zipfile
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from fashion_hls import taxonomy
from fashion_hls.data.deepfashion1 import read_deepfashion1
from fashion_hls.data.deepfashion2 import read_deepfashion2
from fashion_hls.data.images import decode
from fashion_hls.data.records import GT_BOX, BenchmarkSet, DetectionSet
from fashion_hls.data.sample import generate_sample
from fashion_hls.data.sample.cuts import SHOE
from fashion_hls.data.sample.deepfashion2_layout import LANDMARKS, deepfashion2_category
from fashion_hls.data.sample.kinds import ATTRIBUTES, KINDS
from fashion_hls.data.sample.wardrobe import (
    Garment,
    draw_category,
    draw_display,
    draw_garment,
    draw_outfit,
)
from fashion_hls.data.tolerance import DAMAGE


def generate(root: Path, seed: int, count: int = 6, *, damage: bool = False) -> Path:
    generate_sample(
        root,
        seed=seed,
        detection_train=count,
        detection_test=3,
        benchmark=count,
        image_size=96,
        damage=damage,
    )
    return root


def read_detection(root: Path) -> DetectionSet:
    return read_deepfashion2(root / "DeepFashion2", password=None, val_share=0.2, seed=0)


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return generate(tmp_path_factory.mktemp("sample"), seed=5, count=120)


@pytest.fixture(scope="module")
def damaged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return generate(tmp_path_factory.mktemp("damaged"), seed=5, count=120, damage=True)


@pytest.fixture(scope="module")
def detection(sample: Path) -> DetectionSet:
    return read_detection(sample)


@pytest.fixture(scope="module")
def benchmark(sample: Path) -> BenchmarkSet:
    return read_deepfashion1(sample / "DeepFashion")


@pytest.fixture(scope="module")
def garments() -> list[Garment]:
    rng = np.random.default_rng(0)
    return [draw_garment(draw_category(rng), rng) for _ in range(4000)]


def contents(root: Path) -> dict[str, bytes]:
    files = (path for path in root.rglob("*") if path.is_file())
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in files}


def members(archive: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(archive) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def counts(data: DetectionSet | BenchmarkSet) -> dict[str, int]:
    return data.quality.to_dict()["counts"]


@pytest.mark.parametrize("damage", [False, True])
def test_the_seed_decides_every_byte(tmp_path: Path, damage: bool) -> None:
    count = 101 if damage else 6
    first, again, other = (
        contents(generate(tmp_path / name, seed, count, damage=damage))
        for name, seed in (("first", 1), ("again", 1), ("other", 2))
    )
    assert first == again
    assert len(first) == 11
    assert all(first[name] != other[name] for name in first if name.endswith(".zip"))


def test_the_readers_find_no_problem(detection: DetectionSet, benchmark: BenchmarkSet) -> None:
    assert counts(benchmark) == {}
    # A photo of the lower half may cut all that is worn, which the readers leave out.
    assert set(counts(detection)) <= {"image.no_garment"}
    assert Counter(benchmark.images.split) == {"train": 87, "val": 16, "test": 17}
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
    for kind in (1, 2, 3):
        names = [name for name, one in KINDS.items() if one.type == kind]
        assert names == sorted(names)
    assert vocabulary.attributes == list(ATTRIBUTES)
    assert set(vocabulary.attribute_groups) == set(taxonomy.DEEPFASHION1_ATTRIBUTE_TYPES.values())


def test_every_damage_is_found_and_counted(damaged: Path) -> None:
    detection, benchmark = read_detection(damaged), read_deepfashion1(damaged / "DeepFashion")
    kinds = ("box.clipped", "box.inverted", "image.empty_file", "image.unreadable")
    expected = dict.fromkeys(kinds, 1)
    assert counts(benchmark) == {**expected, "image.case_differs": 1}
    found = counts(detection)
    found.pop("image.no_garment", None)
    assert found == expected
    for data, kept in ((detection, len(detection.objects)), (benchmark, len(benchmark.images))):
        bad = sum(n for kind, n in counts(data).items() if kind in DAMAGE)
        assert 0 < bad / (bad + kept) < 0.03


@pytest.mark.parametrize("archive", ["DeepFashion2/train.zip", "DeepFashion/Img/img.zip"])
def test_turned_and_cmyk_photos_are_read_as_they_should_be(
    sample: Path, damaged: Path, archive: str
) -> None:
    sound, broken = members(sample / archive), members(damaged / archive)
    changed = [
        name
        for name, data in broken.items()
        if name.endswith(".jpg") and data != sound.get(name) and name in sound
    ]
    kinds = []
    for name in changed:
        try:
            with Image.open(io.BytesIO(broken[name])) as image:
                image.load()
                kinds.append("cmyk" if image.mode == "CMYK" else f"turned {image.getexif()[274]}")
        except OSError:
            kinds.append("empty" if not broken[name] else "truncated")
            continue
        before, after = (
            np.asarray(decode(data), dtype=float) for data in (sound[name], broken[name])
        )
        assert before.shape == after.shape
        assert np.abs(before - after).mean() < 6
    assert sorted(kinds) == ["cmyk", "empty", "truncated", "turned 6"]


def test_wrong_labels_are_listed_beside_the_layout(sample: Path, damaged: Path) -> None:
    root = damaged / "DeepFashion"
    with (root / "wrong_labels.csv").open(encoding="utf-8") as file:
        listed = list(csv.DictReader(file))
    assert len(listed) == round(0.02 * 120)
    lines = (root / "Anno_coarse/list_category_img.txt").read_text().splitlines()[2:]
    labels = dict(line.split() for line in lines)
    for row in listed:
        assert list(KINDS)[int(labels[row["image"]]) - 1] == row["category"]
        assert KINDS[row["category"]].type == KINDS[row["true_category"]].type
        assert row["category"] != row["true_category"]
    clean = (sample / "DeepFashion/wrong_labels.csv").read_text()
    assert clean == "image,category,true_category\n"
    assert "wrong_labels.csv" in (damaged / "README.md").read_text()


def test_a_small_sample_is_not_damaged(tmp_path: Path) -> None:
    root = generate(tmp_path, seed=3, count=20, damage=True)
    assert counts(read_deepfashion1(root / "DeepFashion")) == {}


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
    assert seen.loc["Hoodie", "hooded"] > 0 == seen.loc["Tee", "hooded"]


def test_categories_are_long_tailed(garments: list[Garment]) -> None:
    drawn = Counter(garment.category for garment in garments).most_common()
    assert len(drawn) >= 20
    assert [name for name, _ in drawn[:2]] == ["Dress", "Tee"]
    assert drawn[0][1] > 15 * drawn[-1][1]
    # Half of the categories share less than a quarter of the garments.
    assert sum(n for _, n in drawn[len(drawn) // 2 :]) < len(garments) / 4


def test_each_garment_has_a_deepfashion2_category_of_its_own_type(garments: list[Garment]) -> None:
    for garment in garments:
        found = taxonomy.DEEPFASHION2[deepfashion2_category(garment)]
        assert found == taxonomy.DEEPFASHION1_TYPES[garment.kind.type]
    assert {deepfashion2_category(garment) for garment in garments} == set(taxonomy.DEEPFASHION2)
    assert len(LANDMARKS) == len(taxonomy.DEEPFASHION2)


def test_all_deepfashion2_categories_are_worn() -> None:
    rng = np.random.default_rng(1)
    worn = [one for _ in range(300) for one in draw_outfit(rng) if one.kind.type != SHOE]
    seen = Counter(deepfashion2_category(garment) for garment in worn)
    assert set(seen) == set(taxonomy.DEEPFASHION2)
    assert min(seen.values()) >= 3


def test_an_outfit_holds_its_target_once_and_a_pair_of_shoes() -> None:
    rng = np.random.default_rng(3)
    for category in KINDS:
        for _ in range(20):
            worn = draw_outfit(rng, draw_garment(category, rng))
            assert [garment.category for garment in worn].count(category) == 1
            assert [garment.kind.type for garment in worn].count(SHOE) == 1


def test_an_outer_layer_comes_last_over_a_top() -> None:
    rng = np.random.default_rng(4)
    layered = 0
    for _ in range(300):
        worn = [one for one in draw_outfit(rng) if one.kind.type != SHOE]
        outer = [place for place, garment in enumerate(worn) if garment.kind.outer]
        assert len(outer) <= 1
        if outer:
            layered += 1
            assert outer == [len(worn) - 1] and len(worn) >= 2
    assert layered > 50


def test_a_display_shows_its_target_first() -> None:
    rng = np.random.default_rng(5)
    shown = [draw_display(rng, draw_garment(name, rng)) for name in KINDS for _ in range(10)]
    assert {len(garments) for garments in shown} == {1, 2}
