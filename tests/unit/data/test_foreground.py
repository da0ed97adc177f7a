"""Automatic boxes on drawn pictures."""

import io
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFilter

from fashion_hls.boxes import iou
from fashion_hls.data.foreground import REASONS, AutomaticBox, find_box
from fashion_hls.data.images import decode, encode
from fashion_hls.data.sample.catalogue import write_example

ROOT = Path(__file__).parents[3]
BLUE, SKIN = (40, 60, 160), (224, 180, 150)


def blank(width: int = 200, height: int = 160, colour: object = 255) -> np.ndarray:
    picture = np.empty((height, width, 3), np.uint8)
    picture[:] = colour
    return picture


def with_face() -> np.ndarray:
    """A bust drawn with what the cascade looks for: brows and eyes darker than cheeks and nose."""
    picture = Image.new("RGB", (300, 300), "white")
    draw = ImageDraw.Draw(picture)

    def oval(x: float, y: float, width: float, height: float, colour: tuple[int, ...]) -> None:
        sides = (x - width, y - height + 0.1, x + width, y + height + 0.1)
        draw.ellipse([150 * side + (150, 75)[i % 2] for i, side in enumerate(sides)], fill=colour)

    draw.rectangle((90, 165, 210, 285), fill=BLUE)
    oval(0, 0, 0.36, 0.48, (60, 40, 30))
    oval(0, 0.06, 0.31, 0.42, SKIN)
    for x in (-0.13, 0.13):
        oval(x, -0.09, 0.085, 0.022, (70, 45, 35))
        oval(x, -0.01, 0.075, 0.04, (120, 85, 70))
        oval(x, -0.01, 0.03, 0.03, (30, 20, 20))
    oval(0, 0.1, 0.03, 0.1, (236, 196, 168))
    oval(0, 0.18, 0.05, 0.02, (180, 125, 105))
    oval(0, 0.3, 0.11, 0.03, (150, 70, 70))
    return np.asarray(picture.filter(ImageFilter.GaussianBlur(2.5)))


def box(rgb: np.ndarray, *, footwear: bool = False) -> AutomaticBox:
    found = find_box(rgb, footwear=footwear)
    assert isinstance(found, AutomaticBox), found
    return found


