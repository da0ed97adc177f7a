"""Turned copies: boxes stay exact, the majority class and the other splits are left alone."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from fashion_hls.data.balancing import label_counts
from fashion_hls.data.images import decode, encode
from fashion_hls.data.quality import Quality
from fashion_hls.data.records import AUTOMATIC, BOX, DetectionSet, annotated_objects
from fashion_hls.data.upsampling import (
    OF_ANNOTATED,
    OF_FLAT_LAYS,
    turned_boxes,
    turned_image,
    upsampled,
)
from fashion_hls.errors import UserError
from fashion_hls.taxonomy import FOOTWEAR, FULL, LOWER, UPPER

WIDTH, HEIGHT, SIDES = 40, 24, (4.0, 6.0, 20.0, 22.0)


def dataset(rows: Sequence[tuple[str, Sequence[int]]], automatic: Sequence[int] = ()):
    """Photos by split and the labels in them; a red rectangle where the boxes are."""
    images = pd.DataFrame(
        [(i, f"p/{i}.jpg", WIDTH, HEIGHT, split) for i, (split, _) in enumerate(rows)],
        columns=["image_id", "file", "width", "height", "split"],
    )
    objects = annotated_objects(
        [(i, label, *SIDES, "x") for i, (_, labels) in enumerate(rows) for label in labels]
    )
    objects.loc[objects["image_id"].isin(automatic), "source"] = AUTOMATIC
    picture = np.full((HEIGHT, WIDTH, 3), 255, np.uint8)
    picture[6:22, 4:20] = (200, 0, 0)
    data = encode(Image.fromarray(picture))
    return DetectionSet(images=images, objects=objects, quality=Quality(), read=lambda _: data)


def totals(data: DetectionSet, split: str = "train") -> list[int]:
    part = data.images[data.images["split"] == split]
    return label_counts(part, data.objects, 4).sum(axis=0).tolist()


def extent(red: np.ndarray) -> list[float]:
    rows, columns = np.nonzero(red)
    return [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]


@given(data=st.data(), name=st.sampled_from(OF_ANNOTATED))
def test_the_turned_box_is_the_extent_of_the_turned_rectangle(
    data: st.DataObject, name: str
) -> None:
    width, height = data.draw(st.integers(1, 30)), data.draw(st.integers(1, 30))
    x1, y1 = data.draw(st.integers(0, width - 1)), data.draw(st.integers(0, height - 1))
    x2, y2 = data.draw(st.integers(x1 + 1, width)), data.draw(st.integers(y1 + 1, height))
    picture = np.zeros((height, width, 3), np.uint8)
    picture[y1:y2, x1:x2] = (255, 0, 0)
    before = np.array([[x1, y1, x2, y2]], dtype=np.float64)
    kept = before.copy()
    after = turned_boxes(before, width, height, name)
    turned = np.asarray(turned_image(Image.fromarray(picture), name))
    assert after[0].tolist() == extent(turned[..., 0] > 0)
    assert np.array_equal(before, kept)


@given(
    rows=st.lists(
        st.tuples(
            st.sampled_from(["train", "train", "val", "test"]),
            st.lists(st.integers(0, 3), min_size=1, max_size=4),
        ),
        min_size=1,
        max_size=12,
    ),
    target=st.just("majority") | st.integers(1, 20),
    seed=st.integers(0, 5),
)
def test_only_photos_without_the_majority_class_are_copied_and_no_class_goes_beyond_it(
    rows: list[tuple[str, list[int]]], target: int | str, seed: int
) -> None:
    data = dataset(rows)
    before = totals(data)
    made, facts = upsampled(data, target=target, seed=seed)
    after, majority = totals(made), int(np.argmax(before))
    wanted = max(before) if target == "majority" else target
    assert after[majority] == before[majority]
    assert all(b <= a <= max(b, wanted) for b, a in zip(before, after, strict=True))
    assert made.images["image_id"].is_unique and made.images["file"].is_unique
    assert set(made.objects["image_id"]) <= set(made.images["image_id"])
    for split in ("val", "test"):
        assert totals(made, split) == totals(data, split)
        assert (made.images["split"] == split).sum() == (data.images["split"] == split).sum()
    assert list(facts["objects_before"].values()) == before
    assert list(facts["objects_after"].values()) == after
    assert facts["copies"] == len(made.images) - len(data.images)
    again, _ = upsampled(data, target=target, seed=seed)
    pd.testing.assert_frame_equal(again.images, made.images)


def test_copies_reach_the_majority_and_read_as_their_boxes_say() -> None:
    data = dataset(
        [("train", [UPPER])] * 6
        + [("train", [FOOTWEAR])] * 2
        + [("train", [LOWER, FULL])] * 2
        + [("train", [UPPER, FOOTWEAR])]
    )
    made, facts = upsampled(data, target="majority", seed=0)
    assert totals(data) == [7, 2, 2, 3]
    assert totals(made) == [7, 7, 7, 7]
    assert (facts["majority"], facts["target"], facts["copies"]) == ("upper-body", 7, 9)
    copies = made.images[made.images["file"].str.startswith("upsampled/")]
    assert sum(facts["copies_by_transform"].values()) == len(copies) == 9
    for row in copies.itertuples():
        picture = decode(made.read(str(row.file)))
        assert picture.size == (row.width, row.height)
        red = np.asarray(picture)[..., 1] < 128
        boxes = made.objects.loc[made.objects["image_id"] == row.image_id, BOX]
        assert all(sides == extent(red) for sides in boxes.to_numpy().tolist())


def test_every_photo_is_copied_before_one_is_copied_twice() -> None:
    data = dataset([("train", [UPPER])] * 8 + [("train", [FULL])] * 4)
    made, _ = upsampled(data, target="majority", seed=0)
    sources = made.images["file"].iloc[12:].str.split("/").str[-1]
    assert sorted(sources) == ["10.jpg", "11.jpg", "8.jpg", "9.jpg"]


def test_flat_lays_are_not_mirrored_left_to_right() -> None:
    rows = [("train", [UPPER])] * 40 + [("train", [FOOTWEAR])] * 2
    made, facts = upsampled(dataset(rows, automatic=[40, 41]), target="majority", seed=0)
    assert sorted(facts["copies_by_transform"]) == sorted(OF_FLAT_LAYS)
    assert totals(made)[FOOTWEAR] == 2 + 2 * len(OF_FLAT_LAYS)
    _, facts = upsampled(dataset(rows), target="majority", seed=0)
    assert sorted(facts["copies_by_transform"]) == sorted(OF_ANNOTATED)


def test_a_set_without_training_photos_stays_as_it_is() -> None:
    data = dataset([("test", [UPPER]), ("val", [FULL])])
    made, facts = upsampled(data, target=5, seed=0)
    assert facts["copies"] == 0 and len(made.images) == 2


def test_nothing_is_copied_unless_asked() -> None:
    data = dataset([("train", [UPPER, UPPER]), ("train", [FULL])])
    made, facts = upsampled(data, target=None, seed=0)
    assert made is data and facts is None


def test_a_folder_named_as_that_of_the_copies_ends_in_one_line() -> None:
    data = dataset([("train", [UPPER])])
    data.images["file"] = "upsampled/a.jpg"
    with pytest.raises(UserError, match="rename"):
        upsampled(data, target="majority", seed=0)
