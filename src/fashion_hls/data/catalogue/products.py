"""The benchmark role: products with a category and attributes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pandas as pd
from tqdm import tqdm

from fashion_hls.data import duplicates
from fashion_hls.data.catalogue.tables import Photos, open_catalogue, read_taxonomy, table_rows
from fashion_hls.data.filetree import FileTree
from fashion_hls.data.quality import Quality
from fashion_hls.data.records import BENCHMARK_COLUMNS, GT_BOX, SPLITS, BenchmarkSet, Vocabulary
from fashion_hls.errors import UserError

PRODUCTS: Final = "products.csv"
#: Between the attributes of a product, and between an attribute's key and value.
BETWEEN, EQUALS = "|", "="
PLAIN_KEY: Final = "attribute"
NOTHING: Final = ("", "NA")


def _attribute_list(cell: str, where: str, quality: Quality) -> list[tuple[str, str]]:
    """(key, name) of each attribute of a cell such as ``colour=red|sleeve=long``."""
    found = []
    for part in (part.strip() for part in cell.split(BETWEEN)):
        key, equals, value = part.rpartition(EQUALS)
        if value.strip() in NOTHING:
            if part:
                quality.add("attribute.na", where)
            continue
        key = key.strip() if equals else PLAIN_KEY
        found.append((key, f"{key}{EQUALS}{value.strip()}" if equals else value.strip()))
    return found


def _products(tree: FileTree, types: Mapping[str, int], quality: Quality) -> pd.DataFrame:
    """The usable rows of products.csv with what each photo looks like."""
    photos, rows, seen = Photos(tree, quality), list[dict[str, Any]](), set[str]()
    table = list(table_rows(tree, PRODUCTS, ("image", "category"), quality))
    for where, row in tqdm(table, desc="read catalogue products", unit="row"):
        if row["category"] not in types:
            quality.add("label.unknown", f"{where}: {row['category']!r:.60}")
            continue
        found = photos.find(row["image"], where)
        if found is None:
            continue
        file, size = found
        if file in seen:
            quality.add("row.repeated", f"{where}: {file}")
            continue
        seen.add(file)
        rows.append(
            {
                "file": file,
                "width": size[0],
                "height": size[1],
                "name": row["category"],
                "labels": _attribute_list(row.get("attributes", ""), where, quality),
                "group": row.get("group", ""),
                **duplicates.looks(tree.read(file)),
            }
        )
    photos.count_unlisted()
    return pd.DataFrame(rows)


def _frequent(counts: Counter[str], least: int, quality: Quality, what: str) -> set[str]:
    """The names with enough images; the others counted."""
    for name, count in sorted(counts.items()):
        if count < least:
            quality.add(f"{what}.rare", f"{name}: {count} images")
    return {name for name, count in counts.items() if count >= least}


def _vocabulary(
    table: pd.DataFrame, types: Mapping[str, int], least: int, quality: Quality
) -> Vocabulary:
    """The categories in the taxonomy's order, and the attributes with enough images."""
    present = set(table["name"])
    categories = [name for name in types if name in present]
    keys = {name: key for labels in table["labels"] for key, name in labels}
    counts = Counter(name for labels in table["labels"] for _, name in dict.fromkeys(labels))
    attributes = sorted(_frequent(counts, least, quality, "attribute"))
    return Vocabulary(
        categories=categories,
        category_types=[types[name] for name in categories],
        attributes=attributes,
        attribute_groups=[keys[name] for name in attributes],
    )


def read_catalogue_products(
    root: Path,
    *,
    splits: Sequence[float],
    least: int,
    near_bits: int,
    near_levels: float,
    seed: int,
) -> BenchmarkSet:
    """The products with their categories and attributes.

    Photos of one ``group`` (one product), equal files and near duplicates stay in one split.

    Args:
        root: the catalogue's folder.
        splits: shares of train, val and test, kept within each category.
        least: categories and attributes with fewer images are dropped.
        near_bits: see read_fpi.
        near_levels: see read_fpi.
        seed: of the split.

    Raises:
        UserError: a table is missing or not of its format, or no product is usable.
    """
    tree, quality = open_catalogue(root), Quality()
    types = read_taxonomy(tree, quality)
    table = _products(tree, types, quality)
    if table.empty:
        raise UserError(f"{root / PRODUCTS}: no row is usable; docs/data.md shows the table")
    kept = _frequent(Counter(table["name"]), least, quality, "category")
    table = table[table["name"].isin(kept)].reset_index(drop=True)
    if table.empty:
        raise UserError(f"{root}: no category has {least} images; add photos, or lower least")
    vocabulary = _vocabulary(table, types, least, quality)
    if not vocabulary.attributes:
        raise UserError(
            f"{root / PRODUCTS}: no attribute has {least} images, and there is nothing for the "
            "attribute network to learn; fill the column attributes, or lower least"
        )
    place = {name: number for number, name in enumerate(vocabulary.attributes)}
    table["attributes"] = [
        sorted({place[name] for _, name in labels if name in place}) for labels in table["labels"]
    ]
    table["category"] = table["name"].map(vocabulary.categories.index)
    table["object_type"] = table["name"].map(types)
    alike = duplicates.alike(table, max_bits=near_bits, max_levels=near_levels)
    group = duplicates.merged(alike, list(table["group"]))
    part = duplicates.split_groups(group, table["category"].to_numpy(), splits, seed=seed)
    table["split"] = [SPLITS[i] for i in part]
    table["image_id"] = range(len(table))
    table[GT_BOX] = float("nan")
    return BenchmarkSet(
        images=table[BENCHMARK_COLUMNS], vocabulary=vocabulary, quality=quality, read=tree.read
    )
