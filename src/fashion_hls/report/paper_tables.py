"""The page's sections of the paper's tables, as the run wrote them beside its own figures."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd

from fashion_hls.report.page import Section

_FILE = re.compile(r"table(\d+)\.md")


def paper_sections(folder: Path) -> list[Section]:
    """A section for each ``tableN.md``, in the order of the numbers.

    Args:
        folder: the profile's tables.

    Raises:
        ValueError: a file is no table of ``render.write_table``.
    """
    files = {
        int(found[1]): file for file in folder.iterdir() if (found := _FILE.fullmatch(file.name))
    }
    return [_section(number, files[number]) for number in sorted(files)]


def _section(number: int, file: Path) -> Section:
    title, table, notes = read_markdown(file.read_text(encoding="utf-8"))
    return Section(
        title=title,
        short=f"Table {number} beside the paper's",
        text="\n\n".join(notes),
        tables=[("Rows of the paper and of this run; the source says which", table)],
    )


def read_markdown(text: str) -> tuple[str, pd.DataFrame, list[str]]:
    """Title, cells and notes of a table in the form of ``render.as_markdown``.

    Raises:
        ValueError: it has another form.
    """
    lines = text.splitlines()
    rows = [_cells(line) for line in lines if line.startswith("|")]
    if not lines or not lines[0].startswith("## ") or len(rows) < 2:
        raise ValueError(f"no table with a title: {text[:60]!r}")
    head, _, *body = rows
    if any(len(row) != len(head) for row in body):
        raise ValueError(f"rows of different lengths below {lines[0]!r}")
    notes = [line.removeprefix("- ") for line in lines if line.startswith("- ")]
    return lines[0].removeprefix("## "), pd.DataFrame(body, columns=head), notes


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]
