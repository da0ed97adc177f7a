"""Which photos the words of a command line mean."""

import io
import os
from pathlib import Path
from typing import Any

import pytest

from fashion_hls.errors import UserError
from fashion_hls.inference import finding, photo
from fashion_hls.inference.finding import find_photos


def test_folders_are_searched(tmp_path: Path) -> None:
    for name in ("b/2.JPG", "a/1.png", "z.webp", ".hidden.jpg", ".git/x.jpg", "note.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    found = find_photos([str(tmp_path), "x.jpg"], io.BytesIO())
    names = ("z.webp", "a/1.png", "b/2.JPG")
    assert found == [*(str(tmp_path / name) for name in names), "x.jpg"]


def test_photos_of_other_kinds_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("a.jpg", "b.HEIC", "in/c.heic", "in/d.avif", "note.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert find_photos([str(tmp_path)], io.BytesIO()) == [str(tmp_path / "a.jpg")]
    told = capsys.readouterr().err
    assert told == (
        f"note: {tmp_path}: 1 .avif, 2 .heic left out; save them as JPEG to have them read\n"
    )


def test_a_folder_below_that_may_not_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a.jpg", "b/b.jpg", "c/c.jpg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    closed = [str(tmp_path / "b")]
    scandir = os.scandir

    def refuses(place: Any) -> Any:
        # As the system does of whoever is not root.
        if str(place) in closed:
            raise PermissionError(13, "Permission denied", str(place))
        return scandir(place)

    monkeypatch.setattr(os, "scandir", refuses)
    found = find_photos([str(tmp_path)], io.BytesIO())
    assert found == [str(tmp_path / name) for name in ("a.jpg", "b", "c/c.jpg")]
    # It is named and counted with the photos that cannot be read.
    with pytest.raises(UserError, match="b: permission denied"):
        photo.read_photo(found[1])
    closed.append(str(tmp_path))
    with pytest.raises(UserError, match=f"{tmp_path}: permission denied"):
        find_photos([str(tmp_path)], io.BytesIO())


def test_linked_folders_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.jpg").touch()
    (tmp_path / "link").symlink_to(tmp_path / "in", target_is_directory=True)
    assert find_photos([str(tmp_path)], io.BytesIO()) == [str(tmp_path / "in/a.jpg")]
    told = f"note: {tmp_path}: 1 linked folder left out; name it to have it searched\n"
    assert capsys.readouterr().err == told
    assert find_photos([str(tmp_path / "link")], io.BytesIO()) == [str(tmp_path / "link/a.jpg")]


def test_standard_input_without_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (finding, photo):
        monkeypatch.setattr(module, "MOST_BYTES", 1000)
    endless = io.BytesIO(bytes(10_000))
    [read] = find_photos(["-"], endless)
    assert endless.tell() == 1001
    with pytest.raises(UserError, match="more than"):
        photo.read_photo(read)
