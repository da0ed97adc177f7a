"""Pictures as text inside a page, large ones made smaller for it."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Final, NamedTuple

from PIL import Image

from fashion_hls.report.jpeg import QUALITY, as_jpeg

#: A picture of more bytes is a sheet of photos; it is made smaller where that is possible.
LARGE: Final = 150_000
#: Pixels; a wider sheet is scaled down to it.
WIDEST: Final = 1800
#: Pixels; what is wider is hard to read in a page's column.
SHEET: Final = 1000
NOTE: Final = (
    f"To keep this file small, sheets of photos are in it as JPEG of quality {QUALITY} and at most "
    f"{WIDEST:,} pixels wide; the run has them as they were drawn, below predictions/ and "
    "data/sheets/."
)
_TYPES: Final = {
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".jpg": "image/jpeg",
}


class Inlined(NamedTuple):
    """A picture's data URI; whether it is a wide sheet; whether it was made smaller."""

    source: str
    sheet: bool
    smaller: bool


def inlined(path: Path) -> Inlined:
    """A picture as a data URI.

    Args:
        path: an SVG, PNG or JPEG file.

    Raises:
        FileNotFoundError: it is not there.
        KeyError: it is of another kind.
    """
    content, kind = path.read_bytes(), _TYPES[path.suffix.lower()]
    if path.suffix.lower() == ".svg":
        return Inlined(_uri(content, kind), sheet=False, smaller=False)
    with Image.open(path) as picture:
        sheet = picture.width > SHEET
        if len(content) <= LARGE or (kind == "image/jpeg" and picture.width <= WIDEST):
            return Inlined(_uri(content, kind), sheet=sheet, smaller=False)
        small = _on_white(picture)
    small.thumbnail((WIDEST, small.height))
    reduced = as_jpeg(small)
    if len(reduced) >= len(content):
        return Inlined(_uri(content, kind), sheet=sheet, smaller=False)
    return Inlined(_uri(reduced, "image/jpeg"), sheet=sheet, smaller=True)


def _on_white(picture: Image.Image) -> Image.Image:
    """Three channels; JPEG has no transparency, and black would stand in its place."""
    whole = picture.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", whole.size, "white"), whole).convert("RGB")


def _uri(content: bytes, kind: str) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"
