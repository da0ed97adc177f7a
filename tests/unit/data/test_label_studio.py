"""Boxes of a catalogue from Label Studio's exports, and what is off in them."""

import json
from pathlib import Path

import numpy as np
import pytest
from tests.unit.data.photos import HEIGHT, WIDTH, catalogue, counts, read, sides

from fashion_hls.errors import UserError


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return catalogue(tmp_path)


def region(**changed):
    """A rectangle of 40x50 pixels at (20, 10), as the tool exports it."""
    value = {"x": 10, "y": 10, "width": 20, "height": 50, "rotation": 0}
    value |= {"rectanglelabels": ["Blouses"]}
    other = changed.pop("value", {})
    value = {**value, **other} if isinstance(other, dict) else other
    return {
        "original_width": WIDTH,
        "original_height": HEIGHT,
        "image_rotation": 0,
        "value": value,
        "id": "Dx_aB91ISN",
        "from_name": "label",
        "to_name": "image",
        "type": "rectanglelabels",
        "origin": "manual",
    } | changed


def annotation(*regions, **changed):
    return {
        "id": 1,
        "completed_by": 1,
        "result": list(regions),
        "was_cancelled": False,
        "ground_truth": False,
        "created_at": "2024-05-01T10:00:00.000000Z",
        "updated_at": "2024-05-01T10:00:00.000000Z",
        "lead_time": 4.2,
        "task": 1,
    } | changed


def task(*annotations, image="/data/upload/1/1a2b3c4d-a.jpg", **changed):
    return {
        "id": 1,
        "annotations": list(annotations),
        "file_upload": "1a2b3c4d-a.jpg",
        "drafts": [{"result": [region(value={"x": 50})]}],
        "predictions": [{"result": [region(value={"x": 60})], "score": 0.9}],
        "data": {"image": image},
        "meta": {},
        "project": 1,
    } | changed


def label_studio(root: Path, *tasks) -> Path:
    (root / "label-studio").mkdir(exist_ok=True)
    (root / "label-studio" / "project-1-at-2024-05-01.json").write_text(json.dumps(tasks))
    return root


def one_region(root: Path, **changed):
    """A sound rectangle on b.jpg beside the changed one on a.jpg."""
    sound = task(annotation(region()), image="/data/upload/1/99999999-b.jpg", id=2)
    return read(label_studio(root, task(annotation(region(**changed))), sound))


def test_a_rectangle_in_percent_comes_out_in_pixels(root: Path) -> None:
    data = read(label_studio(root, task(annotation(region()))))
    assert sides(data) == [[20, 10, 60, 60]] and counts(data) == {}
    assert data.images["file"].tolist() == ["images/a.jpg"]
    assert data.objects["category"].tolist() == ["Blouses"]


def test_a_turned_rectangle_becomes_its_upright_hull(root: Path) -> None:
    """Clockwise around its upper left corner, in pixels: 40 wide and 50 high lie on their side."""
    data = read(label_studio(root, task(annotation(region(value={"x": 50, "rotation": 90})))))
    assert sides(data) == [[50, 10, 100, 50]]
    assert counts(data) == {"box.rotated": 1}
    small = region(value={"x": 50, "y": 20, "width": 10, "height": 20, "rotation": 45})
    data = read(label_studio(root, task(annotation(small))))
    side = 20 * np.sqrt(0.5)
    expected = [100 - side, 20, 100 + side, 20 + 2 * side]
    assert np.allclose(sides(data), [expected], atol=0.001)


def test_the_last_annotation_that_was_not_cancelled_counts(root: Path) -> None:
    late, later = "2024-05-01T10:00:00Z", "2024-05-01T10:00:00.500000Z"
    last = "2025-01-01T00:00:00Z"
    three = task(
        annotation(region(value={"x": 30}), updated_at=later),
        annotation(region(value={"x": 20}), updated_at=late),
        annotation(region(value={"x": 40}), updated_at=last, was_cancelled=True),
    )
    cancelled = task(annotation(region(), was_cancelled=True), image="22222222-b.jpg", id=2)
    untouched = task(image="33333333-c.jpg", id=3)
    nothing = task(annotation(), image="44444444-d.jpg", id=4)
    data = read(label_studio(root, three, cancelled, untouched, nothing))
    assert sides(data) == [[60, 10, 100, 60]]
    assert counts(data) == {
        "annotation.cancelled": 2,
        "annotation.superseded": 1,
        "image.not_annotated": 2,
        "image.without_boxes": 1,
    }
    assert data.quality.to_dict()["examples"]["image.without_boxes"][0].endswith("json task 4")


