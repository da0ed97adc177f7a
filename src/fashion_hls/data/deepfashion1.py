"""DeepFashion, Category and Attribute Prediction Benchmark (Liu et al., CVPR 2016).

Every list file has its row count on line 1 and a header on line 2. The lists are joined by image
name: nothing promises that their rows are in the same order.
"""

from __future__ import annotations

from pathlib import Path

from tqdm import tqdm

from fashion_hls import taxonomy
from fashion_hls.data.attribute_list import AttributeList, read_attributes
from fashion_hls.data.deepfashion1_files import (
    WHERE,
    ListedImages,
    category_of,
    list_rows,
    listed_box,
    listed_set,
    name_and_values,
    read_names,
)
from fashion_hls.data.quality import Quality
from fashion_hls.data.records import SPLITS, BenchmarkSet
from fashion_hls.errors import UserError


def _by_image(path: Path, columns: int, quality: Quality) -> dict[str, list[str]]:
    """The values of each row by image name; ragged rows and repeated names are counted."""
    table: dict[str, list[str]] = {}
    for row in list_rows(path):
        text = row.decode("utf-8", "replace")
        found = name_and_values(text, columns)
        if found is None:
            quality.add("row.ragged", f"{path.name}: {text:.60}")
        elif found[0] in table:
            quality.add("row.repeated", f"{path.name}: {found[0]}")
        else:
            table[found[0]] = found[1]
    return table


def read_attribute_list(path: Path, columns: int, quality: Quality) -> AttributeList:
    """The attributes of each image in ``list_attr_img.txt``, which has ``columns`` values a row.

    Raises:
        UserError: no such file, no count on line 1, or a count that is not the rows'.
    """
    return read_attributes(list_rows(path), columns, path.name, quality)


def _notes_folder(root: Path) -> Path:
    for name in ("Anno_coarse", "Anno"):
        if (root / name / "list_category_cloth.txt").is_file():
            return root / name
    raise UserError(f"{root}: has no Anno_coarse/ or Anno/ with list_category_cloth.txt. {WHERE}")


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
    vocabulary = read_names(notes, taxonomy.DEEPFASHION1_ATTRIBUTE_TYPES)
    labels = _by_image(notes / "list_category_img.txt", 1, quality)
    partition = _by_image(root / "Eval" / "list_eval_partition.txt", 1, quality)
    corners = _by_image(notes / "list_bbox.txt", 4, quality)
    attributes = read_attribute_list(
        notes / "list_attr_img.txt", len(vocabulary.attributes), quality
    )
    images = ListedImages(root, quality)
    rows: list[tuple[object, ...]] = []
    for name in sorted(partition.keys() - labels.keys()):
        quality.add("label.missing", name)
    for name, label in tqdm(labels.items(), desc="read DeepFashion", unit="image"):
        file = images.find(name)
        category = category_of(label[0], len(vocabulary.categories))
        if category is None:
            quality.add("label.unknown", f"{name}: {label[0]}")
            continue
        (split,) = partition.get(name, [""])
        if split not in SPLITS:
            quality.add("split.unknown", f"{name}: {split}")
            continue
        size = images.size(file) if file else None
        if file is None or size is None:
            continue
        if name not in attributes:
            quality.add("attributes.missing", name)
        rows.append(
            (
                *(len(rows), file, *size, split),
                *(vocabulary.category_types[category], category, attributes.of(name)),
                *listed_box(corners.get(name), size, name, quality),
            )
        )
    return listed_set(root, rows, vocabulary, images, quality, notes.name)
