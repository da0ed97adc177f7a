"""The generated photos written in the layouts of DeepFashion2 and DeepFashion."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from fashion_hls import taxonomy
from fashion_hls.data.images import ImageWriter, encode
from fashion_hls.data.sample.scenes import Box, Scene, draw_scene, draw_size
from fashion_hls.data.sample.wardrobe import (
    ATTRIBUTES,
    KINDS,
    Garment,
    draw_category,
    draw_garment,
    draw_outfit,
)

JPEG_QUALITY: Final = 90

#: Landmarks of each DeepFashion2 category, in the order of its ids.
LANDMARKS: Final = (25, 33, 31, 39, 15, 15, 10, 14, 8, 29, 37, 19, 19)

#: Chance that a true attribute is not listed, and that a photo lists one it does not show.
ATTRIBUTE_MISSED: Final = 0.03
ATTRIBUTE_WRONG: Final = 0.03

#: Shares of train, val and test in DeepFashion's list_eval_partition.txt.
PARTITION: Final = {"train": 0.7234, "val": 0.1383, "test": 0.1383}


def deepfashion2_category(garment: Garment) -> str:
    """The garment's category in DeepFashion2; jumpsuits and rompers count as dresses there."""
    sleeve = {"none": "vest", "strap": "sling"}.get(garment.sleeve, f"{garment.sleeve} sleeve")
    if garment.category == "Jacket":
        return f"{sleeve} outwear"
    if garment.kind.type == 3:
        return f"{sleeve} dress"
    if garment.kind.type == 1:
        return sleeve if garment.sleeve in ("none", "strap") else f"{sleeve} top"
    return {"Shorts": "shorts", "Skirt": "skirt"}.get(garment.category, "trousers")


def write_deepfashion2(
    path: Path, part: str, count: int, image_size: int, seed: Sequence[int]
) -> None:
    """Write one archive of photos in which every garment has a box.

    A pair has one to three photos of the same outfit, as a shop and its customers take them.

    Args:
        path: the zip to write.
        part: train or validation, the folder within the archive.
        count: number of photos.
        image_size: longer side in pixels.
        seed: seeds every choice.
    """
    with ImageWriter(path) as archive:
        number, pair = 0, 0
        while number < count:
            pair += 1
            rng = np.random.default_rng([*seed, pair])
            outfit = draw_outfit(rng)
            for shot in range(min(int(rng.integers(1, 4)), count - number)):
                number += 1
                view = ("whole", "upper", "lower")[rng.choice(3, p=[0.68, 0.22, 0.1])]
                scene = draw_scene(outfit, view, draw_size(image_size, rng), rng)
                source = "user" if shot else "shop"
                note = _annotation(scene, pair, source, zoomed=view != "whole")
                archive.add(f"{part}/image/{number:06d}.jpg", encode(scene.image, JPEG_QUALITY))
                archive.add(f"{part}/annos/{number:06d}.json", json.dumps(note).encode())


def _annotation(scene: Scene, pair: int, source: str, *, zoomed: bool) -> dict[str, Any]:
    note: dict[str, Any] = {"source": source, "pair_id": pair}
    categories = list(taxonomy.DEEPFASHION2)
    for place, (garment, box) in enumerate(scene.garments, 1):
        name = deepfashion2_category(garment)
        number = categories.index(name)
        x1, y1, x2, y2 = box
        share = (x2 - x1) * (y2 - y1) / (scene.image.width * scene.image.height)
        note[f"item{place}"] = {
            "segmentation": [[x1, y1, x2, y1, x2, y2, x1, y2]],
            "scale": 1 + int(share > 0.1) + int(share > 0.3),
            "viewpoint": 2,
            "zoom_in": 2 if zoomed else 1,
            "landmarks": [0] * (3 * LANDMARKS[number]),
            "style": place,
            "bounding_box": list(box),
            "category_id": number + 1,
            "occlusion": 2 if len(scene.garments) > 2 and place < 3 else 1,
            "category_name": name,
        }
    return note


@dataclass(frozen=True, kw_only=True)
class Labelled:
    """A photo of the benchmark. ``values``: by attribute, 1 shown, -1 not shown, 0 unknown."""

    name: str
    category: str
    values: list[int]
    box: Box
    status: str


