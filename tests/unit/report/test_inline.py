import base64
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fashion_hls.report.inline import LARGE, SHEET, WIDEST, inlined
from fashion_hls.report.page import Section, write_page


def photo(path: Path, width: int, height: int, mode: str = "RGB") -> bytes:
    """A picture of smooth noise, which PNG cannot make small and JPEG can."""
    rng = np.random.default_rng(0)
    coarse = rng.integers(0, 255, (height // 8, width // 8, len(mode)), dtype=np.uint8)
    Image.fromarray(coarse, mode).resize((width, height), Image.Resampling.BICUBIC).save(path)
    return path.read_bytes()


def content(source: str) -> tuple[str, bytes]:
    head, data = source.split(",")
    return head, base64.b64decode(data)


@pytest.mark.parametrize("name", ["a.png", "a.jpg"])
def test_a_small_picture_goes_in_byte_by_byte(tmp_path: Path, name: str) -> None:
    data = photo(tmp_path / name, SHEET, 16)
    found = inlined(tmp_path / name)
    kind = {"a.png": "image/png", "a.jpg": "image/jpeg"}[name]
    assert content(found.source) == (f"data:{kind};base64", data)
    assert not found.sheet and not found.smaller


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_a_large_sheet_becomes_a_smaller_jpeg(tmp_path: Path, mode: str) -> None:
    data = photo(tmp_path / "sheet.png", 2 * WIDEST, 400, mode)
    found = inlined(tmp_path / "sheet.png")
    head, small = content(found.source)
    picture = Image.open(io.BytesIO(small))
    assert head == "data:image/jpeg;base64" and found.sheet and found.smaller
    assert picture.size == (WIDEST, 200) and len(small) < len(data) / 2 and len(data) > LARGE


def test_what_was_transparent_is_white(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 255, (300, 300, 4), dtype=np.uint8)
    pixels[:150, :, 3] = 0
    Image.fromarray(pixels, "RGBA").save(tmp_path / "a.png")
    found = inlined(tmp_path / "a.png")
    drawn = np.asarray(Image.open(io.BytesIO(content(found.source)[1])))
    assert found.smaller and drawn[:140].min() > 240 > drawn[160:].mean()


def test_a_large_jpeg_of_the_pages_width_stays_as_it_is(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 255, (400, WIDEST, 3), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / "a.jpg", quality=95)
    found = inlined(tmp_path / "a.jpg")
    assert content(found.source)[1] == (tmp_path / "a.jpg").read_bytes()
    assert found.sheet and not found.smaller and (tmp_path / "a.jpg").stat().st_size > LARGE


def test_another_kind_of_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.gif").write_bytes(b"GIF89a")
    with pytest.raises(KeyError):
        inlined(tmp_path / "a.gif")


def test_the_page_says_that_sheets_were_made_smaller(tmp_path: Path) -> None:
    photo(tmp_path / "small.png", 80, 80)
    photo(tmp_path / "large.png", 2 * WIDEST, 400)
    for name in ("small", "large"):
        section = Section(title="x", pictures=[(tmp_path / f"{name}.png", "photos")])
        write_page(tmp_path / f"{name}.html", title="x", subtitle="", sections=[section])
    assert "To keep this file small" not in (tmp_path / "small.html").read_text()
    assert "To keep this file small" in (tmp_path / "large.html").read_text()
