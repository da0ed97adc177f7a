"""What both tables of a catalogue need: its taxonomy, its photos, and CSV rows with their lines."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from fashion_hls.data.common import image_size
from fashion_hls.data.filetree import FileTree
from fashion_hls.data.quality import Quality
from fashion_hls.errors import UserError
from fashion_hls.taxonomy import OBJECT_TYPES

FOLDER: Final = "catalogue"
TAXONOMY: Final = "taxonomy.csv"
PHOTOS: Final = "images"


def table_rows(
    tree: FileTree, name: str, needed: tuple[str, ...], quality: Quality
) -> Iterator[tuple[str, dict[str, str]]]:
    """(place, values by column) of a CSV table's rows; ragged rows are counted.

    Raises:
        UserError: no such file, no UTF-8 text, or a column is missing.
    """
    try:
        text = tree.read(name).decode("utf-8-sig")
    except FileNotFoundError as error:
        raise UserError(
            f"{tree.place / name}: not found; docs/data.md shows what a catalogue holds"
        ) from error
    except UnicodeDecodeError as error:
        raise UserError(f"{tree.place / name}: is not UTF-8 text ({error}); save it so") from error
    lines = csv.reader(io.StringIO(text))
    try:
        header = [column.strip() for column in next(lines, [])]
        lacking = [column for column in needed if column not in header]
        if lacking:
            raise UserError(
                f"{tree.place / name}: line 1: column {lacking[0]} missing; "
                f"the first line must name {', '.join(needed)}"
            )
        for values in lines:
            where = f"{name} line {lines.line_num}"
            if not values:
                continue
            if len(values) != len(header):
                quality.add("row.ragged", where)
                continue
            yield where, {k: v.strip() for k, v in zip(header, values, strict=True)}
    except csv.Error as error:
        raise UserError(f"{tree.place / name}: line {lines.line_num}: {error}") from error


def open_catalogue(root: Path) -> FileTree:
    """The catalogue's files.

    Raises:
        UserError: no such folder.
    """
    if not root.is_dir():
        raise UserError(
            f"{root}: not found; set FASHION_HLS_DATA to the folder above it (docs/data.md)"
        )
    return FileTree(root)


def read_taxonomy(tree: FileTree, quality: Quality) -> dict[str, int]:
    """Object type by category, in the table's order.

    Raises:
        UserError: a line names no known object type, or a category for the second time.
    """
    types: dict[str, int] = {}
    for where, row in table_rows(tree, TAXONOMY, ("category", "object_type"), quality):
        category, kind = row["category"], row["object_type"]
        if kind not in OBJECT_TYPES or not category:
            raise UserError(
                f"{tree.place}/{where}: object_type {kind!r} of category {category!r}: "
                f"needs one of {', '.join(OBJECT_TYPES)}"
            )
        if category in types:
            raise UserError(f"{tree.place}/{where}: category {category!r} stands there twice")
        types[category] = OBJECT_TYPES.index(kind)
    if not types:
        raise UserError(f"{tree.place / TAXONOMY}: names no category")
    return types


class Photos:
    """Finds photos by the names that the tables use, and their sizes; each is read once."""

    def __init__(self, tree: FileTree, quality: Quality) -> None:
        self._tree, self._quality = tree, quality
        self._names = {name.removeprefix(f"{PHOTOS}/") for name in tree.names(PHOTOS)}
        self._lower = {name.lower(): name for name in sorted(self._names, reverse=True)}
        self._sizes: dict[str, tuple[int, int] | None] = {}

    def find(self, name: str, where: str) -> tuple[str, tuple[int, int]] | None:
        """The photo's file and upright size; None, counted, where it cannot be used."""
        stored = name if name in self._names else self._lower.get(name.lower())
        if stored is None:
            self._quality.add("image.missing", f"{where}: {name}")
            return None
        file = f"{PHOTOS}/{stored}"
        if file not in self._sizes:
            if stored != name:
                self._quality.add("image.case_differs", f"{where}: {name}")
            self._sizes[file] = image_size(self._tree.read(file), file, self._quality)
        size = self._sizes[file]
        return None if size is None else (file, size)

    def count_unlisted(self) -> None:
        """Count the photos that find() was never asked for."""
        for name in sorted(self._names):
            if f"{PHOTOS}/{name}" not in self._sizes:
                self._quality.add("image.without_row", name)
