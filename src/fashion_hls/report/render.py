"""A table of figures, and its three written forms: JSON, CSV and Markdown."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pandas as pd

#: A figure from fewer images is not printed: one image would move it by more than 3 points.
FEWEST_IMAGES: Final = 30
FEW_NOTE: Final = f"—: not given, or from fewer than {FEWEST_IMAGES} images (n<{FEWEST_IMAGES})."
DECIMALS: Final = 2


@dataclass(frozen=True, kw_only=True)
class Table:
    """A numbered table whose figures are percentages at full precision.

    ``rows``: columns of text and counts, among them source, dataset, split, protocol and n
    (images, missing where unknown); then for each key of ``figures`` a column of values and,
    where intervals exist, the same name with ``_low`` and ``_high``. ``figures`` maps these
    columns to their headings in Markdown.
    """

    number: int
    title: str
    rows: pd.DataFrame
    figures: Mapping[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def write_table(folder: Path, table: Table) -> None:
    """Write ``tableN.json`` (full precision), ``tableN.csv`` and ``tableN.md`` (rounded)."""
    folder.mkdir(parents=True, exist_ok=True)
    stem = folder / f"table{table.number}"
    content = json.dumps(_json(table), indent=2, ensure_ascii=False, allow_nan=False)
    stem.with_suffix(".json").write_text(content + "\n", encoding="utf-8")
    printed = _without_few(table).round(dict.fromkeys(_figure_columns(table), DECIMALS))
    printed.to_csv(stem.with_suffix(".csv"), index=False, lineterminator="\n")
    stem.with_suffix(".md").write_text(as_markdown([table]), encoding="utf-8")


def as_markdown(tables: Iterable[Table]) -> str:
    """Tables one below the other, each with its title and notes."""
    return "\n".join(_markdown(table) for table in tables)


def _markdown(table: Table) -> str:
    rows = _without_few(table)
    taken = set(_figure_columns(table))
    cells = {name: rows[name].map(_text) for name in rows.columns if name not in taken}
    for name, heading in table.figures.items():
        cells[heading] = pd.Series([_figure(row, name) for row in rows.to_dict("records")])
    body = pd.DataFrame(cells).to_markdown(index=False, disable_numparse=True)
    notes = [*table.notes, *([FEW_NOTE] if table.figures else [])]
    listed = "".join(f"- {note}\n" for note in notes)
    unit = " (percent)" if table.figures else ""
    return f"## Table {table.number}: {table.title}{unit}\n\n{body}\n\n{listed}"


def _json(table: Table) -> dict[str, Any]:
    rows = [
        {str(name): None if pd.isna(cell) else cell for name, cell in row.items()}
        for row in table.rows.astype(object).to_dict("records")
    ]
    return {
        "number": table.number,
        "title": table.title,
        "unit": "percent" if table.figures else None,
        "notes": table.notes,
        "rows": rows,
    }


def _figure_columns(table: Table) -> list[str]:
    """The value, low and high columns that the rows have."""
    names = [name + end for name in table.figures for end in ("", "_low", "_high")]
    return [name for name in names if name in table.rows]


def _without_few(table: Table) -> pd.DataFrame:
    """The rows, with no figures where n is too small to print any."""
    few = (table.rows["n"] < FEWEST_IMAGES).fillna(False).astype(bool)
    rows = table.rows.copy()
    columns = _figure_columns(table)
    rows[columns] = rows[columns].astype(float).mask(few, axis=0)
    return rows


def _text(cell: Any) -> str:
    return "—" if pd.isna(cell) else str(cell)


def _figure(row: Mapping[Any, Any], name: str) -> str:
    """'90.12 [89.1, 91.0]', or the value alone where it has no interval."""
    value, low, high = (row.get(name + end) for end in ("", "_low", "_high"))
    if pd.isna(value):
        return "—"
    if low is None or pd.isna(low):
        return f"{value:.{DECIMALS}f}"
    return f"{value:.{DECIMALS}f} [{low:.1f}, {high:.1f}]"


def seeds(run: Mapping[str, Any]) -> str:
    """Over how many seeds a study ran, in words."""
    count = int(run["seeds"])
    return f"{count} seed{'' if count == 1 else 's'}"
