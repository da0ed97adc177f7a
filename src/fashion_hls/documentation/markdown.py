"""Small pieces of Markdown that the generated pages share."""

from __future__ import annotations

from collections.abc import Sequence


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table; cells are Markdown already (see :func:`cell`)."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def cell(text: str) -> str:
    """Text that a table can hold: one line, and no bar that would end the cell."""
    return " ".join(text.replace("|", "\\|").split())


def prose(text: str) -> str:
    """A docstring's text for a cell: its double backticks are code."""
    return cell(text.replace("``", "`"))