def write_deepfashion1(root: Path, count: int, image_size: int, seed: Sequence[int]) -> None:
    """Write photos of which one garment is labelled, and the lists that describe them.

    Args:
        root: the folder that shall hold Anno_coarse, Eval and Img.
        count: number of photos.
        image_size: longer side in pixels.
        seed: seeds every choice.
    """
    rng = np.random.default_rng(seed)
    statuses = rng.permutation(_statuses(count))
    per_folder: Counter[str] = Counter()
    rows = []
    with ImageWriter(root / "Img" / "img.zip") as archive:
        for number in range(count):
            image_rng = np.random.default_rng([*seed, number])
            garment, scene, box = _labelled_scene(image_size, image_rng)
            folder = _folder(garment)
            per_folder[folder] += 1
            name = f"img/{folder}/img_{per_folder[folder]:08d}.jpg"
            archive.add(name, encode(scene.image, JPEG_QUALITY))
            values = _values(garment, image_rng)
            status = str(statuses[number])
            rows.append(
                Labelled(
                    name=name, category=garment.category, values=values, box=box, status=status
                )
            )
    _write_lists(root, rows)


def _statuses(count: int) -> list[str]:
    ends = np.round(np.cumsum(list(PARTITION.values())) * count).astype(int)
    sizes = np.diff([0, *ends])
    return [name for name, size in zip(PARTITION, sizes, strict=True) for _ in range(size)]


def _labelled_scene(image_size: int, rng: np.random.Generator) -> tuple[Garment, Scene, Box]:
    """A photo in which the target is visible; a target all but hidden is drawn again."""
    while True:
        target = draw_garment(draw_category(rng), rng)
        close = {1: "upper", 2: "lower", 3: "whole"}[target.kind.type]
        view = close if rng.random() < 0.6 else "whole"
        scene = draw_scene(draw_outfit(rng, target), view, draw_size(image_size, rng), rng)
        for garment, box in scene.garments:
            if garment.category == target.category:
                return target, scene, box


def _folder(garment: Garment) -> str:
    """DeepFashion's folders are named by what the shop calls the garment."""
    words = [*sorted(garment.attributes), garment.category]
    return "_".join(word.title().replace(" ", "_") for word in words)


def _values(garment: Garment, rng: np.random.Generator) -> list[int]:
    values = []
    for name in ATTRIBUTES:
        if name in garment.attributes:
            values.append(0 if rng.random() < ATTRIBUTE_MISSED else 1)
        else:
            values.append(-1)
    if rng.random() < ATTRIBUTE_WRONG:
        values[int(rng.integers(len(values)))] = 1
    return values


def _write_lists(root: Path, rows: list[Labelled]) -> None:
    notes = root / "Anno_coarse"
    categories = list(KINDS)
    width = max((len(row.name) for row in rows), default=0)
    names = [row.name.ljust(width) for row in rows]
    kinds = [f"{name:<14} {kind.type}" for name, kind in KINDS.items()]
    _write_list(notes / "list_category_cloth.txt", "category_name  category_type", kinds)
    groups = [f"{name:<22} {group}" for name, group in ATTRIBUTES.items()]
    _write_list(notes / "list_attr_cloth.txt", "attribute_name  attribute_type", groups)
    numbers = [categories.index(row.category) + 1 for row in rows]
    labels = [f"{name} {number:>2d}" for name, number in zip(names, numbers, strict=True)]
    _write_list(notes / "list_category_img.txt", "image_name  category_label", labels)
    values = [" ".join(f"{value:2d}" for value in row.values) for row in rows]
    attributes = [f"{name} {value}" for name, value in zip(names, values, strict=True)]
    _write_list(notes / "list_attr_img.txt", "image_name  attribute_labels", attributes)
    corners = [" ".join(f"{value:03d}" for value in row.box) for row in rows]
    boxes = [f"{name} {corner}" for name, corner in zip(names, corners, strict=True)]
    _write_list(notes / "list_bbox.txt", "image_name  x_1  y_1  x_2  y_2", boxes)
    parts = [f"{name} {row.status}" for name, row in zip(names, rows, strict=True)]
    _write_list(root / "Eval" / "list_eval_partition.txt", "image_name  evaluation_status", parts)


def _write_list(path: Path, header: str, rows: list[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = "\n".join([str(len(rows)), header, *rows]) + "\n"
    path.write_bytes(text.encode())
