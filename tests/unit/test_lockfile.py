import subprocess
from pathlib import Path

import pytest
import yaml

from fashion_hls.lockfile import mend

LOCK = """schema: '2.0'
stages:
  first:
    cmd: make first
    deps:
    - path: a
      hash: md5
      md5: 0cc175b9c0f1b6a831c399e269772661
      size: 1
    outs:
    - path: b
      hash: md5
      md5: 92eb5ffee6ae2fec3ad71c777531578f
      size: 1
  second:
    cmd: make second
    deps:
    - path: b
      hash: md5
      md5: 92eb5ffee6ae2fec3ad71c777531578f
      size: 1
    outs:
    - path: c
      hash: md5
      md5: 4a8a08f09d37b73795649038408b5f33
      size: 1
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "dvc.lock").write_text(LOCK)
    for command in (
        ["init", "-q"],
        ["add", "."],
        ["-c", "user.name=t", "-c", "user.email=t@t", "commit", "-qm", "x"],
    ):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    return tmp_path


def test_wherever_it_was_cut_every_stage_is_there_again(root: Path) -> None:
    path, whole = root / "dvc.lock", yaml.safe_load(LOCK)["stages"]
    for length in range(len(LOCK)):
        path.write_text(LOCK[:length])
        mended = mend(root)
        found = yaml.safe_load(path.read_text())["stages"]
        assert found.keys() == whole.keys()
        assert all(found[name].keys() == whole[name].keys() for name in whole)
        assert mended or yaml.safe_load(LOCK[:length])["stages"].keys() == whole.keys()


def test_a_whole_lock_stays_byte_for_byte(root: Path) -> None:
    changed = LOCK.replace("0cc175b9c0f1b6a831c399e269772661", "d41d8cd98f00b204e9800998ecf8427e")
    for text in (LOCK, changed, changed + "  third:\n    cmd: make third\n"):
        (root / "dvc.lock").write_text(text)
        assert mend(root) == []
        assert (root / "dvc.lock").read_text() == text


def test_newer_entries_are_kept_beside_those_that_were_lost(root: Path) -> None:
    path = root / "dvc.lock"
    newer = LOCK.replace("0cc175b9c0f1b6a831c399e269772661", "d41d8cd98f00b204e9800998ecf8427e")
    path.write_text(newer[: newer.index("  second:")])
    assert mend(root) == ["second"]
    expected = yaml.safe_load(newer)["stages"]
    assert yaml.safe_load(path.read_text())["stages"] == expected


def test_what_only_lacks_committed_stages_becomes_the_committed_file(root: Path) -> None:
    path = root / "dvc.lock"
    path.write_text(LOCK[: LOCK.index("  second:")])
    assert mend(root) == ["second"] and path.read_text() == LOCK


def test_without_a_committed_lock_there_is_nothing_to_mend(tmp_path: Path) -> None:
    (tmp_path / "dvc.lock").write_text("stages: [")
    assert mend(tmp_path) == []
    assert mend(tmp_path / "..") == []
