"""Catalogues that the generator writes: the example, and what roles, formats and folders share."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.unit.data.test_catalogue import boxes, counts, products

from fashion_hls import places
from fashion_hls.__main__ import main
from fashion_hls.compose import compose
from fashion_hls.config import parse
from fashion_hls.data.catalogue import read_catalogue_boxes, read_catalogue_products
from fashion_hls.data.readers import read_benchmark, read_catalogue, read_detection
from fashion_hls.data.sample.catalogue import write_example
from fashion_hls.data.sample.mallzee import CATALOGUE as CATALOGUE_KINDS
from fashion_hls.errors import UserError
from fashion_hls.taxonomy import CATALOGUE as CATALOGUE_TYPES

CONF = Path("conf").resolve()


def _allowed() -> dict[str, set[str]]:
    """Category of Table 1 -> its attributes in Table 2, whose names differ a little."""
    rows = json.loads(Path("metrics/paper/table2.json").read_text())["rows"]
    spelt = {"Coats & Jackets": ["Coats and jackets"], "T-shirts": ["Tshirts"]}
    allowed: dict[str, set[str]] = {name: set() for name in CATALOGUE_TYPES}
    for row in rows:
        every = row["applies_to"].startswith("All")
        names = spelt.get(row["applies_to"], row["applies_to"].split(" & "))
        for name in CATALOGUE_TYPES if every else names:
            values = {f"{row['attribute_key']}={value}" for value in row["attribute_values"]}
            allowed[name] |= values
    return allowed


@pytest.mark.parametrize("form", ["csv", "coco", "voc", "label-studio", "cvat"])
def test_every_format_of_boxes_gives_the_same_table(tmp_path: Path, form: str) -> None:
    write_example(tmp_path / "plain", boxes="csv", photos=4)
    write_example(tmp_path / "other", boxes=form, photos=4)
    first, second = boxes(tmp_path / "plain"), boxes(tmp_path / "other")
    key = ["image_id", "label", "x1", "y1"]
    one, two = (d.objects.sort_values(key).reset_index(drop=True) for d in (first, second))
    assert one.equals(two) and len(one) >= 4
    assert first.images.equals(second.images)
    assert counts(second) == {}


def test_the_example_is_read_whole(tmp_path: Path) -> None:
    main(["init-catalogue", str(tmp_path / "mine" / "catalogue"), "--photos", "6"])
    data = products(tmp_path / "mine" / "catalogue")
    assert len(data.images) == 6 and counts(data) == {}
    assert set(data.vocabulary.attribute_groups) <= {"Prints", "Styles"}


@pytest.mark.parametrize("arguments", [["--boxes", "yolo"], ["--photos", "0"], []])
def test_the_example_replaces_nothing(tmp_path: Path, arguments: list[str], capsys) -> None:
    folder = tmp_path / "catalogue"
    if not arguments:
        folder.mkdir()
    with pytest.raises(SystemExit) as ended:
        main(["init-catalogue", str(folder), *arguments])
    assert ended.value.code == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert not folder.exists() or not any(folder.iterdir())


def test_the_example_has_table_1s_categories_and_table_2s_attributes() -> None:
    allowed = _allowed()
    assert list(CATALOGUE_KINDS) == list(CATALOGUE_TYPES)
    for name, kind in CATALOGUE_KINDS.items():
        prints = {value for value in kind.pattern if value}
        assert prints | set(kind.styles) <= allowed[name]
        # Jeans are of denim, which is seldom printed.
        assert set(kind.styles) == {v for v in allowed[name] if v.startswith("Styles")}
    offered = {v for kind in CATALOGUE_KINDS.values() for v in (*kind.pattern, *kind.styles) if v}
    assert offered == set().union(*allowed.values())


def test_a_product_has_several_views_and_mostly_lies_flat(tmp_path: Path) -> None:
    write_example(tmp_path / "c", photos=60, image_size=96)
    with (tmp_path / "c/products.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    groups: dict[str, list[dict[str, str]]] = {}
    for row in rows:
        groups.setdefault(row["group"], []).append(row)
    assert {len(views) for views in groups.values()} == {1, 2, 3}
    for views in groups.values():
        assert len({(row["category"], row["attributes"]) for row in views}) == 1
    white = 0
    for row in rows:
        with Image.open(tmp_path / "c/images" / row["image"]) as image:
            corners = np.asarray(image)[[0, 0, -1, -1], [0, -1, 0, -1]]
        white += int(corners.min() > 205)
    assert white > 30
    assert {CATALOGUE_TYPES[row["category"]] for row in rows} == {0, 1, 2, 3}
    labels = set(boxes(tmp_path / "c").objects["category"])
    assert labels >= {"Boots"} or labels & {"Heels", "Trainers", "Flats", "Sandals"}


def test_a_photo_with_a_box_and_a_row_lies_in_one_split_for_both(tmp_path: Path) -> None:
    write_example(tmp_path / "c", photos=60, image_size=96)
    options = {"splits": (0.6, 0.2, 0.2), "seed": 0}
    products = read_catalogue_products(
        tmp_path / "c", **options, least=1, near_bits=6, near_levels=4.0
    ).images
    split = dict(zip(products["file"], products["split"], strict=True))
    boxes = read_catalogue_boxes(tmp_path / "c", **options, products=split).images
    assert len(boxes) == 60 and boxes["split"].tolist() == boxes["file"].map(split).tolist()
    alone = read_catalogue_boxes(tmp_path / "c", **options).images
    assert alone["split"].tolist() != boxes["split"].tolist()


def test_photos_with_boxes_and_products_can_be_kept_apart(tmp_path: Path) -> None:
    write_example(tmp_path / "c", photos=50, boxed=20, image_size=96)
    options = {"splits": (0.6, 0.2, 0.2), "seed": 0}
    boxes = read_catalogue_boxes(tmp_path / "c", **options)
    products = read_catalogue_products(
        tmp_path / "c", **options, least=1, near_bits=6, near_levels=4.0
    )
    assert len(boxes.images) == 20 and len(products.images) == 30
    assert not set(boxes.images["file"]) & set(products.images["file"])
    assert boxes.quality.count("image.without_row") == 30


def test_products_without_attributes_are_refused_in_one_line(tmp_path: Path) -> None:
    write_example(tmp_path / "c", photos=12, image_size=96)
    table = tmp_path / "c" / "products.csv"
    rows = [line.split(",") for line in table.read_text().splitlines()]
    table.write_text("".join(f"{row[0]},{row[1]},,{row[3]}\n" for row in rows[1:]))
    table.write_text(",".join(rows[0]) + "\n" + table.read_text())
    with pytest.raises(UserError, match="no attribute has 1 images"):
        read_catalogue_products(
            tmp_path / "c", splits=(0.6, 0.2, 0.2), least=1, near_bits=6, near_levels=4.0, seed=0
        )


def test_a_voc_file_in_a_folder_finds_the_photo_in_the_same_folder(tmp_path: Path) -> None:
    write_example(tmp_path / "c", boxes="voc", photos=3, image_size=96)
    root = tmp_path / "c"
    for kind in ("images", "voc"):
        (root / kind / "2024").mkdir()
        for path in sorted((root / kind).glob("look_0001.*")):
            path.rename(root / kind / "2024" / path.name)
    found = read_catalogue_boxes(root, splits=(0.4, 0.3, 0.3), seed=0)
    assert "images/2024/look_0001.jpg" in set(found.images["file"])
    assert found.quality.count("image.missing") == 0


@pytest.mark.parametrize("role", ["benchmark", "catalogue"])
def test_the_roles_of_a_catalogue_share_its_split(role, tmp_path: Path, monkeypatch) -> None:
    """Through the readers by role, as the stages call them: no test photo in the detector."""
    write_example(tmp_path / "catalogue", photos=60, image_size=96)
    monkeypatch.chdir(tmp_path)
    dataset = parse(compose(CONF, ["dataset.catalogue.least=1"]), "conf").dataset
    if role == "catalogue":
        monkeypatch.setattr(places, "RAW", tmp_path)
        boxes, products = read_catalogue(dataset, seed=0)
    else:
        part = {"reader": "catalogue", "splits": (0.6, 0.2, 0.2), "least": 1}
        dataset = dataset.model_copy(
            update={
                "detection": dataset.detection.model_copy(update=part),
                "benchmark": dataset.benchmark.model_copy(update=part),
            }
        )
        monkeypatch.setattr(places, "RAW", tmp_path)
        boxes, products = read_detection(dataset, seed=0), read_benchmark(dataset, seed=0)
    split = dict(zip(products.images["file"], products.images["split"], strict=True))
    assert len(split) == 60 and set(split.values()) == {"train", "val", "test"}
    assert boxes.images["split"].tolist() == boxes.images["file"].map(split).tolist()


@pytest.mark.parametrize("encoding", ["ISO-8859-1", "UTF-16"])
def test_a_voc_file_in_another_encoding_is_read(encoding: str, tmp_path: Path) -> None:
    write_example(tmp_path / "c", boxes="voc", photos=3, image_size=96)
    for path in (tmp_path / "c" / "voc").iterdir():
        text = f'<?xml version="1.0" encoding="{encoding}"?>{path.read_text()}'
        path.write_bytes(
            text.replace("</object>", "<note>caf\xe9</note></object>").encode(encoding)
        )
    found = read_catalogue_boxes(tmp_path / "c", splits=(0.4, 0.3, 0.3), seed=0)
    assert len(found.images) == 3 and found.quality.count("annotation.unreadable") == 0
