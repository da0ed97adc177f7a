"""Clothing Co-Parsing (Yang et al., CVPR 2014): one box per garment from the pixel maps.

A garment's box is the union of its label's connected components of at least 5% of the label's
area and 150 pixels: raw components would split an open coat, and stray pixels would stretch it.
Left and right shoe are one label, so a pair has one box.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import ndimage
from tqdm import tqdm

from fashion_hls import taxonomy
from fashion_hls.data.common import (
    drop_images_without_objects,
    image_size,
    split_by_seed,
    valid_box,
)
from fashion_hls.data.filetree import FileTree
from fashion_hls.data.matlab import read_array, read_strings
from fashion_hls.data.quality import Quality
from fashion_hls.data.records import IMAGE_COLUMNS, DetectionSet, annotated_objects
from fashion_hls.errors import UserError

FOLDER = "clothing-co-parsing"
MIN_SHARE = 0.05
MIN_PIXELS = 150
WHERE = (
    "Clothing Co-Parsing (Apache-2.0): photos/, annotations/pixel-level/ and label_list.mat of "
    "github.com/bearpaw/clothing-co-parsing belong there"
)


def garment_boxes(
    pixel_map: NDArray[np.integer], names: Sequence[str]
) -> list[tuple[str, tuple[float, float, float, float] | None]]:
    """(label name, box xyxy in pixels) of each garment of a label map [height, width].

    A garment whose every component is below the thresholds comes with None, to be counted.
    """
    found: list[tuple[str, tuple[float, float, float, float] | None]] = []
    for label in np.unique(pixel_map):
        name = names[label] if 0 <= label < len(names) else ""
        if name not in taxonomy.CCP:
            continue
        components, _ = ndimage.label(pixel_map == label)
        sizes = np.bincount(components.ravel())
        sizes[0] = 0
        keep = np.flatnonzero(sizes >= max(MIN_SHARE * sizes.sum(), MIN_PIXELS))
        rows, columns = np.nonzero(np.isin(components, keep))
        if rows.size == 0:
            found.append((name, None))
            continue
        box = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
        x1, y1, x2, y2 = (float(value) for value in box)
        found.append((name, (x1, y1, x2, y2)))
    return found


def _load_map(tree: FileTree, name: str, quality: Quality) -> NDArray[np.integer] | None:
    try:
        pixel_map = read_array(tree.read(name), "groundtruth")
    except FileNotFoundError:
        quality.add("annotation.missing", name)
        return None
    except OSError:
        quality.add("annotation.unreadable", name)
        return None
    if pixel_map.ndim != 2 or not np.issubdtype(pixel_map.dtype, np.integer):
        quality.add("annotation.unreadable", name)
        return None
    return pixel_map


def _label_names(tree: FileTree) -> list[str]:
    try:
        return read_strings(tree.read("label_list.mat"), "label_list")
    except OSError as error:
        raise UserError(f"{tree.place}/label_list.mat: missing or unreadable. {WHERE}") from error


def read_ccp(root: Path, *, splits: Sequence[float], seed: int) -> DetectionSet:
    """Photos that have a pixel map, split at random by the seed.

    Args:
        root: the dataset's folder.
        splits: shares of train, val and test.
        seed: of the split.

    Raises:
        UserError: the folder, the label list or every pixel map is missing.
    """
    if not root.is_dir():
        raise UserError(f"{root}: not found; set FASHION_HLS_DATA to the folder above it. {WHERE}")
    tree, quality = FileTree(root), Quality()
    names = _label_names(tree)
    maps = list(tree.names("annotations/pixel-level", ".mat"))
    if not maps:
        raise UserError(f"{root}/annotations/pixel-level: holds no .mat file. {WHERE}")
    image_rows, object_rows = [], []
    for mat in tqdm(maps, desc="read Clothing Co-Parsing", unit="photo"):
        stem = Path(mat).stem
        if not stem.isdecimal():
            quality.add("annotation.bad_id", mat)
            continue
        photo = f"photos/{stem}.jpg"
        if not tree.exists(photo):
            quality.add("image.missing", photo)
            continue
        size = image_size(tree.read(photo), photo, quality)
        pixel_map = _load_map(tree, mat, quality)
        if size is None or pixel_map is None:
            continue
        if pixel_map.shape != (size[1], size[0]):
            quality.add("annotation.size_differs", mat)
            continue
        image_rows.append((int(stem), photo, *size))
        _count_unmapped_labels(pixel_map, names, mat, quality)
        for name, xyxy in garment_boxes(pixel_map, names):
            if xyxy is None:
                quality.add("garment.below_threshold", f"{mat}: {name}")
            elif (box := valid_box(xyxy, *size, f"{mat}: {name}", quality)) is not None:
                object_rows.append((int(stem), taxonomy.CCP[name], *box, name))
    images = pd.DataFrame(image_rows, columns=IMAGE_COLUMNS[:-1])
    objects = annotated_objects(object_rows)
    _count_unmapped_photos(tree, maps, quality)
    images = drop_images_without_objects(images, objects, quality)
    images["split"] = split_by_seed(len(images), splits, seed=seed)
    return DetectionSet(images=images, objects=objects, quality=quality, read=tree.read)


def _count_unmapped_labels(
    pixel_map: NDArray[np.integer], names: Sequence[str], mat: str, quality: Quality
) -> None:
    """Accessories, skin and hair are no garments; an id beyond the list is a fault of the map."""
    for label in np.unique(pixel_map):
        if not 0 <= label < len(names):
            quality.add("label.unknown", f"{mat}: {label}")
        elif label and names[label] not in taxonomy.CCP:
            quality.add("label.no_garment", f"{mat}: {names[label]}")


def _count_unmapped_photos(tree: FileTree, maps: Sequence[str], quality: Quality) -> None:
    mapped = {Path(name).stem for name in maps}
    for photo in tree.names("photos", ".jpg"):
        if Path(photo).stem not in mapped:
            quality.add("image.without_pixel_map", photo)
