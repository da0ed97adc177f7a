"""Products' photos in the detector's training split, from drawn pictures."""

import csv
import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from fashion_hls import places
from fashion_hls.config import CatalogueData, Dataset
from fashion_hls.data import readers
from fashion_hls.data.flat_lays import PREFIX, add_flat_lays
from fashion_hls.data.quality import Quality
from fashion_hls.data.records import (
    OBJECT_COLUMNS,
    BenchmarkSet,
    DetectionSet,
    Vocabulary,
    annotated_objects,
)
from fashion_hls.data.sample.catalogue import write_example
from fashion_hls.data.summary import boxes_by_source
from fashion_hls.data.tolerance import refuse_bad_data
from fashion_hls.errors import UserError
from fashion_hls.report.automatic import write_sheet

CATEGORIES, TYPES = ["Boots", "Heels", "Shirts"], [3, 3, 0]


def picture(*, cut: bool = False, grey: int = 60) -> bytes:
    pixels = np.full((50, 60, 3), 255, np.uint8)
    pixels[0 if cut else 10 : 40, 15:45] = grey
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


def products(rows: list[tuple[str, int, str]], read=None) -> BenchmarkSet:
    """Photos by file, category and split."""
    images = pd.DataFrame(rows, columns=["file", "category", "split"]).assign(
        width=60, height=50, object_type=lambda table: table["category"].map(TYPES.__getitem__)
    )
    return BenchmarkSet(
        images=images.assign(image_id=range(7, 7 + len(images))),
        vocabulary=Vocabulary(
            categories=CATEGORIES, category_types=TYPES, attributes=[], attribute_groups=[]
        ),
        quality=Quality(),
        read=read or (lambda name: picture(cut="cut" in name)),
    )


@pytest.fixture
def annotated() -> DetectionSet:
    """Three street photos, one in each split."""
    images = pd.DataFrame(
        [
            (i * 7, f"images/{i}.jpg", 9, 9, split)
            for i, split in enumerate(["train", "val", "test"])
        ],
        columns=["image_id", "file", "width", "height", "split"],
    )
    objects = annotated_objects([(i * 7, 1, 0.0, 0.0, 5.0, 5.0, "jeans") for i in range(3)])
    return DetectionSet(images=images, objects=objects, quality=Quality(), read=lambda _: b"street")


def added(data: DetectionSet, items: BenchmarkSet, **changed) -> DetectionSet:
    return add_flat_lays(
        data, items, **{"per_type": None, "min_confidence": 0.5, "seed": 0, **changed}
    )


def test_training_photos_alone_enter_and_into_training_alone(annotated: DetectionSet) -> None:
    splits = ["train", "val", "test"] * 4
    rows = [(f"images/s{i}.jpg", i % 3, split) for i, split in enumerate(sorted(splits))]
    made = added(annotated, products(rows))
    new = made.images[made.images["file"].str.startswith(PREFIX)]
    assert set(new["file"]) == {f"{PREFIX}{file}" for file, _, split in rows if split == "train"}
    assert set(new["split"]) == {"train"}
    assert (made.images["split"] == "test").sum() == (made.images["split"] == "val").sum() == 1
    assert made.images["image_id"].is_unique and made.images["file"].is_unique
    assert list(made.objects.columns) == OBJECT_COLUMNS
    boxes = made.objects[made.objects["source"] == "automatic"]
    assert boxes[["x1", "y1", "x2", "y2"]].to_numpy().tolist() == [[15, 10, 45, 40]] * 4
    assert (boxes["confidence"] == 1).all() and len(boxes) == len(new)
    labels = dict(zip(boxes["category"], boxes["label"], strict=True))
    assert labels == {"Boots": 3, "Heels": 3, "Shirts": 0}
    counts = boxes_by_source(made.images, made.objects)
    assert counts["train"]["automatic"]["footwear"] == 3
    assert counts["test"] == {
        "annotated": {"upper-body": 0, "lower-body": 1, "full-body": 0, "footwear": 0},
        "automatic": {"upper-body": 0, "lower-body": 0, "full-body": 0, "footwear": 0},
    }


def test_each_photo_is_read_from_its_own_dataset(annotated: DetectionSet) -> None:
    made = added(annotated, products([("images/0.png", 0, "train")]))
    assert made.read("images/0.jpg") == b"street"
    assert made.read(f"{PREFIX}images/0.png") == picture()


def test_categories_of_a_type_are_drawn_evenly_from_the_seed(annotated: DetectionSet) -> None:
    rows = [(f"images/b{i}.jpg", 0, "train") for i in range(30)]
    rows += [(f"images/h{i}.jpg", 1, "train") for i in range(4)]
    items = products(rows)
    made = added(annotated, items, per_type=12)
    counts = made.objects.loc[made.objects["source"] == "automatic", "category"].value_counts()
    assert counts.to_dict() == {"Boots": 8, "Heels": 4}
    again, other = (
        added(annotated, items, per_type=12),
        added(annotated, items, per_type=12, seed=1),
    )
    assert list(again.images["file"]) == list(made.images["file"])
    assert list(other.images["file"]) != list(made.images["file"])


