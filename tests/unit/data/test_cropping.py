import math
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from fashion_hls.boxes import whole_pixels
from fashion_hls.data.cropping import cut_crops
from fashion_hls.data.images import ImageStore, ImageWriter, encode

edges = st.floats(-50, 250)


@settings(deadline=None)
@given(edges, edges, edges, edges, st.integers(1, 200), st.integers(1, 200))
def test_a_region_is_in_the_image_holds_the_box_and_is_never_empty(a, b, c, d, width, height):
    x1, y1, x2, y2 = min(a, c), min(b, d), max(a, c), max(b, d)
    left, top, right, bottom = whole_pixels(np.array([x1, y1, x2, y2]), width, height)
    assert 0 <= left < right <= width and 0 <= top < bottom <= height
    if x1 < width and x2 > 0:
        assert left <= max(x1, 0) and right >= min(x2, width)
        assert right - left <= math.ceil(x2) - math.floor(x1) or right - left == 1
    if y1 < height and y2 > 0:
        assert top <= max(y1, 0) and bottom >= min(y2, height)
        assert bottom - top <= math.ceil(y2) - math.floor(y1) or bottom - top == 1


@pytest.mark.parametrize(
    ("box", "region"),
    [
        ((2, 3, 5, 7), (2, 3, 5, 7)),
        ((2.9, 3.1, 5.1, 6.9), (2, 3, 6, 7)),
        ((0, 0, 10, 8), (0, 0, 10, 8)),
        ((-4, -4, 99, 99), (0, 0, 10, 8)),
        ((4, 4, 4, 4), (4, 4, 5, 5)),
        ((10, 8, 10, 8), (9, 7, 10, 8)),
        ((30, 30, 40, 40), (9, 7, 10, 8)),
        ((-9, -9, -2, -2), (0, 0, 1, 1)),
    ],
)
def test_corner_cases(box, region) -> None:
    assert whole_pixels(np.array(box, dtype=float), 10, 8) == region


@pytest.fixture
def cut(tmp_path: Path) -> tuple[pd.DataFrame, Path]:
    """Two photos, left half red and right half blue, and rows of four views."""
    photo = Image.new("RGB", (40, 20), "blue")
    photo.paste("red", (0, 0, 20, 20))
    with ImageWriter(tmp_path / "images.zip") as writer:
        for name in ("one.jpg", "two.jpg"):
            writer.add(name, encode(photo))
    rows = [
        (1, "retained", True, 0.2, 0.2, 9.5, 9.5),
        (1, "end_to_end", True, 0.0, 0.0, 10.0, 10.0),
        (1, "gt_box", True, 24.0, 4.0, 34.0, 14.0),
        (1, "whole_image", True, 0.0, 0.0, 40.0, 20.0),
        (2, "end_to_end", False, np.nan, np.nan, np.nan, np.nan),
        (2, "whole_image", True, 0.0, 0.0, 40.0, 20.0),
        (2, "gt_box", True, 0.0, 0.0, 10.0, 10.0),
    ]
    columns = ["image_id", "view", "found", "x1", "y1", "x2", "y2"]
    # As after a filter: the index says nothing of the place.
    table = pd.DataFrame(rows, columns=columns, index=range(50, 57))
    images = pd.DataFrame({"image_id": [2, 1], "file": ["two.jpg", "one.jpg"]})
    path = tmp_path / "crops.zip"
    return cut_crops(table, images, ImageStore(tmp_path / "images.zip"), path), path


def test_an_equal_region_is_written_once_for_all_views(cut) -> None:
    table, path = cut
    files = table["file"].tolist()
    assert files[0] == files[1] != files[2]
    assert files[0] != files[6]
    names = zipfile.ZipFile(path).namelist()
    assert len(names) == 3 and set(names) == {files[0], files[2], files[6]}
    assert table["store"].tolist()[:3] == ["crops"] * 3


def test_whole_images_are_named_and_not_copied(cut) -> None:
    table, path = cut
    whole = table[table["view"] == "whole_image"]
    assert whole["store"].tolist() == ["benchmark"] * 2
    assert whole["file"].tolist() == ["one.jpg", "two.jpg"]
    assert not {"one.jpg", "two.jpg"} & set(zipfile.ZipFile(path).namelist())


def test_where_nothing_was_found_there_is_no_picture(cut) -> None:
    table, _ = cut
    lost = table[~table["found"]]
    assert lost[["store", "file"]].to_numpy().tolist() == [["", ""]]


def test_each_crop_is_its_own_part_of_its_photo(cut) -> None:
    table, path = cut
    store = ImageStore(path)
    left, right = (store.array(table["file"].iloc[row]).astype(int) for row in (0, 2))
    assert left.shape == right.shape == (10, 10, 3)
    assert left[..., 0].mean() > 200 > 50 > left[..., 2].mean()
    assert right[..., 2].mean() > 200 > 50 > right[..., 0].mean()


def test_the_other_columns_stay_as_they_were(cut) -> None:
    table, _ = cut
    assert table.index.tolist() == list(range(50, 57))
    assert table["image_id"].tolist() == [1, 1, 1, 1, 2, 2, 2]


def test_only_whole_images_decode_nothing(tmp_path: Path) -> None:
    with ImageWriter(tmp_path / "images.zip") as writer:
        writer.add("a.jpg", b"is no picture")
    table = pd.DataFrame(
        [(1, "whole_image", True, 0.0, 0.0, 5.0, 5.0)],
        columns=["image_id", "view", "found", "x1", "y1", "x2", "y2"],
    )
    images = pd.DataFrame({"image_id": [1], "file": ["a.jpg"]})
    store = ImageStore(tmp_path / "images.zip")
    out = cut_crops(table, images, store, tmp_path / "c.zip")
    assert out["file"].tolist() == ["a.jpg"]
    assert zipfile.ZipFile(tmp_path / "c.zip").namelist() == []
