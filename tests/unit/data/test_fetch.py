import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from fashion_hls.__main__ import main
from fashion_hls.data.fetch import fetch
from fashion_hls.data.sources import SOURCES
from fashion_hls.errors import UserError

URL = "https://drive.example/folders/1"


@pytest.fixture
def drive(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """gdown that writes ``files``, or raises ``error``; ``asked`` is what it was called with."""
    fake = SimpleNamespace(files={}, error=None, asked=[])

    def download_folder(**options: object) -> list[str] | None:
        fake.asked.append(options)
        if fake.error:
            raise fake.error
        for name, data in fake.files.items():
            path = Path(str(options["output"])) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        return list(fake.files) or None

    monkeypatch.setitem(sys.modules, "gdown", SimpleNamespace(download_folder=download_folder))
    return fake


def test_nothing_is_fetched_before_the_terms_are_accepted(drive, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"non-commercial research only.*--accept-terms"):
        fetch("deepfashion2", URL, tmp_path, accepted=False)
    assert drive.asked == []


def test_a_whole_folder_is_taken_and_a_broken_transfer_goes_on(drive, tmp_path: Path) -> None:
    drive.files = {"train.zip": b"PK", "validation.zip": b"PK"}
    fetch("deepfashion2", URL, tmp_path, accepted=True)
    assert drive.asked == [{"url": URL, "output": str(tmp_path), "resume": True}]


def test_what_did_not_come_is_named(drive, tmp_path: Path) -> None:
    drive.files = {"train.zip": b"PK"}
    with pytest.raises(UserError, match=r"lacks validation\.zip"):
        fetch("deepfashion2", URL, tmp_path, accepted=True)


@pytest.mark.parametrize("error", [None, RuntimeError("Too many users\nhave viewed it")])
def test_a_refusal_names_page_files_and_folder(drive, tmp_path: Path, error) -> None:
    drive.error = error
    with pytest.raises(UserError) as caught:
        fetch("deepfashion1", URL, tmp_path, accepted=True)
    text = str(caught.value)
    assert SOURCES["deepfashion1"].page in text and "Img/img.zip" in text
    assert str(tmp_path) in text and "\n" not in text
    assert error is None or "Too many users have viewed it" in text


def test_the_command_puts_it_where_the_reader_looks(
    drive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FASHION_HLS_DATA", str(tmp_path))
    drive.files = {"train.zip": b"PK", "validation.zip": b"PK"}
    main(["fetch", "deepfashion2", URL, "--accept-terms"])
    assert (tmp_path / "DeepFashion2" / "train.zip").is_file()
    with pytest.raises(SystemExit) as ended:
        main(["fetch", "deepfashion2", URL])
    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith("fetch: DeepFashion2 is for non-commercial")
