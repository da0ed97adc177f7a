"""Contact sheets of the generator's drawings, for docs/pictures; nothing has to be run before.

``python -m fashion_hls.report.drawings`` writes them; ``make pictures`` does so too.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image

from fashion_hls.data.sample.cuts import BOTTOM, SHOE, TOP, WHOLE
from fashion_hls.data.sample.kinds import ATTRIBUTES, KINDS
from fashion_hls.data.sample.mallzee import CATALOGUE, FOOTWEAR
from fashion_hls.data.sample.scenes import Scene, draw_flat_lay, draw_scene, draw_size
from fashion_hls.data.sample.wardrobe import (
    Garment,
    Kinds,
    draw_display,
    draw_garment,
    draw_outfit,
)
from fashion_hls.report.sheet import Cell, contact_sheet
from fashion_hls.taxonomy import DEEPFASHION1_TYPES

PICTURES: Final = Path("docs/pictures")
SEED: Final = 11
#: Pixels of a drawing's longer side and of its cell on the sheet.
IMAGE_SIZE, SIDE, COLUMNS = 256, 160, 8
JPEG_QUALITY: Final = 82

_TYPES: Final = {**DEEPFASHION1_TYPES, SHOE: 3}


def _cell(scene: Scene, garment: Garment, *, boxes: bool) -> Cell:
    names = ", ".join(sorted(garment.attributes & set(ATTRIBUTES)))
    # Jeans and Shorts are in both wardrobes.
    if garment.kind is CATALOGUE.get(garment.category):
        names = ", ".join(sorted(n.partition("=")[2] for n in garment.attributes if "=" in n))
    drawn = [(_TYPES[one.garment.kind.type], one.box) for one in scene.garments if boxes]
    caption = f"{garment.category}: {names}" if names else garment.category
    return Cell(image=scene.image, boxes=drawn, caption=caption)


def flat_lays(kinds: Kinds, seed: int, each: int = 1) -> list[Cell]:
    """Each category laid flat."""
    cells = []
    for place, category in enumerate(kinds):
        for number in range(each):
            rng = np.random.default_rng([seed, place, number])
            garment = draw_garment(category, rng, kinds)
            alone = number == 0 or kinds is FOOTWEAR
            shown = [garment] if alone else draw_display(rng, garment, kinds)
            scene = draw_flat_lay(shown, draw_size(IMAGE_SIZE, rng), rng)
            cells.append(_cell(scene, garment, boxes=False))
    return cells


def figures(kinds: Kinds, seed: int, each: int = 1, *, boxes: bool = False) -> list[Cell]:
    """Each category worn by somebody, wholly in the picture."""
    cells = []
    for place, category in enumerate(kinds):
        for number in range(each):
            rng = np.random.default_rng([seed, 1000 + place, number])
            garment = draw_garment(category, rng, kinds)
            view = "whole"
            if number % 2:
                view = {TOP: "upper", BOTTOM: "lower", WHOLE: "whole"}.get(
                    garment.kind.type, "lower"
                )
            outfit = draw_outfit(rng, garment, kinds)
            scene = draw_scene(outfit, view, draw_size(IMAGE_SIZE, rng), rng)
            cells.append(_cell(scene, garment, boxes=boxes))
    return cells


#: Sheet's name -> its cells for a seed and a number of drawings a category.
SHEETS: Final[dict[str, Callable[[int, int], list[Cell]]]] = {
    "sample_figures": lambda seed, each: figures(KINDS, seed, each, boxes=True),
    "sample_flat_lays": lambda seed, each: flat_lays(KINDS, seed, each),
    "catalogue_figures": lambda seed, each: figures(CATALOGUE, seed, each, boxes=True),
    "catalogue_flat_lays": lambda seed, each: flat_lays(CATALOGUE, seed, each),
    "sample_footwear": lambda seed, each: flat_lays(FOOTWEAR, seed, 2 * each),
}


def write_sheets(folder: Path, seed: int = SEED, each: int = 1, side: int = SIDE) -> None:
    """Draw every sheet into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, cells in SHEETS.items():
        sheet: Image.Image = contact_sheet(cells(seed, each), columns=COLUMNS, side=side)
        sheet.save(folder / f"{name}.jpg", quality=JPEG_QUALITY)


if __name__ == "__main__":
    write_sheets(Path(sys.argv[1]) if len(sys.argv) > 1 else PICTURES)
