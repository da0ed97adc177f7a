"""DeepFashion's attribute list as a sparse matrix: 289,222 rows of 1,000 values are 289 million.

Rows are taken in blocks, and the values of a block are told apart as bytes, all at once: a value
is one digit with a space behind it, so each byte and the one that follows decide what it is. A
row that is not sound in this view, as its name has a space in it, is looked at by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from fashion_hls.data.deepfashion1_files import name_and_values
from fashion_hls.data.quality import Quality

_VALUES: Final = frozenset(("1", "-1", "0"))
_ROWS_AT_ONCE: Final = 256

Ids = NDArray[np.intp]


@dataclass(frozen=True, kw_only=True)
class AttributeList:
    """``rows``: the matrix's row by image name. ``positives``: bool [images, attributes]."""

    rows: dict[str, int]
    positives: csr_array

    def __contains__(self, name: str) -> bool:
        return name in self.rows

    def of(self, name: str) -> list[int]:
        """0-based ids of the image's attributes, ascending; none for an unknown image."""
        row = self.rows.get(name)
        if row is None:
            return []
        begin, end = self.positives.indptr[row : row + 2]
        ids: list[int] = self.positives.indices[begin:end].tolist()
        return ids


def _ones(values: list[bytes], columns: int) -> tuple[NDArray[np.bool_], Ids, Ids]:
    """Which rows are ``columns`` values out of 1, -1 and 0; the row and column of each 1."""
    text = np.frombuffer(b" ".join(values) + b" ", np.uint8)
    bounds = np.cumsum([0, *(len(value) + 1 for value in values)])
    one, minus = text == ord("1"), text == ord("-")
    digit = one | (text == ord("0"))
    # What bytes.split takes for space: the blank, and the five from tab to carriage return.
    space = (text == ord(" ")) | (text - np.uint8(ord("\t")) < 5)
    known = space.copy()
    known[:-1] |= digit[:-1] & space[1:]
    known[:-1] |= minus[:-1] & one[1:]
    digits = np.flatnonzero(digit)
    first = np.searchsorted(digits, bounds)
    sound = np.diff(first) == columns
    sound[np.searchsorted(bounds, np.flatnonzero(~known), side="right") - 1] = False
    one[1:] &= ~minus[:-1]
    found = np.flatnonzero(one)
    row = np.searchsorted(bounds, found, side="right") - 1
    return sound, row, np.searchsorted(digits, found) - first[row]


def _by_itself(row: str, columns: int) -> tuple[str, Ids] | None:
    """A row's name and the places of its 1s; None for a ragged row or another value."""
    found = name_and_values(row, columns)
    if found is None or not _VALUES.issuperset(found[1]):
        return None
    name, values = found
    return name, np.flatnonzero(np.array(values) == "1")


def _rows_of(block: list[bytes], columns: int) -> Iterator[tuple[str, Ids] | None]:
    """As _by_itself(), of each of these rows."""
    parts = [row.split(None, 1) for row in block]
    sound, row, column = _ones([b"".join(part[1:]) for part in parts], columns)
    bounds = np.searchsorted(row, np.arange(len(block) + 1)).tolist()
    for place, fine in enumerate(sound.tolist()):
        name = parts[place][0].decode("utf-8", "replace")
        # Unicode has more spaces than bytes.split knows.
        if fine and name.split() == [name]:
            yield name, column[bounds[place] : bounds[place + 1]]
        else:
            yield _by_itself(block[place].decode("utf-8", "replace"), columns)


def read_attributes(
    rows: Iterable[bytes],
    columns: int,
    label: str,
    quality: Quality,
    *,
    at_once: int = _ROWS_AT_ONCE,
) -> AttributeList:
    """The attributes whose value is 1 (-1 is absent, 0 unknown) of each image.

    Ragged rows, rows with another value and repeated names are left out and counted.

    Args:
        rows: a name and its values; no space before or behind.
        columns: how many values a row has.
        label: the file's name, for the counted problems.
        quality: counts them.
        at_once: how many rows a block has.
    """
    index: dict[str, int] = {}
    ids: list[Ids] = [np.zeros(0, np.intp)]
    source = iter(rows)
    while block := list(islice(source, at_once)):
        for row, found in zip(block, _rows_of(block, columns), strict=True):
            if found is None:
                quality.add("row.ragged", f"{label}: {row.decode('utf-8', 'replace'):.60}")
            elif found[0] in index:
                quality.add("row.repeated", f"{label}: {found[0]}")
            else:
                index[found[0]] = len(index)
                ids.append(found[1])
    # The first is nobody's, and gives the 0 with which the bounds begin.
    bounds = np.cumsum([len(each) for each in ids])
    indices = np.concatenate(ids).astype(np.int32)
    matrix = csr_array(
        (np.ones(len(indices), dtype=bool), indices, bounds), shape=(len(index), columns)
    )
    return AttributeList(rows=index, positives=matrix)
