"""What DeepFashion's coarse and fine annotations share: list files, images, boxes."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import pandas as pd

from fashion_hls import taxonomy
from fashion_hls.data.common import UNREADABLE, header_size, valid_box
from fashion_hls.data.filetree import FileTree
from fashion_hls.data.jpeg_header import plain_size
from fashion_hls.data.quality import Quality
from fashion_hls.data.records import BENCHMARK_COLUMNS, BenchmarkSet, Vocabulary
from fashion_hls.errors import UserError

WHERE: Final = (
    "Anno_coarse/ (or Anno/), Eval/ and Img/ of DeepFashion's benchmark belong there; for "
    "dataset.benchmark.annotations=fine, Anno_fine/ and Img/"
)
NO_BOX: Final = (math.nan,) * 4
#: Boxes refer to images whose longer side has at most this many pixels.
LONG_SIDE: Final = 300


def list_rows(path: Path) -> Iterator[bytes]:
    """The list file's rows, one at a time: the attribute list is 600 MB.

    Raises:
        UserError: no such file, no count on line 1, or a count that is not the rows'.
    """
    if not path.is_file():
        raise UserError(f"{path}: not found. {WHERE}")
    with path.open("rb") as file:
        first = file.readline().removeprefix(b"\xef\xbb\xbf").strip()
        if not first.isdigit():
            raise UserError(f"{path}: line 1 is not a row count; download the file again")
        file.readline()
        found = 0
        for line in file:
            row = line.strip()
            if row:
                found += 1
                yield row
    if found != int(first):
        raise UserError(
            f"{path}: line 1 promises {int(first)} rows and there are {found}, so that ids and "
            "rows would shift; take the file from the dataset's own release"
        )


def name_and_values(row: str, columns: int) -> tuple[str, list[str]] | None:
    """The image's name, which may contain spaces, and the values; None for a ragged row."""
    # A row of spaces that only Unicode knows has no name either.
    name, *values = row.rsplit(maxsplit=columns) or [""]
    spaced = len(name.split()) > 1 and not name.lower().endswith(".jpg")
    return None if len(values) != columns or spaced else (name, values)


def _names_and_types(path: Path, known: Mapping[int, object]) -> tuple[list[str], list[int]]:
    """Names, which may contain spaces, and the number in the last column.

    Raises:
        UserError: as list_rows(), or a row without a name or with an unknown number.
    """
    names, types = [], []
    for row in list_rows(path):
        text = row.decode("utf-8", "replace")
        *name, number = text.rsplit(maxsplit=1)
        kind = int(number) if number.isdecimal() else -1
        if not name or kind not in known:
            raise UserError(
                f"{path}: row {text[:80]!r}: needs a name and a type out of {sorted(known)}; "
                "take the file from the dataset's own release"
            )
        names.append(name[0])
        types.append(kind)
    return names, types


def read_names(notes: Path, groups: Mapping[int, str]) -> Vocabulary:
    """The categories and attributes of a folder of lists.

    Raises:
        UserError: a list is missing or not of its format.
    """
    types = taxonomy.DEEPFASHION1_TYPES
    categories, category_types = _names_and_types(notes / "list_category_cloth.txt", types)
    attributes, attribute_types = _names_and_types(notes / "list_attr_cloth.txt", groups)
    return Vocabulary(
        categories=categories,
        category_types=[types[kind] for kind in category_types],
        attributes=attributes,
        attribute_groups=[groups[kind] for kind in attribute_types],
    )


class ListedImages:
    """Finds the images that the lists name, also where the capitals of a folder differ."""

    def __init__(self, root: Path, quality: Quality) -> None:
        archive = root / "Img" / "img.zip"
        self._tree = FileTree(archive if archive.is_file() else root / "Img")
        self._quality = quality
        self._names = set(self._tree.names())
        self._lower = {name.lower(): name for name in sorted(self._names, reverse=True)}
        self._found: set[str] = set()
        self.read: Callable[[str], bytes] = self._tree.read

    def find(self, name: str) -> str | None:
        """The file's name as it is stored, or None, counted, where there is none."""
        stored = name if name in self._names else self._lower.get(name.lower())
        if stored != name:
            self._quality.add("image.missing" if stored is None else "image.case_differs", name)
        if stored is not None:
            self._found.add(stored)
        return stored

    def count_unlisted(self) -> None:
        """Count the images that find() was never asked for."""
        for name in sorted(self._names - self._found):
            self._quality.add("image.without_row", name)

    def size(self, name: str) -> tuple[int, int] | None:
        """Width and height in pixels, or None, counted, where the image is broken."""
        try:
            size = plain_size(self._tree, name)
            return size or header_size(self.read(name), name, self._quality)
        except UNREADABLE:
            self._quality.add("image.unreadable", name)
            return None


def listed_box(
    values: Sequence[str] | None, size: tuple[int, int], name: str, quality: Quality
) -> tuple[float, float, float, float]:
    """The image's box (xyxy pixels); not-a-number, counted, where it has none that is usable.

    In the high-resolution release the lists are the same, so a box is scaled to a larger image
    and counted ``box.rescaled``.
    """
    if values is None:
        quality.add("box.missing", name)
        return NO_BOX
    scale = max(1.0, max(size) / LONG_SIDE)
    try:
        # The numbers are padded with zeros, which float takes as it should: "072" is 72.
        corners = [scale * float(value) for value in values]
    except ValueError:
        corners = []
    box = valid_box(corners, *size, name, quality)
    if box and scale > 1:
        quality.add("box.rescaled", name)
    return box or NO_BOX


def category_of(value: str, count: int) -> int | None:
    """The 0-based category of a 1-based label, or None for one that is no category."""
    label = int(value) if value.isdecimal() else 0
    return label - 1 if 1 <= label <= count else None


def listed_set(
    root: Path,
    rows: Sequence[tuple[object, ...]],
    vocabulary: Vocabulary,
    images: ListedImages,
    quality: Quality,
    annotations: str,
) -> BenchmarkSet:
    """The benchmark of these rows (BENCHMARK_COLUMNS); unlisted images are counted.

    Raises:
        UserError: there is no row.
    """
    images.count_unlisted()
    if not rows:
        raise UserError(f"{root}: none of the listed images is usable. {WHERE}")
    return BenchmarkSet(
        images=pd.DataFrame(rows, columns=BENCHMARK_COLUMNS),
        vocabulary=vocabulary,
        quality=quality,
        read=images.read,
        notes={"annotations": annotations},
    )
