import io
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from fashion_hls.data.common import (
    MIN_SIDE,
    drop_images_without_objects,
    drop_repeated_objects,
    header_size,
    image_size,
    split_by_seed,
    valid_box,
)
from fashion_hls.data.quality import Quality
from fashion_hls.errors import UserError

REJECTIONS = {"box.malformed", "box.inverted", "box.outside", "box.no_area"}
sides = st.integers(1, 3000)
# Whole numbers too: edges that meet the image's own are where rules go wrong.
numbers = st.one_of(st.floats(-4000, 4000), st.integers(-3, 3000).map(float), st.floats())


@pytest.fixture(params=[image_size, header_size])
def measure(request: pytest.FixtureRequest):
    return request.param


def file_of(image: Image.Image, kind: str = "JPEG", **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def turned(orientation: int) -> bytes:
    exif = Image.Exif()
    exif[0x112] = orientation
    return file_of(Image.new("RGB", (30, 20)), exif=exif)


@settings(max_examples=60, deadline=None)
@given(st.lists(numbers, min_size=4, max_size=4), sides, sides)
def test_a_box_is_inside_or_lost_and_what_happened_is_counted_once(xyxy, width, height) -> None:
    quality = Quality()
    box = valid_box(xyxy, width, height, "x", quality)
    counts = quality.to_dict()["counts"]
    if box is None:
        assert sum(counts.values()) == 1 and set(counts) <= REJECTIONS
        return
    x1, y1, x2, y2 = box
    assert x1 >= 0 and x1 + MIN_SIDE <= x2 <= width
    assert y1 >= 0 and y1 + MIN_SIDE <= y2 <= height
    a, b, c, d = xyxy
    assert box == (max(a, 0), max(b, 0), min(c, width), min(d, height))
    assert counts == ({} if list(box) == xyxy else {"box.clipped": 1})
    assert valid_box(box, width, height, "x", quality) == box


@settings(max_examples=60, deadline=None)
@given(st.data(), sides, sides)
def test_a_box_that_lies_inside_is_kept_as_it_is(data, width, height) -> None:
    x1 = data.draw(st.integers(0, width - 1))
    y1 = data.draw(st.integers(0, height - 1))
    box = (x1, y1, data.draw(st.integers(x1 + 1, width)), data.draw(st.integers(y1 + 1, height)))
    quality = Quality()
    assert valid_box(box, width, height, "x", quality) == box
    assert quality.to_dict()["counts"] == {}


@pytest.mark.parametrize(
    ("xyxy", "kind"),
    [
        ((1, 1, 5), "box.malformed"),
        ((1, 1, 5, 5, 5), "box.malformed"),
        ((), "box.malformed"),
        ((1, 1, math.nan, 5), "box.malformed"),
        ((1, 1, math.inf, 5), "box.malformed"),
        ((5, 1, 1, 5), "box.inverted"),
        ((1, 5, 5, 1), "box.inverted"),
        ((10, 0, 12, 5), "box.outside"),
        ((0, 8, 5, 9), "box.outside"),
        ((-5, 0, 0, 5), "box.outside"),
        ((2, 2, 2, 5), "box.no_area"),
        ((-5, 0, 0.5, 5), "box.no_area"),
    ],
)
def test_each_kind_of_bad_box_has_its_own_count(xyxy, kind) -> None:
    quality = Quality()
    assert valid_box(xyxy, 10, 8, "photo 7", quality) is None
    assert quality.to_dict() == {"counts": {kind: 1}, "examples": {kind: ["photo 7"]}}


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 500), st.integers(0, 2**31), st.sampled_from([(0.7, 0.1, 0.2), (1.0, 0.0, 0.0)])
)
def test_shares_are_kept_and_the_seed_decides(count, seed, shares) -> None:
    first = split_by_seed(count, shares, seed=seed)
    assert first == split_by_seed(count, shares, seed=seed)
    assert len(first) == count
    for name, share in zip(("train", "val", "test"), shares, strict=True):
        assert abs(first.count(name) - share * count) <= 1


def test_another_seed_splits_otherwise() -> None:
    assert split_by_seed(60, (0.5, 0.25, 0.25), seed=0) != split_by_seed(
        60, (0.5, 0.25, 0.25), seed=1
    )


