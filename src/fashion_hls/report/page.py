"""One HTML file that opens anywhere: styles, tables and pictures are all inside it."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined

_TYPES = {".png": "image/png", ".svg": "image/svg+xml", ".jpg": "image/jpeg"}
_MISSING = "–"


@dataclass(frozen=True, kw_only=True)
class Section:
    """A part of the page.

    ``title``: its heading. ``text``: plain text; an empty line begins a new paragraph.
    ``tables``: caption and table; the first column names the row, the index is not shown.
    ``pictures``: file and what it shows, for those who cannot see it.
    """

    title: str
    text: str = ""
    tables: Sequence[tuple[str, pd.DataFrame]] = ()
    pictures: Sequence[tuple[Path, str]] = ()


def write_page(path: Path, *, title: str, subtitle: str, sections: list[Section]) -> None:
    """Write sections as one self-contained page; the same input gives the same bytes."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    text = environment.get_template("page.html.j2").render(
        title=title, subtitle=subtitle, sections=[_section(section) for section in sections]
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _section(section: Section) -> dict[str, Any]:
    return {
        "title": section.title,
        "paragraphs": [part.strip() for part in section.text.split("\n\n") if part.strip()],
        "tables": [_table(caption, frame) for caption, frame in section.tables],
        "pictures": [(_data_uri(path), alt) for path, alt in section.pictures],
    }


def _table(caption: str, frame: pd.DataFrame) -> dict[str, Any]:
    numeric = [pd.api.types.is_numeric_dtype(frame[name]) for name in frame.columns]
    return {
        "caption": caption,
        "columns": list(zip([str(name) for name in frame.columns], numeric, strict=True)),
        "rows": [
            list(zip([_cell(value) for value in row], numeric, strict=True))
            for row in frame.itertuples(index=False)
        ],
    }


def _cell(value: Any) -> str:
    """Rounding is the table's own affair; this only spares the reader 0.30000000000000004."""
    if pd.api.types.is_scalar(value) and pd.isna(value):
        return _MISSING
    if isinstance(value, float | np.floating):
        return f"{value:.0f}" if value.is_integer() else f"{value:.6g}"
    return str(value)


def _data_uri(path: Path) -> str:
    content = base64.b64encode(path.read_bytes()).decode()
    return f"data:{_TYPES[path.suffix.lower()]};base64,{content}"
