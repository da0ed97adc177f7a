"""A photo's answer is its own: not its batch's, its neighbours' or that of how it was given."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from fashion_hls import Pipeline
from fashion_hls.errors import UserError
from fashion_hls.inference.backend import Detections
from fashion_hls.inference.photo import Photo
from fashion_hls.inference.regions import crops_of, garments_of
from fashion_hls.taxonomy import OBJECT_TYPES

from .conftest import VOCABULARY, pixels_of, scene


def told(pipeline: Pipeline, photos: list[Any], **options: Any) -> list[dict[str, Any]]:
    found = pipeline.predict(photos, **options)
    return [{**one.to_dict(), "source": None} for one in found]


def test_the_answer_does_not_depend_on_how_the_photo_is_given(
    pipeline: Pipeline, photos: list[Path]
) -> None:
    for path in photos[:4]:
        given: list[Photo] = [path, str(path), path.read_bytes(), Image.open(path)]
        given.append(np.asarray(Image.open(path)))
        results = [pipeline(one) for one in given]
        assert [one.source for one in results] == [str(path), str(path), None, None, None]
        plain = [{**one.to_dict(), "source": None} for one in results]
        assert plain == [plain[0]] * len(given) == told(pipeline, given)


def test_boxes_are_of_the_upright_photo(pipeline: Pipeline, tmp_path: Path) -> None:
    upright = scene(3)
    exif = Image.Exif()
    exif[0x0112] = 6
    upright.transpose(Image.Transpose.ROTATE_90).save(tmp_path / "a.png", exif=exif)
    found, expected = pipeline(tmp_path / "a.png"), pipeline(upright)
    assert (found.width, found.height) == upright.size
    assert found.garments == expected.garments != ()


def test_a_result_keeps_its_promises(pipeline: Pipeline, photos: list[Path]) -> None:
    for photo in photos:
        for method, result in pipeline.compare(photo).items():
            scores = [one.score for one in result.garments]
            assert scores == sorted(scores, reverse=True)
            assert all(0.5 <= score <= 1 for score in scores)
            for one in result.garments:
                x1, y1, x2, y2 = one.box
                assert 0 <= x1 < x2 <= result.width
                assert 0 <= y1 < y2 <= result.height
                assert len(one.categories) == 5
                assert len(one.attributes) == 3
                own = VOCABULARY["category_types"][
                    VOCABULARY["categories"].index(one.category.name)
                ]
                assert one.type_agrees == (OBJECT_TYPES[own] == one.object_type)
                assert (one.attention is not None) == (method == "mtl_rnn_va")
                for weights in (one.attention or {}).values():
                    np.testing.assert_allclose(weights.sum(), 1, rtol=1e-4)


def test_compare_equals_single_calls(pipeline: Pipeline, photos: list[Path]) -> None:
    for photo in photos[:4]:
        for least in (None, 0.9):
            single = {one: pipeline(photo, method=one, min_score=least) for one in pipeline.methods}
            assert pipeline.compare(photo, min_score=least) == single


def test_options_of_a_call(pipeline: Pipeline) -> None:
    many = pipeline(pixels_of(4), min_score=0.0)
    few = pipeline(pixels_of(4), min_score=0.9)
    assert len(many.garments) > len(few.garments) > 0
    assert [one.box for one in few.garments] == [
        one.box for one in many.garments if one.score >= 0.9
    ]
    for top in (1, 7, 99):
        named = pipeline(pixels_of(4), top=top).garments[0].attributes
        assert len(named) == min(top, 7)


@pytest.mark.parametrize(
    "option",
    [{"top": 0}, {"top": -1}, {"top": 2.5}, {"top": "3"}, {"min_score": -0.1}]
    + [{"min_score": wrong} for wrong in (1.5, float("nan"), "a")],
    ids=str,
)
def test_options_that_mean_nothing(pipeline: Pipeline, option: dict[str, Any]) -> None:
    [name] = option
    with pytest.raises(UserError, match=f"^{name}: .*: must be"):
        pipeline(pixels_of(4), **option)
    with pytest.raises(UserError, match=f"^{name}: "):
        next(pipeline.stream([pixels_of(4)], **option))
    if name == "min_score":
        with pytest.raises(UserError, match=f"^{name}: "):
            pipeline.compare(pixels_of(4), **option)


@pytest.mark.parametrize("size", [(1, 1), (3, 2000), (2000, 3), (1, 5000)])
def test_extreme_photos(pipeline: Pipeline, size: tuple[int, int]) -> None:
    for found in pipeline.compare(Image.new("RGB", size, "red"), min_score=0.0).values():
        assert (found.width, found.height) == size


def test_a_garment_seen_as_two_types_is_one() -> None:
    boxes = np.array([[0, 0, 10, 10], [0, 0, 10, 9], [20, 0, 30, 10], [0, 5, 10, 15]], np.float32)
    scores = np.array([0.9, 0.8, 0.7, 0.6], np.float32)
    found = garments_of(Detections(boxes, np.arange(4), scores), 0.65, 20)
    assert found.labels.tolist() == [0, 2]
    found = garments_of(Detections(boxes, np.arange(4), scores), 0.0, 2)
    assert found.labels.tolist() == [0, 2]
    none = garments_of(Detections(boxes[:0], np.arange(0), scores[:0]), 0.5, 20)
    assert none.boxes.shape == (0, 4)
    assert none.labels.dtype == np.int64


def test_crops_are_regions_stretched_to_squares() -> None:
    photo = np.zeros((20, 30, 3), np.uint8)
    photo[5:15, 10:20] = 200
    boxes = np.array([[10, 5, 20, 15], [-5, -5, 10, 5], [40, 40, 50, 50]], np.float32)
    crops = crops_of(photo, boxes, 8)
    assert crops.shape == (3, 8, 8, 3)
    assert (crops[0] == 200).all()
    assert (crops[1:] == 0).all()