@pytest.mark.parametrize("shares", [(0.5, 0.5), (0.5, 0.2, 0.2), (1.2, -0.1, -0.1), ()])
def test_shares_that_are_none_end_in_one_line(shares) -> None:
    with pytest.raises(UserError, match=r"params\.yaml: splits: .*sum to 1"):
        split_by_seed(10, shares, seed=0)


@pytest.mark.parametrize("orientation", [1, 2, 3, 4])
def test_an_upright_or_mirrored_picture_keeps_its_size(measure, orientation: int) -> None:
    assert measure(turned(orientation), "x", Quality()) == (30, 20)


@pytest.mark.parametrize("orientation", [5, 6, 7, 8])
def test_a_turned_picture_has_its_upright_size(measure, orientation: int) -> None:
    assert measure(turned(orientation), "x", Quality()) == (20, 30)


@pytest.mark.parametrize(("mode", "kind"), [("CMYK", "JPEG"), ("P", "PNG"), ("1", "PNG")])
def test_every_colour_mode_has_a_size(measure, mode: str, kind: str) -> None:
    quality = Quality()
    assert measure(file_of(Image.new(mode, (7, 5)), kind), "x", quality) == (7, 5)
    assert quality.to_dict()["counts"] == {}


def test_an_empty_file_and_a_page_under_an_images_name_are_counted(measure) -> None:
    quality = Quality()
    assert measure(b"", "a.jpg", quality) is None
    assert measure(b"<html>sign in</html>", "b.jpg", quality) is None
    assert quality.to_dict()["examples"] == {
        "image.empty_file": ["a.jpg"],
        "image.unreadable": ["b.jpg"],
    }


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_truncated_file_is_counted_though_its_header_is_whole(measure, kind: str) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    whole = file_of(Image.fromarray(noise), kind)
    cut, quality = whole[: len(whole) // 2], Quality()
    assert measure(cut, "x", quality) is None
    assert quality.count("image.unreadable") == 1
    assert measure(whole, "x", quality) == (64, 64)


def test_a_decompression_bomb_is_counted(measure, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)
    quality = Quality()
    # The first is above Pillow's limit, where it warns; the second above twice, where it raises.
    assert measure(file_of(Image.new("RGB", (40, 40))), "x", quality) is None
    assert measure(file_of(Image.new("RGB", (90, 90))), "x", quality) is None
    assert quality.to_dict()["counts"] == {"image.too_large": 2}


@pytest.mark.parametrize(("place", "value"), [(41, 0), (41, 26)])
def test_a_damaged_exif_block_is_counted_or_read_but_never_raises(
    measure, place: int, value: int
) -> None:
    exif = Image.Exif()
    exif[0x112], exif[0x10E] = 6, "hello"
    data = bytearray(file_of(Image.new("RGB", (32, 24)), exif=exif))
    data[place] = value
    quality = Quality()
    size = measure(bytes(data), "x", quality)
    assert (size is None) == (quality.count("image.unreadable") == 1)


def test_images_that_lost_every_object_are_dropped_and_counted() -> None:
    images = pd.DataFrame({"image_id": [1, 2, 3], "file": ["a", "b", "c"]})
    quality = Quality()
    kept = drop_images_without_objects(images, pd.DataFrame({"image_id": [3, 1, 3]}), quality)
    assert kept["image_id"].tolist() == [1, 3] and kept.index.tolist() == [0, 1]
    assert quality.to_dict()["examples"] == {"image.no_garment": ["b"]}


def test_an_object_given_twice_is_kept_once_and_counted() -> None:
    images = pd.DataFrame({"image_id": [1, 2], "file": ["a", "b"]})
    box = {"x1": 1.0, "y1": 2.0, "x2": 3.0, "y2": 4.0}
    rows = [{"image_id": n, "label": label, **box} for n, label in ((1, 0), (1, 0), (1, 1), (2, 0))]
    quality = Quality()
    kept = drop_repeated_objects(images, pd.DataFrame(rows), quality)
    assert list(zip(kept["image_id"], kept["label"], strict=True)) == [(1, 0), (1, 1), (2, 0)]
    assert quality.to_dict()["examples"] == {"box.repeated": ["a"]}
