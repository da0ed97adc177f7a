"""Fashion Product Images: shop photos with a category and four attribute keys.

One item of each photo is labelled, though models wear others too. The column ``gender`` is the
product's department (Men, Women, Boys, Girls, Unisex); it says nothing of a person.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from tqdm import tqdm

from fashion_hls import taxonomy
from fashion_hls.data import duplicates
from fashion_hls.data.common import image_size
from fashion_hls.data.filetree import FileTree
from fashion_hls.data.quality import Quality
from fashion_hls.data.records import BENCHMARK_COLUMNS, GT_BOX, SPLITS, BenchmarkSet, Vocabulary
from fashion_hls.errors import UserError

FOLDER = "fashion-product-images"
#: Column of styles.csv -> what the attribute is called here.
KEYS = {"baseColour": "colour", "season": "season", "usage": "usage", "gender": "department"}
NEEDED = ["id", "gender", "subCategory", "articleType", "baseColour", "season", "usage"]
WHERE = (
    "Fashion Product Images (MIT): styles.csv and images/ of the Kaggle dataset "
    "paramaggarwal/fashion-product-images-small belong there"
)


def _rows(tree: FileTree, quality: Quality) -> list[dict[str, str]]:
    try:
        text = tree.read("styles.csv").decode("utf-8-sig")
    except FileNotFoundError as error:
        raise UserError(f"{tree.place}/styles.csv: not found. {WHERE}") from error
    except UnicodeDecodeError as error:
        raise UserError(f"{tree.place}/styles.csv: is not UTF-8 text ({error}). {WHERE}") from error
    lines = csv.reader(io.StringIO(text))
    rows = []
    try:
        header = next(lines, [])
        lacking = [name for name in NEEDED if name not in header]
        if lacking:
            raise UserError(
                f"{tree.place}/styles.csv: line 1: column {lacking[0]} missing. {WHERE}"
            )
        for values in filter(None, lines):
            where = f"styles.csv line {lines.line_num}"
            # Commas in the free-text name at a row's end split it; the columns before stay right.
            if len(values) < len(header):
                quality.add("row.ragged", where)
                continue
            if len(values) > len(header):
                quality.add("row.extra_columns", where)
            rows.append({k: v.strip() for k, v in zip(header, values, strict=False)})
    except csv.Error as error:
        raise UserError(
            f"{tree.place}/styles.csv: line {lines.line_num}: {error} (a quote that is not closed?)"
        ) from error
    return rows


def _garments(tree: FileTree, quality: Quality) -> pd.DataFrame:
    """The rows that are garments or footwear and have a readable image, one per id."""
    present = {Path(name).stem: name for name in tree.names("images", ".jpg")}
    kept: dict[str, dict[str, object]] = {}
    rows = _rows(tree, quality)
    for name in sorted(set(present) - {row["id"] for row in rows}):
        quality.add("image.without_row", present[name])
    for row in tqdm(rows, desc="read Fashion Product Images", unit="row"):
        name = row["id"]
        if name not in present:
            quality.add("row.without_image", name)
        elif name in kept:
            quality.add("row.duplicate_id", name)
        elif not name.isdecimal():
            quality.add("row.bad_id", name)
        elif row["articleType"] in ("NA", ""):
            quality.add("row.no_category", name)
        elif row["subCategory"] not in taxonomy.FPI:
            quality.add("row.no_garment", f"{name}: {row['subCategory']}")
        else:
            data = tree.read(present[name])
            size = image_size(data, present[name], quality)
            if size is not None:
                kept[name] = {
                    **row,
                    "file": present[name],
                    "width": size[0],
                    "height": size[1],
                    **duplicates.looks(data),
                }
    return pd.DataFrame(list(kept.values()))


def _drop_rare_categories(table: pd.DataFrame, least: int, quality: Quality) -> pd.DataFrame:
    counts = table["articleType"].value_counts()
    for name, count in counts[counts < least].sort_index().items():
        quality.add("category.rare", str(name))
        quality.add("image.rare_category", f"{name}: {count} images", int(count))
    return table[table["articleType"].map(counts) >= least].reset_index(drop=True)


def _attributes(
    table: pd.DataFrame, least: int, quality: Quality
) -> tuple[list[str], list[str], list[list[int]]]:
    """Names, keys and each image's positives; NA and rare values dropped and counted."""
    names: list[str] = []
    keys: list[str] = []
    for column, key in KEYS.items():
        counts = Counter(table[column])
        for value, count in sorted(counts.items()):
            if value in ("NA", ""):
                quality.add("attribute.na", key, count)
            elif count < least:
                quality.add("attribute.rare", f"{key}={value}")
                quality.add("label.rare_attribute", f"{key}={value}: {count} images", count)
            else:
                names.append(f"{key}={value}")
                keys.append(key)
    index = {name: i for i, name in enumerate(names)}
    positives = [
        sorted(
            index[label]
            for column, key in KEYS.items()
            if (label := f"{key}={row[column]}") in index
        )
        for row in table.to_dict("records")
    ]
    return names, keys, positives


