"""DeepFashion, Category and Attribute Prediction Benchmark (Liu et al., CVPR 2016).

Every list file has its row count on line 1 and a header on line 2. The lists are joined by image
name: nothing promises that their rows are in the same order.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

import pandas as pd
from tqdm import tqdm

from fashion_hls import taxonomy
from fashion_hls.data.attribute_list import AttributeList, read_attributes
from fashion_hls.data.common import valid_box
from fashion_hls.data.deepfashion2 import UNREADABLE, upright_size
from fashion_hls.data.filetree import FileTree
from fashion_hls.data.jpeg_header import plain_size
from fashion_hls.data.quality import Quality
from fashion_hls.data.records import BENCHMARK_COLUMNS, SPLITS, BenchmarkSet, Vocabulary
from fashion_hls.errors import UserError

WHERE = "Anno_coarse/ (or Anno/), Eval/ and Img/ of DeepFashion's benchmark belong there"
NO_BOX: Final = (math.nan,) * 4


def _rows(path: Path) -> Iterator[bytes]:
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


def _names_and_types(path: Path, known: Mapping[int, object]) -> tuple[list[str], list[int]]:
    """Names, which may contain spaces, and the number in the last column."""
    names, types = [], []
    for row in _rows(path):
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


def _by_image(path: Path, columns: int, quality: Quality) -> dict[str, list[str]]:
    """The values of each row by image name; ragged rows and repeated names are counted."""
    table: dict[str, list[str]] = {}
    for row in _rows(path):
        name, *values = row.decode("utf-8", "replace").split()
        if len(values) != columns:
            quality.add("row.ragged", f"{path.name}: {name}")
        elif name in table:
            quality.add("row.repeated", f"{path.name}: {name}")
        else:
            table[name] = values
    return table


def read_attribute_list(path: Path, columns: int, quality: Quality) -> AttributeList:
    """The attributes of each image in ``list_attr_img.txt``, which has ``columns`` values a row.

    Raises:
        UserError: no such file, no count on line 1, or a count that is not the rows'.
    """
    return read_attributes(_rows(path), columns, path.name, quality)


class _Images:
    """Finds the images that the lists name, also where the capitals of a folder differ."""

    def __init__(self, root: Path, quality: Quality) -> None:
        archive = root / "Img" / "img.zip"
        self._tree = FileTree(archive if archive.is_file() else root / "Img")
        self._quality = quality
        self._names = set(self._tree.names())
        self._lower = {name.lower(): name for name in sorted(self._names, reverse=True)}
        self.read: Callable[[str], bytes] = self._tree.read

    def find(self, name: str) -> str | None:
        """The file's name as it is stored, or None, counted, where there is none."""
        if name in self._names:
            return name
        stored = self._lower.get(name.lower())
        self._quality.add("image.missing" if stored is None else "image.case_differs", name)
        return stored

    def size(self, name: str) -> tuple[int, int] | None:
        """Width and height in pixels, or None, counted, where the image is broken."""
        try:
            return plain_size(self._tree, name) or upright_size(self.read(name))
        except UNREADABLE:
            self._quality.add("image.unreadable", name)
            return None


def _box(
    values: list[str] | None, size: tuple[int, int], name: str, quality: Quality
) -> tuple[float, float, float, float]:
    """The image's box (xyxy pixels); not-a-number, counted, where it has none that is usable."""
    if values is None:
        quality.add("box.missing", name)
        return NO_BOX
    try:
        # The numbers are padded with zeros, which float takes as it should: "072" is 72.
        corners = [float(value) for value in values]
    except ValueError:
        corners = []
    return valid_box(corners, *size, name, quality) or NO_BOX


def _category(values: list[str], count: int) -> int | None:
    """The 0-based category of a 1-based label, or None for one that is no category."""
    label = int(values[0]) if values[0].isdecimal() else 0
    return label - 1 if 1 <= label <= count else None


def _notes_folder(root: Path) -> Path:
    for name in ("Anno_coarse", "Anno"):
        if (root / name / "list_category_cloth.txt").is_file():
            return root / name
    raise UserError(f"{root}: has no Anno_coarse/ or Anno/ with list_category_cloth.txt. {WHERE}")


def _vocabulary(notes: Path) -> Vocabulary:
    types, groups = taxonomy.DEEPFASHION1_TYPES, taxonomy.DEEPFASHION1_ATTRIBUTE_TYPES
    categories, category_types = _names_and_types(notes / "list_category_cloth.txt", types)
    attributes, attribute_types = _names_and_types(notes / "list_attr_cloth.txt", groups)
    return Vocabulary(
        categories=categories,
        category_types=[types[kind] for kind in category_types],
        attributes=attributes,
        attribute_groups=[groups[kind] for kind in attribute_types],
    )


def read_deepfashion1(root: Path) -> BenchmarkSet:
    """Read the benchmark with its own partition; ``file`` is the image's name as it is stored.

    An image without a category, a split or a file is dropped and counted; one without a box or
    attributes is kept and counted.

    Args:
        root: holds Anno_coarse/ or Anno/, Eval/list_eval_partition.txt, and Img/img.zip or
            Img/img/.

    Raises:
        UserError: a file is missing, or its rows are not as many as its first line says.
    """
    notes, quality = _notes_folder(root), Quality()
    vocabulary = _vocabulary(notes)
    labels = _by_image(notes / "list_category_img.txt", 1, quality)
    partition = _by_image(root / "Eval" / "list_eval_partition.txt", 1, quality)
    corners = _by_image(notes / "list_bbox.txt", 4, quality)
    attributes = read_attribute_list(
        notes / "list_attr_img.txt", len(vocabulary.attributes), quality
    )
    images = _Images(root, quality)
    rows: list[tuple[object, ...]] = []
    for name, label in tqdm(labels.items(), desc="read DeepFashion", unit="image"):
        category = _category(label, len(vocabulary.categories))
        if category is None:
            quality.add("label.unknown", f"{name}: {label[0]}")
            continue
        (split,) = partition.get(name, [""])
        if split not in SPLITS:
            quality.add("split.unknown", f"{name}: {split}")
            continue
        file = images.find(name)
        size = images.size(file) if file else None
        if file is None or size is None:
            continue
        if name not in attributes:
            quality.add("attributes.missing", name)
        rows.append(
            (
                *(len(rows), file, *size, split),
                *(vocabulary.category_types[category], category, attributes.of(name)),
                *_box(corners.get(name), size, name, quality),
            )
        )
    if not rows:
        raise UserError(f"{root}: none of the listed images is usable. {WHERE}")
    return BenchmarkSet(
        images=pd.DataFrame(rows, columns=BENCHMARK_COLUMNS),
        vocabulary=vocabulary,
        quality=quality,
        read=images.read,
        notes={"annotations": notes.name},
    )