@pytest.mark.parametrize(
    ("address", "photo"),
    [
        ("/data/upload/1/1a2b3c4d-a.jpg", "a.jpg"),
        ("1a2b3c4d-a.jpg", "a.jpg"),
        ("/data/upload/7/0a1b2c3d-gr%C3%BCn_kariert_1.jpg", "grün, kariert 1.jpg"),
        ("/data/upload/7/0a1b2c3d-grün_kariert_1.jpg", "grün, kariert 1.jpg"),
        ("/data/local-files/?d=shop/images/2024/look.jpg", "2024/look.jpg"),
        ("/data/local-files/?d=shop%2Fimages%2F2024%2Flook.jpg", "2024/look.jpg"),
        ("/data/upload/3/deadbeef-look.jpg", "2024/look.jpg"),
        ("s3://bucket/summer/a.jpg", "a.jpg"),
        ("https://shop.example/photos/A.JPG?width=800", "a.jpg"),
        ("C:\\photos\\2024\\look.jpg", "2024/look.jpg"),
    ],
)
def test_the_tools_addresses_lead_to_the_photos(root: Path, address: str, photo: str) -> None:
    data = read(label_studio(root, task(annotation(region()), image=address)))
    assert data.images["file"].tolist() == [f"images/{photo}"]
    assert counts(data) == {}


def test_an_address_of_no_photo_and_of_several_is_counted(root: Path) -> None:
    (root / "images/2023").mkdir()
    (root / "images/2023/look.jpg").write_bytes((root / "images/a.jpg").read_bytes())
    sound = task(annotation(region()))
    for address, kind in (
        ("/data/upload/1/1a2b3c4d-gone.jpg", "image.missing"),
        ("/data/upload/1/1a2b3c4d-look.jpg", "image.ambiguous"),
        ("s3://other/a.jpg", "image.ambiguous"),  # a.jpg is the first task's
    ):
        data = read(label_studio(root, sound, task(annotation(region()), image=address, id=9)))
        assert counts(data) == {kind: 1}, address
        assert address in data.quality.to_dict()["examples"][kind][0]
    data = read(label_studio(root, task(annotation(region()), image="s3://x/2023/look.jpg")))
    assert data.images["file"].tolist() == ["images/2023/look.jpg"]


def test_the_photo_may_stand_under_another_key_of_the_data(root: Path) -> None:
    named = {"sku": "B-17", "photo": "/data/upload/1/1a2b3c4d-a.jpg"}
    data = read(label_studio(root, task(annotation(region()), data=named)))
    assert len(data.images) == 1
    two = task(annotation(region()), data={"one": "x/b.jpg", "two": "x/a.jpg"}, id=2)
    data = read(label_studio(root, task(annotation(region())), two))
    assert counts(data) == {"annotation.no_image": 1}


@pytest.mark.parametrize(
    ("changed", "kind"),
    [
        ({"value": {"rectanglelabels": ["Hats"]}}, "label.unknown"),
        ({"value": {"rectanglelabels": ["Blouses", "Boots"]}}, "label.unknown"),
        ({"value": {"rectanglelabels": []}}, "label.unknown"),
        ({"value": {"x": 120}}, "box.outside"),
        ({"value": {"x": "left"}}, "box.malformed"),
        ({"value": {"width": -20}}, "box.inverted"),
        ({"value": {"width": 0}}, "box.no_area"),
        ({"value": {"x": 10**400}}, "box.malformed"),
        ({"original_width": 0}, "box.malformed"),
        ({"original_height": None}, "box.malformed"),
        ({"original_width": HEIGHT, "original_height": WIDTH}, "annotation.size_differs"),
        ({"image_rotation": 90}, "annotation.turned_view"),
        ({"type": "brushlabels"}, "annotation.other_shape"),
        ({"value": 7}, "annotation.unreadable"),
    ],
)
def test_a_wrong_region_is_counted(root: Path, changed, kind: str) -> None:
    data = one_region(root, **changed)
    assert counts(data).pop(kind) == 1
    assert sides(data) == [[20, 10, 60, 60]]
    assert "task 1: region 1" in data.quality.to_dict()["examples"][kind][0]


