"""One HTML file that opens anywhere: styles, tables and pictures are all inside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from fashion_hls.report.inline import NOTE, inlined

_MISSING = "–"
#: Where ``add_sections`` puts what it adds: in the contents, and after the last section.
_MARKS: Final = ("<!-- further contents -->\n", "<!-- further sections -->\n")
_NUMBER: Final = '<section id="part-'


@dataclass(frozen=True, kw_only=True)
class Section:
    """A part of the page.

    ``title``: its heading. ``short``: what the contents call it, if not by the title. ``text``:
    plain text; an empty line begins a new paragraph. ``tables``: caption and table; the first
    column names the row, the index is not shown. ``folded``: the same, shown when asked for.
    ``drawings``: SVG that our own code wrote, which names itself, and its caption. ``pictures``:
    file and what it shows, for those who cannot see it. ``commands``: what to type, a line each.
    """

    title: str
    short: str = ""
    text: str = ""
    tables: Sequence[tuple[str, pd.DataFrame]] = ()
    folded: Sequence[tuple[str, pd.DataFrame]] = ()
    drawings: Sequence[tuple[str, str]] = ()
    pictures: Sequence[tuple[Path, str]] = ()
    commands: Sequence[str] = ()


def write_page(path: Path, *, title: str, subtitle: str, sections: list[Section]) -> None:
    """Write sections as one self-contained page; the same input gives the same bytes."""
    parts = [_section(number, section) for number, section in enumerate(sections, 1)]
    text = _template("page.html.j2").render(
        title=title,
        subtitle=subtitle,
        sections=parts,
        note=NOTE if any(part["smaller"] for part in parts) else "",
        marks=[Markup(mark.rstrip()) for mark in _MARKS],
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def add_sections(page: str, sections: list[Section]) -> str:
    """A page that ``write_page`` wrote, with further sections after its last one.

    Raises:
        ValueError: the page has no place for them; it is another program's, or has no contents.
    """
    if any(page.count(mark) != 1 for mark in _MARKS):
        raise ValueError("the page has no place for further sections")
    first = page.count(_NUMBER) + 1
    parts = [_section(number, section) for number, section in enumerate(sections, first)]
    for mark, template in zip(_MARKS, ("contents.html.j2", "sections.html.j2"), strict=True):
        page = page.replace(mark, _template(template).render(sections=parts) + mark)
    return page


def _template(name: str) -> Any:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template(name)


def _section(number: int, section: Section) -> dict[str, Any]:
    pictures = [(inlined(path), alt) for path, alt in section.pictures]
    return {
        "number": number,
        "title": section.title,
        "short": section.short or section.title,
        "paragraphs": [part.strip() for part in section.text.split("\n\n") if part.strip()],
        "tables": [_table(caption, frame) for caption, frame in section.tables],
        "folded": [_table(caption, frame) for caption, frame in section.folded],
        "drawings": [(Markup(drawing), caption) for drawing, caption in section.drawings],
        "pictures": pictures,
        "commands": list(section.commands),
        "smaller": any(picture.smaller for picture, _ in pictures),
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
