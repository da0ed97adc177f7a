"""An example of the catalogue's layout, from the generated photos: what a shop's folder looks like.

Categories are those of the paper's Table 1 and attributes the key-value pairs of its Table 2.
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
from fashion_hls.data.sample.cuts import BOTTOM, SHOE, TOP
from fashion_hls.data.sample.mallzee import CATALOGUE
from fashion_hls.data.sample.scenes import Scene, draw_flat_lay, draw_scene, draw_size
from fashion_hls.data.sample.wardrobe import (
    Garment,
    draw_category,
    draw_display,
    draw_garment,
    draw_outfit,
)
from fashion_hls.errors import UserError
from fashion_hls.taxonomy import CATALOGUE as OBJECT_TYPE_OF
from fashion_hls.taxonomy import OBJECT_TYPES

FORMATS: Final = ("csv", "coco", "voc")
#: Most photos of one product, and the share of photos in which somebody wears it.
VIEWS: Final = 3
WORN_SHARE: Final = 0.3
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
    folder: Path,
    *,
    photos: int = 12,
    boxed: int | None = None,
    boxes: str = "csv",
    image_size: int = 256,
    seed: int = 0,
) -> None:
    """Write ``images/``, ``taxonomy.csv``, ``products.csv`` and boxes in one of three formats.

    Args:
        folder: to make; must not exist, so that nobody's tables are replaced.
        photos: how many; a product has one to three.
        boxed: so many of them have boxes and are no product, the others the reverse, so that no
            detector has seen what it is asked about (as the paper's object-level set is one of
            its own); None: all have both.
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
    number = 0
    while len(drawn) < photos:
        # No product lies on both sides.
        left = boxed - len(drawn) if boxed and len(drawn) < boxed else photos - len(drawn)
        rng = np.random.default_rng([seed, number])
        garment = draw_garment(draw_category(rng, CATALOGUE), rng, CATALOGUE)
        labels = "|".join(sorted(name for name in garment.attributes if "=" in name))
        for _ in range(min(int(rng.integers(1, VIEWS + 1)), left)):
            scene, file = _shown(garment, image_size, rng), f"look_{len(drawn):04d}.jpg"
            (folder / "images" / file).write_bytes(encode(scene.image))
            products.append((file, garment.category, labels, f"product-{number:04d}"))
            drawn.append((file, scene))
        number += 1
    types = [(name, OBJECT_TYPES[OBJECT_TYPE_OF[name]]) for name in CATALOGUE]
    _write_csv(folder / "taxonomy.csv", ("category", "object_type"), types)
    columns = ("image", "category", "attributes", "group")
    _write_csv(folder / "products.csv", columns, products[boxed:])
    {"csv": _boxes_csv, "coco": _boxes_coco, "voc": _boxes_voc}[boxes](folder, drawn[:boxed])


def _shown(product: Garment, image_size: int, rng: np.random.Generator) -> Scene:
    """A photo in which the product can be seen: mostly flat on white, sometimes worn."""
    while True:
        size = draw_size(image_size, rng)
        if rng.random() < WORN_SHARE:
            close = {TOP: "upper", BOTTOM: "lower", SHOE: "lower"}.get(product.kind.type, "whole")
            view = close if rng.random() < 0.5 else "whole"
            outfit = draw_outfit(rng, product, CATALOGUE)
            scene = draw_scene(outfit, view, size, rng, setting="studio")
        else:
            scene = draw_flat_lay(draw_display(rng, product, CATALOGUE), size, rng)
        if any(seen.garment.category == product.category for seen in scene.garments):
            return scene


def _write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def _boxes_csv(folder: Path, drawn: list[tuple[str, Scene]]) -> None:
    rows = [
        (file, seen.garment.category, *seen.box) for file, scene in drawn for seen in scene.garments
    ]
    _write_csv(folder / "boxes.csv", ("image", "label", "x1", "y1", "x2", "y2"), rows)


def _boxes_coco(folder: Path, drawn: list[tuple[str, Scene]]) -> None:
    names = list(CATALOGUE)
    notes: list[dict[str, Any]] = []
    for number, (_, scene) in enumerate(drawn, start=1):
        for garment, (x1, y1, x2, y2), _ in scene.garments:
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
            _VOC_OBJECT.format(*seen.box, label=seen.garment.category) for seen in scene.garments
        )
        width, height = scene.image.size
        text = _VOC.format(file=file, width=width, height=height, objects=objects)
        (folder / "voc" / f"{Path(file).stem}.xml").write_text(text, encoding="utf-8")
