import csv
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fashion_hls.data.catalogue import read_catalogue_boxes, read_catalogue_products
from fashion_hls.data.sample.catalogue import write_example
from fashion_hls.errors import UserError
from fashion_hls.taxonomy import OBJECT_TYPES

SPLITS = (0.5, 0.25, 0.25)
OPTIONS = {"splits": SPLITS, "least": 1, "near_bits": 0, "near_levels": 0.0, "seed": 0}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Four photos, two categories, a box each."""
    folder = tmp_path / "catalogue"
    (folder / "images" / "sub").mkdir(parents=True)
    rng = np.random.default_rng(0)
    for name in ("a.jpg", "b.jpg", "c.jpg", "sub/d.jpg"):
        noise = rng.integers(0, 255, (40, 30, 3), dtype=np.uint8)
        Image.fromarray(noise).save(folder / "images" / name, quality=95)
    write(folder, "taxonomy.csv", ["category,object_type", "Blouses,upper-body", "Boots,footwear"])
    write(
        folder,
        "products.csv",
        [
            "image,category,attributes,group",
            "a.jpg,Blouses,colour=red|sleeve=long,one",
            "b.jpg,Blouses,colour=red|frill,one",
            "c.jpg,Boots,colour=NA,",
            "sub/d.jpg,Boots,,",
        ],
    )
    write(
        folder,
        "boxes.csv",
        ["image,label,x1,y1,x2,y2", "a.jpg,Blouses,1,2,20,30", "sub/d.jpg,footwear,0,0,30,40"],
    )
    return folder


def write(folder: Path, name: str, lines: list[str]) -> None:
    (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")


def boxes(folder: Path):
    return read_catalogue_boxes(folder, splits=SPLITS, seed=0)


def products(folder: Path, **changed):
    return read_catalogue_products(folder, **{**OPTIONS, **changed})


def counts(data) -> dict[str, int]:
    """Problems by kind; that a photo has no box is none, and is tested apart."""
    found = dict(data.quality.to_dict()["counts"])
    if hasattr(data, "objects"):
        found.pop("image.without_row", None)
    return found


def examples(data, kind: str) -> list[str]:
    return data.quality.to_dict()["examples"][kind]


def test_boxes_by_category_and_by_object_type(root: Path) -> None:
    data = boxes(root)
    assert data.images["file"].tolist() == ["images/a.jpg", "images/sub/d.jpg"]
    assert data.objects["label"].tolist() == [0, OBJECT_TYPES.index("footwear")]
    assert data.objects[["x1", "y1", "x2", "y2"]].to_numpy().tolist() == [
        [1, 2, 20, 30],
        [0, 0, 30, 40],
    ]
    assert counts(data) == {}
    assert data.quality.count("image.without_row") == 2
    assert data.read("images/a.jpg").startswith(b"\xff\xd8")


def test_products_have_a_vocabulary_and_positives(root: Path) -> None:
    data = products(root)
    assert data.vocabulary.categories == ["Blouses", "Boots"]
    assert data.vocabulary.category_types == [0, 3]
    assert data.vocabulary.attributes == ["colour=red", "frill", "sleeve=long"]
    assert data.vocabulary.attribute_groups == ["colour", "attribute", "sleeve"]
    assert data.images["attributes"].tolist() == [[0, 2], [0, 1], [], []]
    assert data.images["category"].tolist() == [0, 0, 1, 1]
    assert data.images["object_type"].tolist() == [0, 0, 3, 3]
    assert counts(data) == {"attribute.na": 1}


def test_photos_of_one_product_stay_in_one_split(root: Path) -> None:
    for seed in range(6):
        data = products(root, seed=seed, splits=(0.5, 0.0, 0.5))
        assert data.images["split"].iloc[0] == data.images["split"].iloc[1]


def test_rare_categories_and_attributes_are_dropped_and_counted(root: Path) -> None:
    data = products(root, least=2)
    assert data.vocabulary.attributes == ["colour=red"]
    assert counts(data) == {"attribute.na": 1, "attribute.rare": 2}
    with pytest.raises(UserError, match="no category has 3 images"):
        products(root, least=3)


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("a.jpg,Blouses,1,2,20", "row.ragged"),
        ("z.jpg,Blouses,1,2,20,30", "image.missing"),
        ("../taxonomy.csv,Blouses,1,2,20,30", "image.missing"),
        ("A.JPG,Blouses,2,2,20,30", "image.case_differs"),
        ("a.jpg,Blouses,1,2,20,30", "box.repeated"),
        ("a.jpg,Socks,1,2,20,30", "label.unknown"),
        ("a.jpg,Blouses,one,2,20,30", "box.malformed"),
        ("a.jpg,Blouses,20,2,1,30", "box.inverted"),
        ("a.jpg,Blouses,1,2,99,30", "box.clipped"),
        ("a.jpg,Blouses,1,2,1,2", "box.no_area"),
        ("a.jpg,Blouses,90,90,99,99", "box.outside"),
    ],
)
def test_a_wrong_box_is_counted_with_its_line(root: Path, line: str, kind: str) -> None:
    with (root / "boxes.csv").open("a", encoding="utf-8") as file:
        file.write(line + "\n")
    data = boxes(root)
    assert counts(data) == {kind: 1}
    place = "images/a.jpg" if kind == "box.repeated" else "boxes.csv line 4"
    assert examples(data, kind)[0].startswith(place)
    kept = kind in ("box.clipped", "image.case_differs")
    assert len(data.objects) == (3 if kept else 2)


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("a.jpg,Boots,,", "row.repeated"),
        ("z.jpg,Boots,,", "image.missing"),
        ("e.jpg,Socks,,", "label.unknown"),
        ("e.jpg,Boots", "row.ragged"),
    ],
)
def test_a_wrong_product_is_counted_with_its_line(root: Path, line: str, kind: str) -> None:
    with (root / "products.csv").open("a", encoding="utf-8") as file:
        file.write(line + "\n")
    data = products(root)
    assert counts(data)[kind] == 1
    assert examples(data, kind)[0].startswith("products.csv line 6")
    assert len(data.images) == 4


def test_broken_photos_are_counted(root: Path) -> None:
    (root / "images/b.jpg").write_bytes((root / "images/b.jpg").read_bytes()[:200])
    assert counts(products(root)) == {"attribute.na": 1, "image.unreadable": 1}
    (root / "images/b.jpg").write_bytes(b"")
    assert counts(products(root)) == {"attribute.na": 1, "image.empty_file": 1}


@pytest.mark.parametrize(
    ("name", "lines", "message"),
    [
        ("taxonomy.csv", ["category,kind"], "line 1: column object_type missing"),
        ("taxonomy.csv", ["category,object_type", "Hats,head"], "line 2: .*needs one of upper"),
        (
            "taxonomy.csv",
            ["category,object_type", "Hats,footwear", "Hats,footwear"],
            "line 3: .*twice",
        ),
        ("taxonomy.csv", ["category,object_type"], "names no category"),
        ("products.csv", ["image"], "line 1: column category missing"),
        ("products.csv", ["image,category", "z.jpg,Boots"], "no row is usable"),
    ],
)
def test_a_table_of_another_form_ends_in_one_line(root, name, lines, message) -> None:
    write(root, name, lines)
    with pytest.raises(UserError, match=message) as error:
        products(root)
    assert "\n" not in str(error.value) and name in str(error.value)


@pytest.mark.parametrize("name", ["taxonomy.csv", "products.csv"])
def test_a_missing_or_foreign_table_ends_in_one_line(root: Path, name: str) -> None:
    (root / name).write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UserError, match="is not UTF-8"):
        products(root)
    (root / name).unlink()
    with pytest.raises(UserError, match="not found"):
        products(root)


def test_one_source_of_boxes_is_needed(root: Path) -> None:
    (root / "boxes.json").write_text("{}")
    with pytest.raises(UserError, match=r"boxes.csv and boxes.json"):
        boxes(root)
    (root / "boxes.csv").unlink()
    with pytest.raises(UserError, match="has no list"):
        boxes(root)
    (root / "boxes.json").unlink()
    with pytest.raises(UserError, match="found none"):
        boxes(root)


def coco(root: Path, **changed) -> None:
    (root / "boxes.csv").unlink()
    note = {"image_id": 1, "category_id": "7", "bbox": [1, 2, 19, 28]}
    content = {
        "images": [{"id": 1, "file_name": "a.jpg"}],
        "annotations": [note, {**note, **changed}],
        "categories": [{"id": 7, "name": "Blouses"}],
    }
    (root / "boxes.json").write_text(json.dumps(content))


@pytest.mark.parametrize(
    ("changed", "kind"),
    [
        ({"bbox": "1 2 3 4"}, "annotation.unreadable"),
        ({"bbox": [1, 2, 3]}, "box.malformed"),
        ({"image_id": 9}, "annotation.no_image"),
        ({"iscrowd": 1}, "box.crowd"),
        ({"category_id": 9}, "label.unknown"),
    ],
)
def test_a_wrong_coco_annotation_is_counted(root: Path, changed, kind: str) -> None:
    coco(root, **changed)
    data = boxes(root)
    assert counts(data) == {kind: 1}
    assert "annotations[1]" in examples(data, kind)[0]
    assert data.objects[["x1", "y1", "x2", "y2"]].to_numpy().tolist() == [[1, 2, 20, 30]]


@pytest.mark.parametrize(
    "content",
    ["<annotation", "<!DOCTYPE a [<!ENTITY b 'c'>]><annotation/>", ""],
    ids=["cut", "entity", "empty"],
)
def test_a_damaged_voc_file_is_counted(tmp_path: Path, content: str) -> None:
    write_example(tmp_path / "c", boxes="voc", photos=3)
    (tmp_path / "c/voc/look_0000.xml").write_text(content)
    data = boxes(tmp_path / "c")
    assert counts(data) == {"annotation.unreadable": 1}
    assert len(data.images) == 2


def test_quoted_names_with_commas_and_unicode_are_read(root: Path) -> None:
    name = "grün, kariert 1.jpg"
    (root / "images" / name).write_bytes((root / "images/a.jpg").read_bytes())
    with (root / "products.csv").open("a", encoding="utf-8", newline="") as file:
        csv.writer(file).writerow([name, "Boots", "colour=grün", ""])
    data = products(root)
    assert f"images/{name}" in data.images["file"].tolist()
    assert "colour=grün" in data.vocabulary.attributes
