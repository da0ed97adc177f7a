"""Which photos the words of a command line mean."""

import io
from pathlib import Path

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


def test_standard_input_without_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (finding, photo):
        monkeypatch.setattr(module, "MOST_BYTES", 1000)
    endless = io.BytesIO(bytes(10_000))
    [read] = find_photos(["-"], endless)
    assert endless.tell() == 1001
    with pytest.raises(UserError, match="more than"):
        photo.read_photo(read)
