"""An example of the catalogue's layout, from the generated photos: what a shop's folder looks like.

Drawings that show the tables; no figure comes from them.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from fashion_hls.data.images import encode
from fashion_hls.data.sample.scenes import Scene, draw_scene, draw_size
from fashion_hls.data.sample.wardrobe import (
    ATTRIBUTES,
    KINDS,
    Garment,
    draw_category,
    draw_garment,
    draw_outfit,
)
from fashion_hls.errors import UserError
from fashion_hls.taxonomy import (
    DEEPFASHION1_ATTRIBUTE_TYPES,
    DEEPFASHION1_TYPES,
    OBJECT_TYPES,
)

FORMATS: Final = ("csv", "coco", "voc")
#: Attribute -> its key.
KEYS: Final = {name: DEEPFASHION1_ATTRIBUTE_TYPES[kind] for name, kind in ATTRIBUTES.items()}
_VOC = """<annotation>
  <filename>{file}</filename>
  <size><width>{width}</width><height>{height}</height><depth>3</depth></size>
{objects}</annotation>
"""
_VOC_OBJECT = """  <object>
    <name>{label}</name>
    <bndbox><xmin>{0}</xmin><ymin>{1}</ymin><xmax>{2}</xmax><ymax>{3}</ymax></bndbox>
  </object>
"""


def write_example(
    folder: Path, *, photos: int = 12, boxes: str = "csv", image_size: int = 256, seed: int = 0
) -> None:
    """Write ``images/``, ``taxonomy.csv``, ``products.csv`` and boxes in one of three formats.

    Args:
        folder: to make; must not exist, so that nobody's tables are replaced.
        photos: how many.
        boxes: csv, coco or voc.
        image_size: longer side in pixels.
        seed: of every choice.

    Raises:
        UserError: the folder exists, or there is no such format.
    """
    if boxes not in FORMATS:
        raise UserError(f"boxes: {boxes}: choose from {', '.join(FORMATS)}")
    if folder.exists():
        raise UserError(f"{folder}: exists already; name a new folder")
    (folder / "images").mkdir(parents=True)
    products: list[Sequence[object]] = []
    drawn: list[tuple[str, Scene]] = []
    for number in range(photos):
        rng = np.random.default_rng([seed, number])
        garment, scene = _shown(image_size, rng)
        file = f"look_{number:04d}.jpg"
        (folder / "images" / file).write_bytes(encode(scene.image))
        labels = "|".join(f"{KEYS[name]}={name}" for name in sorted(garment.attributes))
        products.append((file, garment.category, labels, f"product-{number // 2}"))
        drawn.append((file, scene))
    types = [(name, OBJECT_TYPES[DEEPFASHION1_TYPES[kind.type]]) for name, kind in KINDS.items()]
    _write_csv(folder / "taxonomy.csv", ("category", "object_type"), types)
    _write_csv(folder / "products.csv", ("image", "category", "attributes", "group"), products)
    {"csv": _boxes_csv, "coco": _boxes_coco, "voc": _boxes_voc}[boxes](folder, drawn)


def _shown(image_size: int, rng: np.random.Generator) -> tuple[Garment, Scene]:
    """A photo in which the product can be seen."""
    while True:
        target = draw_garment(draw_category(rng), rng)
        scene = draw_scene(draw_outfit(rng, target), "whole", draw_size(image_size, rng), rng)
        if any(garment.category == target.category for garment, _ in scene.garments):
            return target, scene


def _write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def _boxes_csv(folder: Path, drawn: list[tuple[str, Scene]]) -> None:
    rows = [
        (file, garment.category, *box) for file, scene in drawn for garment, box in scene.garments
    ]
    _write_csv(folder / "boxes.csv", ("image", "label", "x1", "y1", "x2", "y2"), rows)


def _boxes_coco(folder: Path, drawn: list[tuple[str, Scene]]) -> None:
    names = list(KINDS)
    notes: list[dict[str, Any]] = []
    for number, (_, scene) in enumerate(drawn, start=1):
        for garment, (x1, y1, x2, y2) in scene.garments:
            notes.append(
                {
                    "id": len(notes) + 1,
                    "image_id": number,
                    "category_id": names.index(garment.category) + 1,
                    "bbox": [x1, y1, x2 - x1, y2 - y1],
                    "area": (x2 - x1) * (y2 - y1),
                    "iscrowd": 0,
                }
            )
    content = {
        "images": [
            {"id": n, "file_name": file, "width": s.image.width, "height": s.image.height}
            for n, (file, s) in enumerate(drawn, start=1)
        ],
        "annotations": notes,
        "categories": [{"id": n, "name": name} for n, name in enumerate(names, start=1)],
    }
    (folder / "boxes.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def _boxes_voc(folder: Path, drawn: list[tuple[str, Scene]]) -> None:
    (folder / "voc").mkdir()
    for file, scene in drawn:
        objects = "".join(
            _VOC_OBJECT.format(*box, label=garment.category) for garment, box in scene.garments
        )
        width, height = scene.image.size
        text = _VOC.format(file=file, width=width, height=height, objects=objects)
        (folder / "voc" / f"{Path(file).stem}.xml").write_text(text, encoding="utf-8")
