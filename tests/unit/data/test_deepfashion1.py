import io
import math
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from fashion_hls import taxonomy
from fashion_hls.data.deepfashion1 import read_deepfashion1
from fashion_hls.data.records import BENCHMARK_COLUMNS, GT_BOX
from fashion_hls.errors import UserError

A, B, C = (f"img/{name}/img_00000001.jpg" for name in ("Red_Tee", "Blue_Jeans", "Long_Dress"))
CATEGORY = "Anno/list_category_img.txt"
ATTRIBUTE = "Anno/list_attr_img.txt"
BOX = "Anno/list_bbox.txt"
PARTITION = "Eval/list_eval_partition.txt"

LISTS = {
    "Anno/list_category_cloth.txt": ["Tee            1", "Jeans          2", "Dress          3"],
    "Anno/list_attr_cloth.txt": ["a-line   3", "a-line dress   3", "v neck   4", "denim   2"],
    CATEGORY: [f"{A}    1", f"{B}    2", f"{C}    3"],
    # In another order than the categories, and with every value that occurs.
    ATTRIBUTE: [f"{C}   1  1 -1  0", f"{A}  -1 -1  1  0", f"{B}   0  0 -1  1"],
    BOX: [f"{A}  072 079 232 273", f"{B}  001 002 003 004", f"{C}  010 020 110 220"],
    PARTITION: [f"{A} train", f"{B} val", f"{C} test"],
}


def jpeg() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (240, 300), (120, 80, 40)).save(out, "JPEG")
    return out.getvalue()


def write(
    root: Path,
    changes: dict[str, list[str]] | None = None,
    images: dict[str, bytes] | None = None,
    *,
    form: str = "folder",
) -> Path:
    """A tiny benchmark with some lists, or the images, replaced."""
    for name, rows in {**LISTS, **(changes or {})}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join([str(len(rows)), "header  row", *rows]) + "\n")
    images = dict.fromkeys((A, B, C), jpeg()) if images is None else images
    (root / "Img").mkdir()
    if form == "zip":
        with zipfile.ZipFile(root / "Img" / "img.zip", "w") as archive:
            for name, data in images.items():
                archive.writestr(name, data)
        return root
    for name, data in images.items():
        (root / "Img" / name).parent.mkdir(parents=True, exist_ok=True)
        (root / "Img" / name).write_bytes(data)
    return root


def counts(root: Path) -> dict[str, int]:
    found: dict[str, int] = read_deepfashion1(root).quality.to_dict()["counts"]
    return found


@pytest.mark.parametrize("form", ["folder", "zip"])
@pytest.mark.parametrize("notes", ["Anno", "Anno_coarse"])
def test_reads_labels_boxes_and_splits(tmp_path: Path, form: str, notes: str) -> None:
    write(tmp_path, form=form)
    (tmp_path / "Anno").rename(tmp_path / notes)
    found = read_deepfashion1(tmp_path)
    rows = found.images
    assert list(rows.columns) == BENCHMARK_COLUMNS
    assert rows.file.tolist() == [A, B, C]
    assert rows.split.tolist() == ["train", "val", "test"]
    assert rows.category.tolist() == [0, 1, 2]
    assert rows.object_type.tolist() == [taxonomy.UPPER, taxonomy.LOWER, taxonomy.FULL]
    assert rows[["width", "height"]].iloc[0].tolist() == [240, 300]
    assert rows[GT_BOX].iloc[0].tolist() == [72, 79, 232, 273]
    assert found.read(A) == jpeg()
    assert found.quality.to_dict()["counts"] == {}


def test_attributes_are_joined_by_name_and_only_1_is_positive(tmp_path: Path) -> None:
    assert read_deepfashion1(write(tmp_path)).images.attributes.tolist() == [[2], [3], [0, 1]]


