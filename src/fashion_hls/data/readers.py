"""From a profile to its readers: the one place that knows which dataset fills which role."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from fashion_hls import places
from fashion_hls.config import Dataset, FlatLays
from fashion_hls.data import catalogue, ccp, fpi, inventory
from fashion_hls.data.deepfashion1 import read_deepfashion1
from fashion_hls.data.deepfashion1_fine import read_deepfashion1_fine
from fashion_hls.data.deepfashion2 import read_deepfashion2
from fashion_hls.data.flat_lays import add_flat_lays
from fashion_hls.data.records import BenchmarkSet, DetectionSet
from fashion_hls.data.sources import require
from fashion_hls.data.store import read_json
from fashion_hls.errors import UserError

#: Reader -> the dataset's folder, below data/raw (generated) or FASHION_HLS_DATA.
FOLDERS = {
    "deepfashion2": "DeepFashion2",
    "ccp": ccp.FOLDER,
    "deepfashion1": "DeepFashion",
    "fpi": fpi.FOLDER,
    "catalogue": catalogue.FOLDER,
}
PASSWORD_VARIABLE = "DEEPFASHION2_PASSWORD"


def root_of(dataset: Dataset, reader: str) -> Path:
    """Where a reader's dataset lies under this profile."""
    base = places.RAW if dataset.sample is not None else places.external_data()
    return base / FOLDERS[reader]


def take_inventory(dataset: Dataset) -> dict[str, Any]:
    """What lies in the folders of an external profile's datasets, by folder name.

    Raises:
        UserError: a dataset or one of its files is missing; it says what to get where.
    """
    readers = dict.fromkeys((dataset.detection.reader, dataset.benchmark.reader))
    if dataset.catalogue is not None:
        readers["catalogue"] = None
    for reader in readers:
        fine = reader == "deepfashion1" and dataset.benchmark.annotations == "fine"
        require(f"{reader}_fine" if fine else reader, root_of(dataset, reader))
    return {FOLDERS[reader]: inventory.take(root_of(dataset, reader)) for reader in readers}


def _checked_root(dataset: Dataset, reader: str) -> Path:
    root = root_of(dataset, reader)
    if dataset.sample is None and root.is_dir():
        path = places.RAW / "inventory.json"
        seen = read_json(path)
        try:
            inventory.check(root, seen[FOLDERS[reader]])
        except (KeyError, TypeError) as error:
            raise UserError(
                f"{path}: has no count for {FOLDERS[reader]}; run `dvc repro download`"
            ) from error
    return root


def read_detection(dataset: Dataset, *, seed: int) -> DetectionSet:
    """The photos and boxes of the profile's detection role."""
    options = dataset.detection
    drawn_on_products = options.reader == dataset.benchmark.reader == "catalogue"
    products = None
    if options.flat_lays is not None or drawn_on_products:
        products = read_benchmark(dataset, seed=seed)
    data = _read_annotated(dataset, products if drawn_on_products else None, seed=seed)
    return _with_flat_lays(data, products, options.flat_lays, seed=seed)


def _read_annotated(dataset: Dataset, products: BenchmarkSet | None, *, seed: int) -> DetectionSet:
    options = dataset.detection
    root = _checked_root(dataset, options.reader)
    if options.reader == "ccp":
        return ccp.read_ccp(root, splits=options.splits, seed=seed)
    if options.reader == "catalogue":
        return catalogue.read_catalogue_boxes(
            root, splits=options.splits, seed=seed, products=_split_of_products(products)
        )
    return read_deepfashion2(
        root,
        password=os.environ.get(PASSWORD_VARIABLE),
        val_share=options.val_share,
        seed=seed,
    )


def _with_flat_lays(
    data: DetectionSet, products: BenchmarkSet | None, options: FlatLays | None, *, seed: int
) -> DetectionSet:
    if options is None or products is None:
        return data
    return add_flat_lays(data, products, **options.model_dump(), seed=seed)


def read_benchmark(dataset: Dataset, *, seed: int) -> BenchmarkSet:
    """The photos, categories and attributes of the profile's benchmark role."""
    options = dataset.benchmark
    root = _checked_root(dataset, options.reader)
    readers = {"fpi": fpi.read_fpi, "catalogue": catalogue.read_catalogue_products}
    if options.reader in readers:
        return readers[options.reader](
            root,
            splits=options.splits,
            least=options.least,
            near_bits=options.near_bits,
            near_levels=options.near_levels,
            seed=seed,
        )
    if options.annotations == "fine":
        return read_deepfashion1_fine(root)
    return read_deepfashion1(root)


def read_catalogue(dataset: Dataset, *, seed: int) -> tuple[DetectionSet, BenchmarkSet]:
    """The boxes and the products of the catalogue that the profile has beside its benchmark.

    Raises:
        UserError: the profile has none, or the catalogue is not of its format.
    """
    options = dataset.catalogue
    if options is None:
        raise UserError(f"dataset: {dataset.name} has no catalogue beside its benchmark")
    root = _checked_root(dataset, "catalogue")
    products = catalogue.read_catalogue_products(
        root,
        **options.model_dump(exclude={"box_splits", "flat_lays", "upsample", "clusters"}),
        seed=seed,
    )
    boxes = catalogue.read_catalogue_boxes(
        root, splits=options.box_splits, seed=seed, products=_split_of_products(products)
    )
    return _with_flat_lays(boxes, products, options.flat_lays, seed=seed), products


def _split_of_products(products: BenchmarkSet | None) -> dict[str, str]:
    if products is None:
        return {}
    return dict(zip(products.images["file"], products.images["split"], strict=True))
