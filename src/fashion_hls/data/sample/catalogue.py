"""An example of the catalogue's layout, from the generated photos: what a shop's folder looks like.

Categories are those of the paper's Table 1 and attributes the key-value pairs of its Table 2.
Drawings that show the tables; no figure comes from them.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from fashion_hls.data.images import encode
from fashion_hls.data.sample.box_formats import FORMATS, write_csv
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

#: Most photos of one product, and the share of photos in which somebody wears it.
VIEWS: Final = 3
WORN_SHARE: Final = 0.3


def write_example(
    folder: Path,
    *,
    photos: int = 12,
    boxed: int | None = None,
    boxes: str = "csv",
    image_size: int = 256,
    seed: int = 0,
) -> None:
    """Write ``images/``, ``taxonomy.csv``, ``products.csv`` and boxes in one of five formats.

    Args:
        folder: to make; must not exist, so that nobody's tables are replaced.
        photos: how many; a product has one to three.
        boxed: so many of them have boxes and are no product, the others the reverse, so that no
            detector has seen what it is asked about (as the paper's object-level set is one of
            its own); None: all have both.
        boxes: csv, coco, voc, label-studio or cvat.
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
    write_csv(folder / "taxonomy.csv", ("category", "object_type"), types)
    columns = ("image", "category", "attributes", "group")
    write_csv(folder / "products.csv", columns, products[boxed:])
    FORMATS[boxes](folder, drawn[:boxed])


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
