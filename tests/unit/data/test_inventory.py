from pathlib import Path

import pytest

from fashion_hls.data import inventory
from fashion_hls.errors import UserError


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "dataset"
    (folder / "deep").mkdir(parents=True)
    (folder / "a.jpg").write_bytes(b"aaa")
    (folder / "deep/b.jpg").write_bytes(b"bb")
    return folder


def test_it_counts_files_and_bytes_at_any_depth(root: Path) -> None:
    taken = inventory.take(root)
    assert (taken["files"], taken["bytes"]) == (2, 5)
    assert len(taken["sha256"]) == 64 and taken == inventory.take(root)


def test_the_digest_is_of_contents_and_relative_names_alone(root: Path, tmp_path: Path) -> None:
    before = inventory.take(root)
    moved = root.rename(tmp_path / "elsewhere")
    assert inventory.take(moved) == before


@pytest.mark.parametrize("change", ["content", "name", "swap"])
def test_any_change_changes_the_digest(root: Path, change: str) -> None:
    before = inventory.take(root)
    if change == "content":
        (root / "a.jpg").write_bytes(b"aab")
    elif change == "name":
        (root / "a.jpg").rename(root / "c.jpg")
    else:
        (root / "a.jpg").rename(root / "x")
        (root / "deep/b.jpg").rename(root / "a.jpg")
        (root / "x").rename(root / "deep/b.jpg")
    after = inventory.take(root)
    assert (after["files"], after["bytes"]) == (before["files"], before["bytes"])
    assert after["sha256"] != before["sha256"]


def test_an_unchanged_folder_passes(root: Path) -> None:
    inventory.check(root, inventory.take(root))


@pytest.mark.parametrize("change", ["added", "removed", "grown"])
def test_a_changed_folder_ends_in_one_line_that_says_what_to_run(root: Path, change: str) -> None:
    before = inventory.take(root)
    if change == "added":
        (root / "deep/c.jpg").touch()
    elif change == "removed":
        (root / "a.jpg").unlink()
    else:
        (root / "a.jpg").write_bytes(b"aaaa")
    with pytest.raises(UserError, match="run the same command again") as error:
        inventory.check(root, before)
    assert str(root) in str(error.value) and "\n" not in str(error.value)


def test_a_missing_folder_ends_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="nowhere: not found"):
        inventory.take(tmp_path / "nowhere")
