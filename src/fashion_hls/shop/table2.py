"""Table 2: which attributes the paper's taxonomy has, and the categories that each applies to.

Section 5.2.2 shows why it matters: a shirt that is called a "polo", "an incompatible combination
since the 'polo' attribute only applies to t-shirts" (Figure 3d).
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import Field

from fashion_hls.errors import UserError
from fashion_hls.shop.names import Section, fold, read_section
from fashion_hls.taxonomy import CATALOGUE

FILE: Final = Path(__file__).with_name("table2.yaml")
ALL: Final = "all"

Names = Annotated[tuple[str, ...], Field(min_length=1)]


class Entry(Section):
    """A row: a key's values, and the categories (Table 1's names, or "all") they apply to."""

    key: str
    values: Names
    applies_to: Literal["all"] | Names

    @property
    def categories(self) -> tuple[str, ...]:
        """The categories by name, also where the row says "all"."""
        return tuple(CATALOGUE) if self.applies_to == ALL else tuple(self.applies_to)


class Table2(Section):
    """The rows in the paper's order; ``stated``: how many attributes the paper says there are."""

    keys: Names
    stated: int
    entries: Annotated[tuple[Entry, ...], Field(min_length=1)]

    @property
    def pairs(self) -> int:
        """Pairs of a value and a row."""
        return sum(len(entry.values) for entry in self.entries)

    @cached_property
    def applies(self) -> dict[tuple[str, str], frozenset[str]]:
        """Folded key and value -> the categories that it applies to, in whatever rows."""
        out: dict[tuple[str, str], frozenset[str]] = {}
        for entry in self.entries:
            for value in entry.values:
                name = (fold(entry.key), fold(value))
                out[name] = out.get(name, frozenset()) | frozenset(entry.categories)
        return out

    @property
    def repeated(self) -> list[str]:
        """Values that stand in more than one row of their key, in the alphabet's order."""
        seen, again = set[tuple[str, str]](), set[tuple[str, str]]()
        for entry in self.entries:
            for value in entry.values:
                (again if (entry.key, value) in seen else seen).add((entry.key, value))
        return sorted(value for _, value in again)

    def count_note(self) -> str:
        """How many attributes the printed table names, against how many the paper states."""
        twice = ", ".join(self.repeated)
        return (
            f"The printed table names {len(self.applies)} distinct attributes in {self.pairs} "
            f"pairs of value and row ({twice} stand in two rows each, for different "
            f"categories); the paper states {self.stated}."
        )


def load_table2(path: Path = FILE) -> Table2:
    """The taxonomy, checked.

    Raises:
        UserError: a field is missing or wrong, a key is not among ``keys``, a category is none of
            Table 1's, or a value stands twice with one key and one category.
    """
    table = read_section(path, Table2)
    seen: dict[tuple[str, str, str], int] = {}
    for number, entry in enumerate(table.entries):
        where = f"{path}: entries.{number} ({entry.key}: {entry.values[0]}, ...)"
        if entry.key not in table.keys:
            known = ", ".join(table.keys)
            raise UserError(f"{where}: key {entry.key!r} is none of {known}; name one of them")
        unknown = [name for name in entry.categories if name not in CATALOGUE]
        if unknown:
            raise UserError(
                f"{where}: applies_to {unknown[0]!r} is no category of Table 1; write all, or "
                f"names among {', '.join(CATALOGUE)}"
            )
        for category in entry.categories:
            for value in entry.values:
                name = (fold(entry.key), fold(value), category)
                if name in seen:
                    raise UserError(
                        f"{where}: {value!r} stands twice for {category} (first in "
                        f"entries.{seen[name]}); drop one of the two"
                    )
                seen[name] = number
    return table