def test_a_turn_that_is_no_number_is_malformed(root: Path) -> None:
    assert counts(one_region(root, value={"rotation": "much"}))["box.malformed"] == 1


def test_a_photo_that_was_scaled_since_keeps_its_boxes(root: Path) -> None:
    data = one_region(root, original_width=2 * WIDTH, original_height=2 * HEIGHT)
    assert sides(data) == [[20, 10, 60, 60]] * 2 and counts(data) == {"box.rescaled": 1}


def test_what_is_no_region_is_left_out_and_an_outline_becomes_its_hull(root: Path) -> None:
    outline = region(type="polygonlabels")
    outline["value"] = {"points": [[5, 10], [20, 30], [10, 80]], "polygonlabels": ["Boots"]}
    verdict = {"type": "choices", "value": {"choices": ["good"]}, "id": "x", "to_name": "image"}
    relation = {"type": "relation", "from_id": "a", "to_id": "b", "direction": "right"}
    bare = region(id="both", type="rectangle")
    del bare["value"]["rectanglelabels"]
    named = region(id="both", type="labels")
    named["value"] = {**bare["value"], "labels": ["Boots"]}
    data = read(label_studio(root, task(annotation(outline, verdict, relation, bare, named))))
    assert counts(data) == {"box.from_outline": 1}
    assert sorted(sides(data)) == [[10, 10, 40, 80], [20, 10, 60, 60]]


@pytest.mark.parametrize(
    ("kind", "key", "said"),
    [
        ("choices", "choices", ["Blue"]),
        ("textarea", "text", ["torn"]),
        ("rating", "rating", 4),
        ("number", "number", 2),
        ("taxonomy", "taxonomy", [["Shop", "Men"]]),
        ("datetime", "datetime", "2024-05-01"),
    ],
)
def test_what_is_said_of_a_region_is_no_second_one(root: Path, kind: str, key: str, said) -> None:
    """Label Studio repeats the region's place in it (tags with perRegion)."""
    about = region(id="one", type=kind)
    del about["value"]["rectanglelabels"]
    about["value"][key] = said
    data = read(label_studio(root, task(annotation(region(id="one"), about))))
    assert counts(data) == {} and sides(data) == [[20, 10, 60, 60]]
    shape = {**region()["value"], "original_width": WIDTH, "original_height": HEIGHT}
    plain = {name: value for name, value in shape.items() if name != "rectanglelabels"}
    entry = {"image": "/data/upload/1/1a2b3c4d-a.jpg", "id": 1, "annotation_id": 5}
    entry |= {"label": [shape], "about": [{**plain, key: said}]}
    data = read(label_studio(root, entry))
    assert counts(data) == {} and sides(data) == [[20, 10, 60, 60]]


def test_json_min_is_read_as_json_is(root: Path) -> None:
    shape = {**region()["value"], "original_width": WIDTH, "original_height": HEIGHT}
    entry = {
        "image": "/data/upload/1/1a2b3c4d-a.jpg",
        "id": 1,
        "label": [shape],
        "quality": "good",
        "annotator": 1,
        "annotation_id": 5,
        "created_at": "2024-05-01T10:00:00Z",
        "updated_at": "2024-05-01T10:00:00Z",
        "lead_time": 4.2,
    }
    last = {**entry, "annotation_id": 6, "updated_at": "2024-05-02T10:00:00Z"}
    last["label"] = [{**shape, "x": 50, "rotation": 90}]
    data = read(label_studio(root, last, entry))
    assert sides(data) == [[50, 10, 100, 50]]
    assert counts(data) == {"annotation.superseded": 1, "box.rotated": 1}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ('{"images": []}', "is no list of tasks"),
        ("[]", "has no task with annotations"),
        ('[{"id": 1, "completions": []}, 7]', "has no task with annotations"),
    ],
)
def test_another_file_than_an_export_ends_in_one_line(root: Path, content, message) -> None:
    label_studio(root)
    path = next((root / "label-studio").iterdir())
    path.write_text(content)
    with pytest.raises(UserError, match=message) as error:
        read(root)
    assert "\n" not in str(error.value) and str(path) in str(error.value)