def test_attribute_names_keep_their_spaces(tmp_path: Path) -> None:
    vocabulary = read_deepfashion1(write(tmp_path)).vocabulary
    assert vocabulary.attributes == ["a-line", "a-line dress", "v neck", "denim"]
    assert vocabulary.attribute_groups == ["shape", "shape", "part", "fabric"]
    assert vocabulary.categories == ["Tee", "Jeans", "Dress"]
    assert vocabulary.category_types == [taxonomy.UPPER, taxonomy.LOWER, taxonomy.FULL]


@pytest.mark.parametrize("name", sorted(LISTS))
def test_a_count_that_is_not_the_rows_is_said(tmp_path: Path, name: str) -> None:
    write(tmp_path)
    path = tmp_path / name
    rows = path.read_text().splitlines()
    path.write_text("\n".join(["50", *rows[1:]]))
    with pytest.raises(
        UserError, match=rf"{Path(name).name}.*50 rows and there are {len(rows) - 2}"
    ):
        read_deepfashion1(tmp_path)


@pytest.mark.parametrize("name", sorted(LISTS))
def test_a_missing_list_is_said(tmp_path: Path, name: str) -> None:
    write(tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(UserError, match=Path(name).name):
        read_deepfashion1(tmp_path)


def test_a_list_without_a_count_is_said(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / BOX).write_text("<html>\n")
    with pytest.raises(UserError, match="not a row count"):
        read_deepfashion1(tmp_path)


@pytest.mark.parametrize("row", ["Cape   9", "Cape   x", "3"])
def test_a_category_without_a_type_is_said(tmp_path: Path, row: str) -> None:
    with pytest.raises(UserError, match="needs a name and a type"):
        read_deepfashion1(write(tmp_path, {"Anno/list_category_cloth.txt": [row]}))


@pytest.mark.parametrize("label", ["0", "4", "-1", "x"])
def test_a_label_beyond_the_list_is_counted(tmp_path: Path, label: str) -> None:
    root = write(tmp_path, {CATEGORY: [f"{A} 1", f"{B} {label}", f"{C} 3"]})
    found = read_deepfashion1(root)
    assert found.images.file.tolist() == [A, C]
    assert found.quality.to_dict()["counts"] == {"label.unknown": 1}


@pytest.mark.parametrize("row", [f"{A} 1 1", f"{A} 1 1 1 1 1", f"{A} 1 1 1 7", f"{A} 1 1 1 x"])
def test_a_ragged_attribute_row_leaves_the_image_without(tmp_path: Path, row: str) -> None:
    root = write(tmp_path, {ATTRIBUTE: [row, *LISTS[ATTRIBUTE][::2]]})
    found = read_deepfashion1(root)
    assert found.images.attributes.iloc[0] == []
    assert found.quality.to_dict()["counts"] == {"attributes.missing": 1, "row.ragged": 1}


@pytest.mark.parametrize(
    ("changes", "kinds"),
    [
        (
            {CATEGORY: [f"{A} 1", f"{B}", f"{C} 3"]},
            {"row.ragged": 1, "label.missing": 1, "image.without_row": 1},
        ),
        ({CATEGORY: [*LISTS[CATEGORY], f"{A} 3"]}, {"row.repeated": 1}),
        ({ATTRIBUTE: [*LISTS[ATTRIBUTE], LISTS[ATTRIBUTE][0]]}, {"row.repeated": 1}),
        ({PARTITION: [f"{A} train", f"{B} holdout", f"{C} test"]}, {"split.unknown": 1}),
        ({PARTITION: [f"{A} train", f"{C} test"]}, {"split.unknown": 1}),
    ],
)
def test_rows_at_fault_are_counted(
    tmp_path: Path, changes: dict[str, list[str]], kinds: dict[str, int]
) -> None:
    assert counts(write(tmp_path, changes)) == kinds


@pytest.mark.parametrize(
    ("rows", "kinds"),
    [
        ([], {"box.missing": 1}),
        ([f"{A} 001 002 003"], {"row.ragged": 1, "box.missing": 1}),
        ([f"{A} 001 002 003 x"], {"box.malformed": 1}),
        ([f"{A} 001 002 003 nan"], {"box.malformed": 1}),
        ([f"{A} 100 002 050 100"], {"box.inverted": 1}),
        ([f"{A} 300 002 350 100"], {"box.outside": 1}),
    ],
)
def test_an_image_without_a_usable_box_is_kept(
    tmp_path: Path, rows: list[str], kinds: dict[str, int]
) -> None:
    found = read_deepfashion1(write(tmp_path, {BOX: [*rows, *LISTS[BOX][1:]]}))
    assert all(math.isnan(value) for value in found.images[GT_BOX].iloc[0])
    assert len(found.images) == 3
    assert found.quality.to_dict()["counts"] == kinds


def test_images_missing_or_broken_are_counted(tmp_path: Path) -> None:
    root = write(tmp_path, images={A: jpeg(), B: jpeg()[:-20]})
    assert counts(root) == {"image.missing": 1, "image.unreadable": 1}


@pytest.mark.parametrize("form", ["folder", "zip"])
def test_a_folder_with_other_capitals_is_found_and_counted(tmp_path: Path, form: str) -> None:
    stored = A.replace("Red_Tee", "red_TEE")
    found = read_deepfashion1(
        write(tmp_path, images={stored: jpeg(), B: jpeg(), C: jpeg()}, form=form)
    )
    assert found.images.file.tolist() == [stored, B, C]
    assert found.images[GT_BOX].iloc[0].tolist() == [72, 79, 232, 273]
    assert found.read(stored) == jpeg()
    assert found.quality.to_dict()["counts"] == {"image.case_differs": 1}


def test_names_may_contain_spaces_and_other_letters(tmp_path: Path) -> None:
    name = "img/Röcke & Tops/mein bild 1.jpg"
    found = read_deepfashion1(
        write(
            tmp_path,
            {
                CATEGORY: [f"{name}   2"],
                ATTRIBUTE: [f"{name}  1 -1  0  1"],
                BOX: [f"{name}  001 002 030 040"],
                PARTITION: [f"{name}  val"],
            },
            {name: jpeg()},
        )
    )
    assert found.quality.to_dict()["counts"] == {}
    assert found.images.file.tolist() == [name]
    assert found.images.attributes.tolist() == [[0, 3]]
    assert found.images[GT_BOX].iloc[0].tolist() == [1, 2, 30, 40]


def test_boxes_are_scaled_to_images_of_high_resolution(tmp_path: Path) -> None:
    large = io.BytesIO()
    Image.new("RGB", (480, 600)).save(large, "JPEG")
    found = read_deepfashion1(write(tmp_path, images={A: large.getvalue(), B: jpeg(), C: jpeg()}))
    assert found.images[GT_BOX].iloc[0].tolist() == [144, 158, 464, 546]
    assert found.images[GT_BOX].iloc[1].tolist() == [1, 2, 3, 4]
    assert found.quality.to_dict()["counts"] == {"box.rescaled": 1}


def test_an_image_that_no_list_names_and_a_split_without_category_are_counted(
    tmp_path: Path,
) -> None:
    root = write(
        tmp_path,
        {PARTITION: [*LISTS[PARTITION], "img/Ghost/1.jpg train"]},
        {A: jpeg(), B: jpeg(), C: jpeg(), "img/More/1.jpg": jpeg()},
    )
    assert counts(root) == {"image.without_row": 1, "label.missing": 1}


def test_an_empty_file_has_a_kind_of_its_own(tmp_path: Path) -> None:
    assert counts(write(tmp_path, images={A: b"", B: jpeg(), C: jpeg()})) == {"image.empty_file": 1}


def test_no_usable_image_is_said(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="none of the listed images"):
        read_deepfashion1(write(tmp_path, images={}))
    with pytest.raises(UserError, match="has no Anno_coarse"):
        read_deepfashion1(tmp_path / "elsewhere")
