import io
import math
from pathlib import Path

import pytest
from PIL import Image

from fashion_hls.data.deepfashion1_fine import read_deepfashion1_fine
from fashion_hls.data.records import BENCHMARK_COLUMNS, GT_BOX
from fashion_hls.errors import UserError

A, B, C = (f"img/{name}/img_00000001.jpg" for name in ("Red_Tee", "Blue_Jeans", "Long_Dress"))
FILES = {
    "list_category_cloth.txt": ["3", "name  type", "Tee 1", "Jeans 2", "Dress 3"],
    "list_attr_cloth.txt": ["3", "name  type", "floral 1", "sleeveless 2", "tight 6"],
    "train.txt": [A],
    "train_attr.txt": ["1 0 1 "],
    "train_cate.txt": ["1"],
    "train_bbox.txt": ["072 079 200 173"],
    "val.txt": [B],
    "val_attr.txt": ["0 0 0"],
    "val_cate.txt": ["2"],
    "val_bbox.txt": ["001 002 003 004"],
    "test.txt": [C],
    "test_attr.txt": ["0 1 0"],
    "test_cate.txt": ["3"],
    "test_bbox.txt": ["010 020 110 120"],
}


def write(root: Path, **changes: list[str]) -> Path:
    """A tiny Anno_fine; ``train_attr=[...]`` replaces train_attr.txt."""
    files = FILES | {f"{name}.txt": rows for name, rows in changes.items()}
    (root / "Anno_fine").mkdir(parents=True)
    for name, rows in files.items():
        (root / "Anno_fine" / name).write_text("\n".join(rows) + "\n")
    out = io.BytesIO()
    Image.new("RGB", (240, 300), (120, 80, 40)).save(out, "JPEG")
    for name in (A, B, C):
        (root / "Img" / name).parent.mkdir(parents=True)
        (root / "Img" / name).write_bytes(out.getvalue())
    return root


def test_rows_belong_together_and_the_split_is_its_own(tmp_path: Path) -> None:
    found = read_deepfashion1_fine(write(tmp_path))
    rows = found.images
    assert list(rows.columns) == BENCHMARK_COLUMNS
    assert rows.file.tolist() == [A, B, C] and rows.split.tolist() == ["train", "val", "test"]
    assert rows.category.tolist() == [0, 1, 2] and rows.object_type.tolist() == [0, 1, 2]
    assert rows.attributes.tolist() == [[0, 2], [], [1]]
    assert rows[GT_BOX].iloc[0].tolist() == [72, 79, 200, 173]
    assert found.vocabulary.attribute_groups == ["texture", "sleeve", "fit"]
    assert found.quality.to_dict()["counts"] == {} and found.notes == {"annotations": "Anno_fine"}


@pytest.mark.parametrize("part", ["attr", "cate", "bbox"])
def test_files_of_different_length_are_refused(tmp_path: Path, part: str) -> None:
    rows = FILES[f"val_{part}.txt"] * 2
    with pytest.raises(UserError, match=rf"val_{part}\.txt: has 2 rows and val\.txt has 1"):
        read_deepfashion1_fine(write(tmp_path, **{f"val_{part}": rows}))


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_missing_file_is_said(tmp_path: Path, name: str) -> None:
    write(tmp_path)
    (tmp_path / "Anno_fine" / name).unlink()
    with pytest.raises(UserError, match=name):
        read_deepfashion1_fine(tmp_path)


@pytest.mark.parametrize(
    ("changes", "kinds"),
    [
        ({"train_attr": ["1 0"]}, {"attributes.missing": 1}),
        ({"train_attr": ["1 0 -1"]}, {"attributes.missing": 1}),
        ({"train_cate": ["4"]}, {"label.unknown": 1}),
        ({"train_cate": ["x"]}, {"label.unknown": 1}),
        ({"train_bbox": ["1 2 3"]}, {"box.malformed": 1}),
        ({"train_bbox": ["90 2 30 40"]}, {"box.inverted": 1}),
        ({"val": [A]}, {"row.repeated": 1, "image.without_row": 1}),
        ({"val": ["img/none.jpg"]}, {"image.missing": 1, "image.without_row": 1}),
        ({"val": [B.upper()]}, {"image.case_differs": 1}),
    ],
)
def test_faults_are_counted(
    tmp_path: Path, changes: dict[str, list[str]], kinds: dict[str, int]
) -> None:
    found = read_deepfashion1_fine(write(tmp_path, **changes))
    assert found.quality.to_dict()["counts"] == kinds
    if "box.malformed" in kinds:
        assert all(math.isnan(value) for value in found.images[GT_BOX].iloc[0])


def test_no_usable_image_is_said(tmp_path: Path) -> None:
    changes = {f"{split}_cate": ["9"] for split in ("train", "val", "test")}
    with pytest.raises(UserError, match="none of the listed images"):
        read_deepfashion1_fine(write(tmp_path, **changes))