def test_what_is_rejected_is_counted_and_is_no_damage(annotated: DetectionSet) -> None:
    rows = [(f"images/cut{i}.jpg", 2, "train") for i in range(9)] + [("images/a.jpg", 2, "train")]
    made = added(annotated, products(rows))
    note = made.notes["automatic_boxes"]["upper-body"]
    assert (note["considered"], note["accepted"]) == (10, 1)
    assert note["rejected"]["touches_border"] == 9 and sum(note["rejected"].values()) == 9
    assert made.quality.count("flat_lay.touches_border") == 9
    refuse_bad_data(made.quality, len(made.objects), 0.0)


def test_boxes_below_the_least_confidence_are_left_out(annotated: DetectionSet) -> None:
    def read(_: str) -> bytes:
        pixels = np.full((50, 60, 3), 255, np.uint8)
        pixels[10:25, 15:45], pixels[25:40, 15:45] = 60, 241  # half of it hardly stands out
        out = io.BytesIO()
        Image.fromarray(pixels).save(out, "PNG")
        return out.getvalue()

    items = products([("images/a.jpg", 2, "train")], read)
    assert len(added(annotated, items, min_confidence=0.2).images) == 4
    made = added(annotated, items, min_confidence=0.9)
    assert len(made.images) == 3
    assert made.notes["automatic_boxes"]["upper-body"]["rejected"]["low_confidence"] == 1


def test_a_photo_with_a_drawn_box_gets_no_second_one(annotated: DetectionSet) -> None:
    made = added(annotated, products([("images/0.jpg", 0, "train")]))
    assert len(made.images) == 3
    assert made.notes["automatic_boxes"]["footwear"]["considered"] == 0


def test_a_photo_that_is_named_as_an_automatic_one_is_refused(annotated: DetectionSet) -> None:
    """It would be read from the products."""
    annotated.images.loc[0, "file"] = f"{PREFIX}street.png"
    with pytest.raises(UserError, match="must not begin with flat_lay/"):
        added(annotated, products([]))


def test_the_sheet_is_drawn_where_there_are_automatic_boxes(
    annotated: DetectionSet, tmp_path: Path
) -> None:
    assert write_sheet(tmp_path, annotated, seed=0) is None
    made = added(annotated, products([(f"images/{i}.png", 0, "train") for i in range(70)]))
    first = write_sheet(tmp_path, made, seed=0)
    assert first is not None and first.parent == tmp_path
    data = first.read_bytes()
    assert Image.open(io.BytesIO(data)).size == (1600, 6 * 190)
    write_sheet(tmp_path, made, seed=0)
    assert first.read_bytes() == data


@pytest.fixture
def catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Dataset:
    """A catalogue of which some photos have drawn boxes alone and the others are products."""
    monkeypatch.setattr(places, "RAW", tmp_path)
    write_example(tmp_path / "catalogue", photos=60, boxed=12, image_size=128)
    options = {"least": 1, "near_bits": 0, "near_levels": 0.0, "splits": (0.6, 0.2, 0.2)}
    off = {"enabled": False}
    return Dataset.model_validate(
        {
            **dict.fromkeys(("name", "title", "bias", "licence"), "sample"),
            "sample": dict.fromkeys(
                (
                    *("detection_train", "detection_test", "benchmark"),
                    *("catalogue_boxes", "catalogue", "image_size"),
                ),
                1,
            ),
            "detection": {"reader": "catalogue", "balance": off, "flat_lays": {"per_type": 5}},
            "benchmark": {"reader": "catalogue", **options},
            "catalogue": {**options, "flat_lays": {"per_type": 5, "min_confidence": 0.5}},
            "further_sets": ["catalogue"],
        }
    )


def test_products_of_a_catalogue_get_boxes_where_asked(catalogue: Dataset) -> None:
    boxes, items = readers.read_catalogue(catalogue, seed=0)
    new = boxes.images[boxes.images["file"].str.startswith(PREFIX)]
    of_training = set(items.images.loc[items.images["split"] == "train", "file"])
    assert 4 <= len(new) <= 20 and set(new["split"]) == {"train"}
    assert {file.removeprefix(PREFIX) for file in new["file"]} <= of_training
    assert boxes.read(new["file"].iloc[0])[:2] == b"\xff\xd8"
    detection = readers.read_detection(catalogue, seed=0)
    assert "automatic_boxes" in detection.notes


def test_nothing_is_boxed_unless_asked(catalogue: Dataset) -> None:
    assert catalogue.catalogue is not None
    plain = catalogue.model_copy(
        update={"catalogue": CatalogueData(**catalogue.catalogue.model_dump(exclude={"flat_lays"}))}
    )
    boxes, _ = readers.read_catalogue(plain, seed=0)
    assert set(boxes.objects["source"]) == {"annotated"} and not boxes.notes
    with (places.RAW / "catalogue" / "boxes.csv").open() as file:
        assert len(boxes.objects) == len(list(csv.reader(file))) - 1
