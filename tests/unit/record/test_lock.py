from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from dvc_data.hashfile.hash_info import HashInfo
from dvc_data.hashfile.tree import Tree

from fashion_hls.errors import UserError
from fashion_hls.record.lock import digest, edges, other_code, read_lock, settings

from .conftest import Lock, entry


def read(stages: Lock) -> dict[str, object]:
    return dict(read_lock(yaml.safe_dump({"stages": stages}, sort_keys=False), "lock"))


def test_a_folder_has_the_hash_that_dvc_gives_it(tmp_path: Path) -> None:
    tree = Tree()
    for name, text in (("b.txt", "one"), ("a/c.txt", "two"), ("a-b.txt", "three"), ("é", "")):
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
        tree.add(tuple(name.split("/")), None, HashInfo("md5", digest(file)))
    (tmp_path / "a/__pycache__").mkdir()
    (tmp_path / "a/__pycache__/c.pyc").write_text("left out")
    tree.digest()
    assert tree.hash_info is not None and digest(tmp_path) == tree.hash_info.value
    assert digest(tmp_path / "b.txt") == "f97c5d29941bfb1b2fdab0874906ab82"
    assert digest(tmp_path / "none") == ""


def test_edges_follow_files_and_their_folders(stages: Lock) -> None:
    found = read_lock(yaml.safe_dump({"stages": stages}), "lock")
    assert edges(found) == {
        ("download", "prepare"),
        *(("prepare", name) for name in ("train@a", "train@b", "report")),
        *((name, "report") for name in ("train@a", "train@b")),
    }
    assert (found["train@b"].kind, found["train@b"].item) == ("train", "b")
    assert (found["report"].kind, found["report"].item) == ("report", "")


def test_an_old_entry_made_from_other_data_is_left_out(stages: Lock) -> None:
    stages["train@old"] = entry({"data/detection": "other.dir"}, {"models/old": "8.dir"})
    assert set(read(stages)) == set(stages) - {"train@old"}


def test_settings_are_flat_and_sorted(stages: Lock) -> None:
    found = read_lock(yaml.safe_dump({"stages": stages}), "lock")
    assert list(settings(found).items()) == [("seed", 3), ("train.lr", 0.1)]


def test_stages_that_ran_with_other_code_are_named(
    workspace: Path, recorded: Callable[[], str]
) -> None:
    found = read_lock(recorded(), "lock")
    assert other_code(found, workspace) == []
    (workspace / "stages/download.py").write_text("print('other')\n")
    assert other_code(found, workspace) == ["download"]


@pytest.mark.parametrize("text", ["", "stages: [", "stages:\n  a: 1", "stages:\n  a: {deps: [{}]}"])
def test_what_is_no_lock_file_is_named(text: str) -> None:
    with pytest.raises(UserError, match=r"^here: no lock file of DVC"):
        read_lock(text, "here")


def test_the_committed_lock_is_read(stages: Lock) -> None:
    found = read_lock(Path("dvc.lock").read_text(), "dvc.lock")
    assert {"download", "tables", "report"} <= set(found)
    assert ("tables", "report") in edges(found)
    assert settings(found)["dataset.name"] == "sample"