@settings(max_examples=40, deadline=None)
@given(data=st.data(), level=st.sampled_from([255, 230, 128, 0]))
def test_a_rectangle_has_its_own_box(data: st.DataObject, level: int) -> None:
    width, height = data.draw(st.integers(60, 500)), data.draw(st.integers(60, 500))
    x1, y1 = data.draw(st.integers(2, width // 2)), data.draw(st.integers(2, height // 2))
    x2 = data.draw(st.integers(x1 + width // 6, width - 2))
    y2 = data.draw(st.integers(y1 + height // 6, height - 2))
    picture = blank(width, height, level)
    picture[y1:y2, x1:x2] = BLUE
    found = box(picture)
    assert found.xyxy == (x1, y1, x2, y2)
    assert found.confidence == pytest.approx(1)


def test_a_large_photo_is_boxed_on_a_small_copy() -> None:
    picture = blank(3000, 2000)
    picture[400:1500, 900:2200] = BLUE
    assert np.abs(np.array(box(picture).xyxy) - (900, 400, 2200, 1500)).max() <= 6


def test_jpeg_and_soft_edges_move_a_box_little_and_lower_its_confidence() -> None:
    picture = blank(224, 224)
    picture[60:150, 50:180] = (200, 210, 205)
    soft = cv2.GaussianBlur(picture, (0, 0), 2.5)
    found = box(np.asarray(decode(encode(Image.fromarray(soft), quality=85))))
    assert np.abs(np.array(found.xyxy) - (50, 60, 180, 150)).max() <= 6
    assert 0.6 < found.confidence < 0.97
    assert box(picture).confidence > found.confidence


def test_specks_lie_outside_the_box() -> None:
    picture = blank()
    picture[40:120, 50:150] = BLUE
    picture[10:13, 10:13] = BLUE
    found = box(picture)
    assert found.xyxy == (50, 40, 150, 120)
    assert found.confidence == pytest.approx(8000 / 8009, abs=1e-3)


def test_a_pair_of_shoes_is_one_box_and_two_garments_are_none() -> None:
    picture = blank()
    picture[60:100, 20:80] = BLUE
    picture[70:110, 110:170] = BLUE
    assert box(picture, footwear=True).xyxy == (20, 60, 170, 110)
    assert find_box(picture, footwear=False) == "several_objects"
    picture[120:150, 40:90] = BLUE
    assert find_box(picture, footwear=True) == "several_objects"


@pytest.mark.parametrize("footwear", [False, True])
def test_a_face_is_a_person(footwear: bool) -> None:
    assert find_box(with_face(), footwear=footwear) == "person"


def test_bare_legs_below_cloth_are_a_person_and_beige_cloth_and_leather_are_not() -> None:
    picture = blank()
    picture[20:70, 60:140] = BLUE
    picture[70:140, 70:130] = SKIN
    assert find_box(picture, footwear=False) == "person"
    assert isinstance(find_box(picture, footwear=True), AutomaticBox)
    picture[20:70, 60:140] = SKIN
    assert isinstance(find_box(picture, footwear=False), AutomaticBox)


def test_what_reaches_the_border_is_not_boxed() -> None:
    picture = blank()
    picture[0:90, 60:140] = BLUE
    assert find_box(picture, footwear=False) == "touches_border"
    white_shirt = blank()
    white_shirt[0:90, 60:140] = 245
    white_shirt[60:120, 60:140] = BLUE
    assert find_box(white_shirt, footwear=False) == "touches_border"


def test_a_room_is_no_plain_background() -> None:
    noise = np.random.default_rng(0).integers(0, 255, (120, 90, 3), dtype=np.uint8)
    assert find_box(noise, footwear=False) == "no_plain_background"
    slope = np.repeat(np.linspace(0, 255, 200).astype(np.uint8)[None, :, None], 160, axis=0)
    assert find_box(np.repeat(slope, 3, axis=2), footwear=False) == "no_plain_background"


@pytest.mark.parametrize("shape", [(1, 1), (1, 5000), (5000, 1), (2, 3), (160, 200)])
def test_an_empty_photo_of_any_size_has_no_foreground(shape: tuple[int, int]) -> None:
    picture = blank(shape[1], shape[0])
    assert find_box(picture, footwear=False) == "no_foreground"
    if shape == (160, 200):
        picture[80:84, 100:104] = BLUE
        assert find_box(picture, footwear=False) == "no_foreground"


def test_a_grey_photo_and_one_cut_out_are_boxed_as_others_are() -> None:
    grey = Image.new("L", (200, 160), 255)
    grey.paste(60, (50, 40, 150, 120))
    cut_out = Image.new("RGBA", (200, 160), (0, 0, 0, 0))
    cut_out.paste((*BLUE, 255), (50, 40, 150, 120))
    for picture in (grey, cut_out):
        file = io.BytesIO()
        picture.save(file, "PNG")
        assert box(np.asarray(decode(file.getvalue()))).xyxy == (50, 40, 150, 120)


@settings(max_examples=25, deadline=None)
@given(
    width=st.integers(1, 40), height=st.integers(1, 40), seed=st.integers(0, 99), flat=st.booleans()
)
def test_any_picture_has_a_box_within_it_or_a_reason(
    width: int, height: int, seed: int, flat: bool
) -> None:
    generator = np.random.default_rng(seed)
    picture = generator.integers(0, 255, (height, width, 3), dtype=np.uint8)
    if flat:
        picture[:, [0, -1]] = picture[[0, -1]] = 200
    found = find_box(picture, footwear=bool(seed % 2))
    assert found == find_box(picture.copy(), footwear=bool(seed % 2))
    if isinstance(found, AutomaticBox):
        x1, y1, x2, y2 = found.xyxy
        assert 0 <= x1 < x2 <= width and 0 <= y1 < y2 <= height
        assert 0 <= found.confidence <= 1
    else:
        assert found in REASONS


def test_reasons_are_explained() -> None:
    text = (ROOT / "docs/data.md").read_text(encoding="utf-8")
    assert all(f"| `{reason}` |" in text for reason in (*REASONS, "low_confidence"))


def test_flat_lays_of_the_example_catalogue_are_boxed_nearly_as_drawn(tmp_path: Path) -> None:
    """They lie on white with a soft shadow below them, which the automatic box takes in."""
    root = tmp_path / "example"
    write_example(root, photos=60, boxed=60, image_size=200, seed=3)
    rows = [line.split(",") for line in (root / "boxes.csv").read_text().splitlines()[1:]]
    names = [row[0] for row in rows]
    overlaps = []
    for name, _, *sides in (row for row in rows if names.count(row[0]) == 1):
        rgb = np.asarray(decode((root / "images" / name).read_bytes()))
        found = find_box(rgb, footwear=True)
        if isinstance(found, AutomaticBox):
            drawn = np.array([sides], dtype=np.float64)
            overlaps.append(iou(np.array([found.xyxy]), drawn)[0, 0])
    assert len(overlaps) >= 10
    assert min(overlaps) > 0.75 and np.median(overlaps) > 0.85, sorted(overlaps)
