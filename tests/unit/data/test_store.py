import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fashion_hls.data.images import ImageStore
from fashion_hls.data.records import Vocabulary
from fashion_hls.data.store import (
    pack_images,
    read_json,
    read_table,
    read_vocabulary,
    write_json,
    write_table,
)
from fashion_hls.errors import UserError


def table() -> pd.DataFrame:
    return pd.DataFrame(
        {"image_id": [3, 1], "file": ["ä.jpg", "b.jpg"], "attributes": [[0, 2], []], "x": [0.1, 2]},
        index=[9, 4],
    )


@pytest.mark.parametrize("value", [float("nan"), float("inf"), np.float64("nan")])
def test_nan_is_refused_and_nothing_is_written(tmp_path: Path, value: float) -> None:
    path = tmp_path / "m.json"
    with pytest.raises(ValueError):
        write_json(path, {"figures": [{"low": value}]})
    assert not path.exists()


def test_nan_is_refused_before_the_former_file_is_touched(tmp_path: Path) -> None:
    path = tmp_path / "m.json"
    write_json(path, {"a": 1})
    with pytest.raises(ValueError):
        write_json(path, float("nan"))
    assert read_json(path) == {"a": 1}


def test_json_comes_back_and_reads_as_text(tmp_path: Path) -> None:
    content = {"title": "Größe ≤ 5", "list": [1, None, 0.1 + 0.2], "b": {"z": 1, "a": 2}}
    path = tmp_path / "new/m.json"
    write_json(path, content)
    assert read_json(path) == content
    text = path.read_text(encoding="utf-8")
    assert "Größe ≤ 5" in text and text.endswith("}\n")
    assert list(json.loads(text)["b"]) == ["z", "a"]


def test_the_same_table_gives_the_same_bytes_whatever_its_index(tmp_path: Path) -> None:
    first, second = tmp_path / "new/a.parquet", tmp_path / "b.parquet"
    write_table(first, table())
    write_table(second, table().set_axis([0, 1]))
    assert first.read_bytes() == second.read_bytes()
    write_table(second, table().assign(x=[0.1, 3]))
    assert first.read_bytes() != second.read_bytes()


def test_a_table_comes_back_with_its_lists_and_types(tmp_path: Path) -> None:
    write_table(tmp_path / "a.parquet", table())
    back = read_table(tmp_path / "a.parquet")
    assert back.index.tolist() == [0, 1]
    assert [list(ids) for ids in back["attributes"]] == [[0, 2], []]
    assert back["image_id"].dtype == np.int64 and back["file"].tolist() == ["ä.jpg", "b.jpg"]


@pytest.mark.parametrize("read", [read_json, read_table, read_vocabulary])
def test_a_missing_file_ends_in_one_line_that_says_what_to_run(tmp_path: Path, read) -> None:
    with pytest.raises(UserError, match="not found; run the pipeline") as error:
        read(tmp_path / "none")
    assert str(tmp_path / "none") in str(error.value) and "\n" not in str(error.value)


@pytest.mark.parametrize("content", [b"", b"x" * 60, b"PAR1 and no footer PAR1"])
def test_a_damaged_table_ends_in_one_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.parquet"
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"a\.parquet: unreadable"):
        read_table(path)


def test_a_table_cut_short_ends_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    write_table(path, table())
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(UserError, match="run the pipeline again"):
        read_table(path)


@pytest.mark.parametrize("content", [b"", b'{"a": 1', b"<html>"])
def test_damaged_json_ends_in_one_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "m.json"
    path.write_bytes(content)
    with pytest.raises(UserError, match="not valid JSON") as error:
        read_json(path)
    assert "\n" not in str(error.value)


def test_json_that_is_not_utf8_ends_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "m.json"
    path.write_bytes(b'{"a": "\xff"}')
    with pytest.raises(UserError):
        read_json(path)


def test_a_vocabulary_comes_back(tmp_path: Path) -> None:
    vocabulary = Vocabulary(
        categories=["Dress"], category_types=[2], attributes=["red"], attribute_groups=["colour"]
    )
    write_json(tmp_path / "v.json", vocabulary.to_dict())
    assert read_vocabulary(tmp_path / "v.json") == vocabulary


def test_a_vocabulary_without_a_field_ends_in_one_line(tmp_path: Path) -> None:
    write_json(tmp_path / "v.json", {"categories": ["Dress"]})
    with pytest.raises(UserError):
        read_vocabulary(tmp_path / "v.json")


def test_packed_images_are_the_files_themselves(tmp_path: Path) -> None:
    files = {"b.jpg": b"two", "a.jpg": b"one"}
    pack_images(tmp_path / "images.zip", list(files), files.__getitem__)
    store = ImageStore(tmp_path / "images.zip")
    assert {name: store.read(name) for name in files} == files
    with pytest.raises(KeyError):
        pack_images(tmp_path / "other.zip", ["a.jpg", "none.jpg"], files.__getitem__)
    assert not (tmp_path / "other.zip").exists()
