"""Text stays in the picture and off other text; every photo can be drawn on."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from fashion_hls.data.images import encode
from fashion_hls.inference.drawing import annotated, attention_sheet, caption, free_place
from fashion_hls.inference.pipeline import Pipeline
from fashion_hls.inference.results import Box, Garment, Label, Result
from fashion_hls.report.sheet import TYPE_COLOURS
from fashion_hls.taxonomy import OBJECT_TYPES

from .conftest import pixels_of


def garment(box: Box, object_type: str = "upper-body") -> Garment:
    attributes = tuple(Label(name, 0.5) for name in ("colour=Blue", "süß", "department=Men", "x"))
    return Garment(object_type, box, 0.9, (Label("Tshirts", 0.8),), attributes, True)


def rgb(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[at : at + 2], 16) for at in (1, 3, 5))


def painted(pixels: np.ndarray, colour: str) -> np.ndarray:
    return (pixels == np.array(rgb(colour))).all(axis=2)


def drawn(width: int, height: int, *garments: Garment) -> np.ndarray:
    result = Result(width, height, garments, "stl")
    return np.asarray(annotated(np.zeros((height, width, 3), np.uint8), result))


@pytest.mark.parametrize("object_type", OBJECT_TYPES)
def test_a_box_has_its_types_colour(object_type: str) -> None:
    picture = drawn(600, 800, garment((200, 300, 400, 500), object_type))
    assert picture.shape == (800, 600, 3)
    own = painted(picture, TYPE_COLOURS[OBJECT_TYPES.index(object_type)])
    assert own[300, 200:400].all()
    assert own[499, 200:400].all()
    assert own[300:500, 200].all()
    assert own[300:500, 399].all()
    # What is in the box can be seen.
    assert not picture[310:490, 210:390].any()
    # The text stands outside of it.
    own[300:500, 200:400] = False
    assert own.sum() > 1000


def test_a_small_photo_is_enlarged_with_its_boxes() -> None:
    picture = drawn(60, 80, garment((20, 30, 40, 50)))
    assert picture.shape == (640, 480, 3)
    own = painted(picture, TYPE_COLOURS[0])
    assert own[240, 160:320].all()
    assert own[240:400, 160].all()


@pytest.mark.parametrize(
    "size", [(1, 1), (3, 2000), (2000, 3), (40, 5000), (1, 70_000), (70_000, 1), (5000, 4000)]
)
def test_every_size_can_be_drawn_on_and_written(size: tuple[int, int]) -> None:
    box = (0.0, 0.0, float(size[0]), float(size[1]))
    picture = drawn(*size, garment(box), garment(box, "footwear"))
    assert max(picture.shape) <= 16_000
    # Both texts, whole: of one size, in their colours, and with writing on them.
    for colour in (TYPE_COLOURS[0], TYPE_COLOURS[3]):
        assert painted(picture, colour).any()
    encode(Image.fromarray(picture))


def test_a_picture_narrower_than_its_text_gets_a_margin() -> None:
    picture = drawn(3, 2000, garment((0, 0, 3, 2000)))
    assert picture.shape[1] > 90
    assert (picture[-1, -1] == 255).all()


def test_overlapping_boxes_have_texts_apart() -> None:
    boxes = [(100.0 + 5 * i, 200.0 + 5 * i, 300.0, 400.0) for i in range(6)]
    taken: list[tuple[float, float, float, float]] = []
    for box in boxes:
        taken.append(free_place(box, (120, 60), (640, 800), taken, boxes))
    for a, b in combinations(taken, 2):
        assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]


coordinate = st.floats(-50, 900)


@settings(max_examples=100)
@given(
    st.lists(st.tuples(coordinate, coordinate, coordinate, coordinate), min_size=1, max_size=8),
    st.tuples(st.integers(1, 800), st.integers(1, 800)),
    st.tuples(st.floats(0.01, 1), st.floats(0.01, 1)),
)
def test_text_never_leaves_the_picture(
    boxes: list[Box], picture: tuple[int, int], part: tuple[float, float]
) -> None:
    size = tuple(max(1, int(side * share)) for side, share in zip(picture, part, strict=True))
    taken: list[tuple[float, float, float, float]] = []
    for box in boxes:
        x1, y1, x2, y2 = free_place(box, (size[0], size[1]), picture, taken, boxes)
        taken.append((x1, y1, x2, y2))
        assert x1 >= 0
        assert y1 >= 0
        assert x2 <= picture[0]
        assert y2 <= picture[1]
        assert (x2 - x1, y2 - y1) == size


def test_nothing_found_leaves_the_photo_as_it_is() -> None:
    pixels = pixels_of(1, 500, 600)
    result = Result(500, 600, (), "stl")
    np.testing.assert_array_equal(np.asarray(annotated(pixels, result)), pixels)
    assert attention_sheet(pixels, result) is None


def test_a_caption_is_short() -> None:
    text = caption(garment((0, 0, 1, 1)))
    assert text.splitlines()[0] == "Tshirts 0.80"
    assert "süß 0.50" in text
    assert "x 0.50" not in text
    assert max(map(len, text.splitlines())) <= 28


def test_an_attention_sheet_has_a_row_for_each_garment(pipeline: Pipeline) -> None:
    pixels = pixels_of(4)
    with_maps = pipeline(pixels, method="mtl_rnn_va")
    sheet = attention_sheet(pixels, with_maps)
    assert sheet is not None
    assert sheet.width == 3 * 240
    assert sheet.height == 270 * len(with_maps.garments)
    assert attention_sheet(pixels, pipeline(pixels, method="stl")) is None
    tiny = np.zeros((1, 1, 3), np.uint8)
    found = pipeline(tiny, method="mtl_rnn_va", min_score=0.0)
    assert (attention_sheet(tiny, found) is None) == (not found.garments)
