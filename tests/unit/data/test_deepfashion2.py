import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from fashion_hls import taxonomy
from fashion_hls.data.deepfashion2 import parse_json, read_deepfashion2
from fashion_hls.data.records import IMAGE_COLUMNS, OBJECT_COLUMNS, DetectionSet
from fashion_hls.errors import UserError


def jpeg(width: int = 60, height: int = 40, **options: Any) -> bytes:
    out = io.BytesIO()
    Image.effect_noise((width, height), 80).convert("RGB").save(out, "JPEG", **options)
    return out.getvalue()


def item(box: Any, name: Any = "skirt") -> dict[str, Any]:
    return {"category_id": 9, "category_name": name, "bounding_box": box}


def note(*items: Any, pair: Any = 1) -> bytes:
    content = {"source": "shop", "pair_id": pair}
    content |= {f"item{place}": value for place, value in enumerate(items, 1)}
    return json.dumps(content).encode()


GOOD = note(item([5, 5, 30, 30]))
PHOTO = jpeg()


class Dataset:
    """Files of a dataset under construction, by name."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.add("validation", 1, GOOD)

    def add(self, part: str, number: int, text: bytes | None, image: bytes | None = b"") -> None:
        if image is not None:
            self.files[f"{part}/image/{number:06d}.jpg"] = image or jpeg()
        if text is not None:
            self.files[f"{part}/annos/{number:06d}.json"] = text

    def write(self, root: Path, form: str = "folder") -> Path:
        for name, data in self.files.items():
            if form == "folder":
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                (root / name).write_bytes(data)
                continue
            part, inner = name.split("/", 1)
            with zipfile.ZipFile(root / f"{part}.zip", "a") as archive:
                archive.writestr(name if form == "zip" else inner, data)
        return root


def read(root: Path, val_share: float = 0.0, seed: int = 0) -> DetectionSet:
    return read_deepfashion2(root, password=None, val_share=val_share, seed=seed)


def counts_of(tmp_path: Path, text: bytes | None, image: bytes | None = b"") -> dict[str, int]:
    """Problems counted in one bad photo beside a good one."""
    data = Dataset()
    data.add("train", 1, GOOD)
    data.add("train", 2, text, image)
    counts: dict[str, int] = read(data.write(tmp_path)).quality.to_dict()["counts"]
    return counts


@pytest.mark.parametrize("form", ["folder", "zip", "zip without its folder"])
def test_reads_boxes_types_and_sizes(tmp_path: Path, form: str) -> None:
    data = Dataset()
    data.add("train", 1, note(item([5, 5, 30, 30]), item([1, 2, 50, 39.5], "sling dress")))
    found = read(data.write(tmp_path, form))
    assert list(found.images.columns) == IMAGE_COLUMNS
    assert list(found.objects.columns) == OBJECT_COLUMNS
    assert found.images.file.tolist() == ["train/image/000001.jpg", "validation/image/000001.jpg"]
    assert found.images.split.tolist() == ["train", "test"]
    assert found.images[["width", "height"]].iloc[0].tolist() == [60, 40]
    assert found.objects.label.tolist() == [taxonomy.LOWER, taxonomy.FULL, taxonomy.LOWER]
    assert found.objects.iloc[1][["x1", "y1", "x2", "y2"]].tolist() == [1, 2, 50, 39.5]
    assert found.read("train/image/000001.jpg").startswith(b"\xff\xd8")
    assert found.quality.to_dict()["counts"] == {}


def test_validation_is_cut_by_whole_pairs_and_by_the_seed(tmp_path: Path) -> None:
    data = Dataset()
    for number in range(1, 31):
        data.add("train", number, note(item([5, 5, 30, 30]), pair=number // 3))
    data.write(tmp_path)
    first, again, other = (read(tmp_path, 0.3, seed).images for seed in (1, 1, 2))
    train = first[first.split != "test"]
    pairs = train.file.map(lambda name: int(Path(name).stem) // 3)
    assert train.groupby(pairs).split.nunique().eq(1).all()
    assert train[train.split == "val"].groupby(pairs).ngroups == round(0.3 * 11)
    assert first.split.tolist() == again.split.tolist() != other.split.tolist()


def test_several_processes_read_what_one_reads(tmp_path: Path) -> None:
    data = Dataset()
    for number in range(1, 601):
        data.files[f"train/image/{number:06d}.jpg"] = PHOTO if number % 50 else PHOTO[:-300]
        data.files[f"train/annos/{number:06d}.json"] = GOOD if number % 7 else b"{"
    data.write(tmp_path)
    one, two = (
        read_deepfashion2(tmp_path, password=None, val_share=0.2, seed=0, workers=workers)
        for workers in (1, 2)
    )
    pd.testing.assert_frame_equal(one.images, two.images)
    pd.testing.assert_frame_equal(one.objects, two.objects)
    assert one.quality.to_dict() == two.quality.to_dict()
    assert one.quality.to_dict()["counts"] == {"annotation.unreadable": 85, "image.unreadable": 12}


json_texts = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.integers(-(10**30), 10**30),
        st.floats(),
        st.text(),
    ),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=12,
).map(json.dumps)


@settings(max_examples=200, deadline=None)
@given(json_texts, st.lists(st.tuples(st.integers(0, 60), st.binary(max_size=2)), max_size=2))
def test_json_is_read_as_by_the_standard_library(text: str, changes) -> None:
    """Also where it is damaged, or has bytes that are no JSON."""
    data = bytearray(text.encode())
    for place, change in changes:
        data[place : place + 1] = change
    try:
        expected = json.loads(bytes(data))
    except ValueError:
        with pytest.raises(ValueError):
            parse_json(bytes(data))
    else:
        # By their text, as not-a-number equals nothing.
        assert repr(parse_json(bytes(data))) == repr(expected)


@pytest.mark.parametrize(
    ("box", "kind"),
    [
        ([5, 5, 30], "box.malformed"),
        ([5, 5, 30, "30"], "box.malformed"),
        ([5, 5, 30, None], "box.malformed"),
        ([5, 5, 30, True], "box.malformed"),
        ([5, 5, 30, float("nan")], "box.malformed"),
        ([5, 5, 30, 10**400], "box.malformed"),
        ([5, 5, 30, [30]], "box.malformed"),
        ("5 5 30 30", "box.malformed"),
        (None, "box.malformed"),
        ([30, 5, 5, 30], "box.inverted"),
        ([100, 5, 130, 30], "box.outside"),
        ([5, 5, 5.5, 30], "box.no_area"),
        ([59.5, 5, 80, 30], "box.no_area"),
    ],
)
def test_a_bad_box_is_dropped_and_counted(tmp_path: Path, box: Any, kind: str) -> None:
    assert counts_of(tmp_path, note(item(box))) == {kind: 1, "image.no_garment": 1}


def test_a_box_beyond_the_edge_is_clipped_and_counted(tmp_path: Path) -> None:
    data = Dataset()
    data.add("train", 1, note(item([-4, 5, 90, 30])))
    found = read(data.write(tmp_path))
    assert found.objects.iloc[0][["x1", "y1", "x2", "y2"]].tolist() == [0, 5, 60, 30]
    assert found.quality.to_dict()["counts"] == {"box.clipped": 1}


@pytest.mark.parametrize("name", ["hat", None, 7, ["skirt"]])
def test_an_unknown_category_is_counted(tmp_path: Path, name: Any) -> None:
    text = note(item([5, 5, 30, 30], name))
    assert counts_of(tmp_path, text) == {"label.unknown": 1, "image.no_garment": 1}


@pytest.mark.parametrize(
    "text", [b"", b"{", b"[]", b"3", b"null", b"\xff\xfe\x00", b"[" * 100_000, b"9" * 5000]
)
def test_an_annotation_that_is_no_object_is_counted(tmp_path: Path, text: bytes) -> None:
    assert counts_of(tmp_path, text) == {"annotation.unreadable": 1}


def test_an_item_that_is_no_object_is_counted(tmp_path: Path) -> None:
    found = counts_of(tmp_path, note("skirt", item([5, 5, 30, 30])))
    assert found == {"annotation.unreadable": 1}


@pytest.mark.parametrize("pair", [None, "x", 1.5, True])
def test_a_photo_without_a_pair_is_its_own_pair(tmp_path: Path, pair: Any) -> None:
    found = counts_of(tmp_path, note(item([5, 5, 30, 30]), pair=pair))
    assert found == {"annotation.no_pair": 1}


def test_missing_files_are_counted(tmp_path: Path) -> None:
    data = Dataset()
    data.add("train", 1, GOOD)
    data.add("train", 2, GOOD, image=None)
    data.add("train", 3, None)
    found = read(data.write(tmp_path)).quality.to_dict()
    assert found["counts"] == {"annotation.missing": 1, "image.missing": 1}
    assert found["examples"]["image.missing"] == ["train/image/000002.jpg"]


@pytest.mark.parametrize("image", [jpeg()[:-300], b"no image", b"\xff\xd8\xff\xd9", jpeg()[:40]])
def test_a_broken_image_is_counted(tmp_path: Path, image: bytes) -> None:
    assert counts_of(tmp_path, GOOD, image) == {"image.unreadable": 1}


def test_a_damaged_archive_member_is_counted(tmp_path: Path) -> None:
    data, image = Dataset(), jpeg()
    data.add("train", 1, GOOD, image)
    data.add("train", 2, GOOD)
    data.write(tmp_path, "zip")
    archive = tmp_path / "train.zip"
    content = archive.read_bytes()
    archive.write_bytes(content.replace(image, image[:100] + bytes(20) + image[120:]))
    assert read(tmp_path).quality.to_dict()["counts"] == {"image.unreadable": 1}


def test_what_the_user_must_mend_is_said(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"neither train\.zip nor train/"):
        read(tmp_path)
    data = Dataset()
    (tmp_path / "train").mkdir()
    data.write(tmp_path)
    with pytest.raises(UserError, match="holds no usable"):
        read(tmp_path)
    with pytest.raises(UserError, match="val_share"):
        read(tmp_path, val_share=1.0)
    (tmp_path / "train.zip").write_text("<html>please log in</html>")
    with pytest.raises(UserError, match="not a zip archive"):
        read(tmp_path)


def test_an_encrypted_archive_without_its_password_is_said(tmp_path: Path) -> None:
    data = Dataset()
    data.add("train", 1, GOOD)
    data.write(tmp_path, "zip")
    archive = tmp_path / "train.zip"
    content = bytearray(archive.read_bytes())
    # Python writes no encrypted archives: set the flag of every entry instead.
    for mark, offset in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        place = content.find(mark)
        while place >= 0:
            content[place + offset] |= 1
            place = content.find(mark, place + 1)
    archive.write_bytes(content)
    with pytest.raises(UserError, match="password"):
        read(tmp_path)
