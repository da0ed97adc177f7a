"""DeepFashion's Anno_fine: 20,000 images with 26 attributes and a split of its own.

For each split the files SPLIT.txt, SPLIT_attr.txt, SPLIT_cate.txt and SPLIT_bbox.txt have no header
and belong together row by row; Eval/ has nothing to do with them.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tqdm import tqdm

from fashion_hls import taxonomy
from fashion_hls.data.deepfashion1_files import (
    WHERE,
    ListedImages,
    category_of,
    listed_box,
    listed_set,
    read_names,
)
from fashion_hls.data.quality import Quality
from fashion_hls.data.records import SPLITS, BenchmarkSet
from fashion_hls.errors import UserError

FOLDER = "Anno_fine"


def _lines(path: Path) -> list[str]:
    try:
        text = path.read_text(encoding="utf-8-sig", errors="replace")
    except FileNotFoundError as error:
        raise UserError(f"{path}: not found. {WHERE}") from error
    return [line.strip() for line in text.splitlines() if line.strip()]


def _aligned(notes: Path, split: str) -> Iterator[tuple[str, str, list[str], list[str]]]:
    """(image, category, attribute values, box values) of each row of a split."""
    names = _lines(notes / f"{split}.txt")
    columns = {part: _lines(notes / f"{split}_{part}.txt") for part in ("cate", "attr", "bbox")}
    for part, rows in columns.items():
        if len(rows) != len(names):
            raise UserError(
                f"{notes}/{split}_{part}.txt: has {len(rows)} rows and {split}.txt has "
                f"{len(names)}, so that labels would shift; take the files from the dataset's own "
                "release"
            )
    for name, category, values, box in zip(names, *columns.values(), strict=True):
        yield name, category, values.split(), box.split()


def _positives(values: list[str], count: int) -> list[int] | None:
    """Ids of the attributes whose value is 1, or None for a row that is not of the format."""
    if len(values) != count or not {"0", "1"}.issuperset(values):
        return None
    return [place for place, value in enumerate(values) if value == "1"]


def read_deepfashion1_fine(root: Path) -> BenchmarkSet:
    """Read the fine annotations with their own split, as read_deepfashion1() reads the coarse.

    Args:
        root: holds Anno_fine/ and Img/img.zip or Img/img/.

    Raises:
        UserError: a file is missing, or the files of a split differ in their rows.
    """
    notes, quality = root / FOLDER, Quality()
    vocabulary = read_names(notes, taxonomy.DEEPFASHION1_FINE_ATTRIBUTE_TYPES)
    images = ListedImages(root, quality)
    rows: list[tuple[object, ...]] = []
    seen: set[str] = set()
    for split in SPLITS:
        listed = list(_aligned(notes, split))
        for name, label, values, corners in tqdm(listed, desc=f"read {split}", unit="image"):
            if name in seen:
                quality.add("row.repeated", f"{split}.txt: {name}")
                continue
            seen.add(name)
            file = images.find(name)
            category = category_of(label, len(vocabulary.categories))
            if category is None:
                quality.add("label.unknown", f"{name}: {label:.20}")
                continue
            size = images.size(file) if file else None
            if file is None or size is None:
                continue
            positives = _positives(values, len(vocabulary.attributes))
            if positives is None:
                quality.add("attributes.missing", f"{split}_attr.txt: {name}")
            rows.append(
                (
                    *(len(rows), file, *size, split),
                    *(vocabulary.category_types[category], category, positives or []),
                    *listed_box(corners, size, name, quality),
                )
            )
    return listed_set(root, rows, vocabulary, images, quality, FOLDER)
