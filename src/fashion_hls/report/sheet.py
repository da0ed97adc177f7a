"""Contact sheets: many pictures at one glance, with their boxes and labels drawn on them."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw

from fashion_hls.taxonomy import OBJECT_TYPES

#: Colour of each object type, as in the paper's Figure 2.
TYPE_COLOURS = ("#d62728", "#1f77b4", "#2ca02c", "#e6b800")
CAPTION = 30


@dataclass(frozen=True, kw_only=True)
class Cell:
    """A picture, its boxes (object type, xyxy pixels) and a caption below it."""

    image: Image.Image
    boxes: Sequence[tuple[int, tuple[float, float, float, float]]] = ()
    caption: str = ""


def contact_sheet(cells: Sequence[Cell], *, columns: int, side: int) -> Image.Image:
    """Cells row by row, each picture within ``side`` pixels, on white."""
    rows = -(-len(cells) // columns)
    sheet = Image.new("RGB", (columns * side, rows * (side + CAPTION)), "white")
    draw = ImageDraw.Draw(sheet)
    for index, cell in enumerate(cells):
        x, y = index % columns * side, index // columns * (side + CAPTION)
        drawn = annotate(cell.image, cell.boxes)
        drawn.thumbnail((side - 4, side - 4))
        sheet.paste(drawn, (x + (side - drawn.width) // 2, y + (side - drawn.height) // 2))
        lines = textwrap.wrap(cell.caption, side // 6, max_lines=2, placeholder=" …")
        draw.multiline_text(
            (x + side / 2, y + side), "\n".join(lines), "black", anchor="ma", align="center"
        )
    return sheet


def annotate(
    image: Image.Image, boxes: Sequence[tuple[int, tuple[float, float, float, float]]]
) -> Image.Image:
    """A copy of the picture with each box and its object type drawn in the type's colour."""
    drawn = image.copy()
    draw = ImageDraw.Draw(drawn)
    width = max(2, round(min(image.size) / 120))
    for label, (x1, y1, x2, y2) in boxes:
        # A detection may be narrower than a pixel.
        corner = (max(x1, x2 - 1), max(y1, y2 - 1))
        draw.rectangle(((x1, y1), corner), outline=TYPE_COLOURS[label], width=width)
        text = OBJECT_TYPES[label]
        box = draw.textbbox((x1 + width, y1 + width), text)
        draw.rectangle(box, fill=TYPE_COLOURS[label])
        draw.text((x1 + width, y1 + width), text, "white" if label != 3 else "black")
    return drawn