def read_fpi(
    root: Path,
    *,
    splits: Sequence[float],
    least: int,
    near_bits: int,
    near_levels: float,
    seed: int,
) -> BenchmarkSet:
    """Garments and footwear with a category and attributes.

    Args:
        root: the dataset's folder.
        splits: shares of train, val and test, kept within each category.
        least: categories and attribute values with fewer images are dropped.
        near_bits: images whose 64-bit pHashes differ in at most this many bits,
        near_levels: and whose 16 x 16 thumbnails by at most this many levels of 255, are taken
            for one picture and kept on one side of the split.
        seed: of the split.

    Raises:
        UserError: the folder or the table is missing or unusable.
    """
    if not root.is_dir():
        raise UserError(f"{root}: not found; set FASHION_HLS_DATA to the folder above it. {WHERE}")
    tree, quality = FileTree(root), Quality()
    table = _garments(tree, quality)
    if table.empty:
        raise UserError(f"{root}/images: no image of a garment that styles.csv lists. {WHERE}")
    table = _drop_rare_categories(table, least, quality)
    if table.empty:
        raise UserError(f"{root}: no category has {least} images; lower benchmark.least")
    categories = sorted(table["articleType"].unique())
    table["category"] = table["articleType"].map(categories.index)
    table["object_type"] = table["subCategory"].map(taxonomy.FPI)
    names, keys, table["attributes"] = _attributes(table, least, quality)
    group = duplicates.alike(table, max_bits=near_bits, max_levels=near_levels)
    part = duplicates.split_groups(group, table["category"].to_numpy(), splits, seed=seed)
    table["split"] = [SPLITS[i] for i in part]
    table["image_id"] = table["id"].astype(int)
    table[GT_BOX] = float("nan")
    types = table.groupby("category")["object_type"].agg(lambda column: column.mode()[0])
    return BenchmarkSet(
        images=table[BENCHMARK_COLUMNS].sort_values("image_id").reset_index(drop=True),
        vocabulary=Vocabulary(
            categories=categories,
            category_types=types.tolist(),
            attributes=names,
            attribute_groups=keys,
        ),
        quality=quality,
        read=tree.read,
        notes={
            "duplicates": {
                "method": f"SHA-256 equal, or 64-bit pHash within {near_bits} bits and 16x16 "
                f"thumbnail within {near_levels:g} of 255 levels; groups stay whole",
                **_duplicate_notes(table, group),
            }
        },
    )


def _duplicate_notes(table: pd.DataFrame, group: NDArray[np.intp]) -> dict[str, object]:
    sizes = np.bincount(group)
    labels = table.groupby(group)["category"].nunique()
    return {
        "exact_duplicates": int(len(table) - table["exact"].nunique()),
        "groups_of_several": int((sizes > 1).sum()),
        "images_in_groups": int(sizes[sizes > 1].sum()),
        "largest_group": int(sizes.max()),
        "groups_with_several_categories": int((labels > 1).sum()),
    }
