"""The generated photos written in the layout of DeepFashion's category benchmark."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from fashion_hls.data.images import ImageWriter
from fashion_hls.data.sample import damage
from fashion_hls.data.sample.cuts import BOTTOM, TOP, WHOLE
from fashion_hls.data.sample.kinds import ATTRIBUTES, KINDS
from fashion_hls.data.sample.scenes import Scene, Seen, draw_flat_lay, draw_scene, draw_size
from fashion_hls.data.sample.stencil import Box
from fashion_hls.data.sample.wardrobe import (
    Garment,
    draw_category,
    draw_display,
    draw_garment,
    draw_outfit,
)

JPEG_QUALITY: Final = 90
WRONG_LABELS_FILE: Final = "wrong_labels.csv"

#: Chance that a true attribute is not listed, and that a photo lists one it does not show.
ATTRIBUTE_MISSED: Final = 0.03
ATTRIBUTE_WRONG: Final = 0.03

#: Share of photos in which nobody wears the labelled garment, and of those of somebody that show
#: the part of the body where it is worn.
FLAT_SHARE: Final = 0.25
CLOSE_SHARE: Final = 0.6

#: A garment of which more is hidden than this is not what a photo is labelled with.
MOST_HIDDEN: Final = 0.7

#: Shares of train, val and test in DeepFashion's list_eval_partition.txt.
PARTITION: Final = {"train": 0.7234, "val": 0.1383, "test": 0.1383}


@dataclass(frozen=True, kw_only=True)
class Labelled:
    """A photo of the benchmark. ``true_category``: what it shows, ``category``: as listed.
    ``values``: by attribute, 1 shown, -1 not shown, 0 unknown."""

    name: str
    true_category: str
    category: str
    values: list[int]
    box: Box
    status: str


def write_deepfashion1(
    root: Path, count: int, image_size: int, seed: Sequence[int], *, damaged: bool
) -> None:
    """Write photos of which one garment is labelled, and the lists that describe them.

    Args:
        root: the folder that shall hold Anno_coarse, Eval and Img.
        count: number of photos.
        image_size: longer side in pixels.
        seed: seeds every choice.
        damaged: whether a few files, boxes, names and categories shall be wrong. No reader can
            find a wrong category, so wrong_labels.csv, beside the layout, lists them.
    """
    rng = np.random.default_rng(seed)
    statuses = rng.permutation(_statuses(count))
    kinds = (*damage.FILES, *damage.BOXES, *damage.NAMES) if damaged else ()
    plan = damage.Plan(kinds, count, rng)
    mislabelled = set(
        rng.permutation(count)[: round(count * damage.WRONG_LABELS * damaged)].tolist()
    )
    per_folder: Counter[str] = Counter()
    rows = []
    with ImageWriter(root / "Img" / "img.zip") as archive:
        for number in range(count):
            image_rng = np.random.default_rng([*seed, number])
            scene, (garment, box, _) = _labelled_scene(image_size, image_rng)
            # One box is listed, and a photo keeps its label without it.
            wrong = plan.take(number, boxes=2)
            folder = _folder(garment)
            per_folder[folder] += 1
            name = f"img/{folder}/img_{per_folder[folder]:08d}.jpg"
            photo = damage.encoded(scene.image, JPEG_QUALITY, wrong)
            archive.add(name.lower() if wrong in damage.NAMES else name, photo)
            label = garment.category
            rows.append(
                Labelled(
                    name=name,
                    true_category=label,
                    category=_mistaken(label, image_rng) if number in mislabelled else label,
                    values=_values(garment, image_rng),
                    box=damage.damaged_box(box, scene.image.size, wrong),
                    status=str(statuses[number]),
                )
            )
    _write_lists(root, rows)
    _write_wrong_labels(root / WRONG_LABELS_FILE, rows)


def _statuses(count: int) -> list[str]:
    ends = np.round(np.cumsum(list(PARTITION.values())) * count).astype(int)
    sizes = np.diff([0, *ends])
    return [name for name, size in zip(PARTITION, sizes, strict=True) for _ in range(size)]


def _labelled_scene(image_size: int, rng: np.random.Generator) -> tuple[Scene, Seen]:
    """A photo in which the target is visible; a target all but hidden is drawn again."""
    while True:
        target = draw_garment(draw_category(rng), rng)
        size = draw_size(image_size, rng)
        if rng.random() < FLAT_SHARE:
            scene = draw_flat_lay(draw_display(rng, target), size, rng)
        else:
            close = {TOP: "upper", BOTTOM: "lower", WHOLE: "whole"}[target.kind.type]
            view = close if rng.random() < CLOSE_SHARE else "whole"
            scene = draw_scene(draw_outfit(rng, target), view, size, rng)
        for seen in scene.garments:
            if seen.garment.category == target.category and seen.hidden < MOST_HIDDEN:
                return scene, seen


def _mistaken(category: str, rng: np.random.Generator) -> str:
    """Another category of the same type: what a hasty annotator takes it for."""
    while True:
        other = draw_category(rng, types=(KINDS[category].type,))
        if other != category:
            return other


def _write_wrong_labels(path: Path, rows: list[Labelled]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("image", "category", "true_category"))
        for row in rows:
            if row.category != row.true_category:
                writer.writerow((row.name, row.category, row.true_category))


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
