"""Boxes, arrows and dashed lines as SVG: enough for a workflow, the same bytes on every machine.

Lengths are in units of the picture's view box; a box is named by its centre.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final
from xml.sax.saxutils import escape

INK: Final = "#1f2937"
PAPER: Final = "#ffffff"
#: Fill and border of a box by what it stands for; told apart by brightness too.
KINDS: Final = {
    "data": ("#f3f4f6", "#6b7280"),
    "network": ("#dbeafe", "#1d4ed8"),
    "label": ("#fef3c7", "#b45309"),
    "output": ("#dcfce7", "#15803d"),
}
SHARED: Final = "#b91c1c"
_LINE: Final = 17

Point = tuple[float, float]


@dataclass(frozen=True)
class Box:
    """A box on the sheet: centre, width and height."""

    x: float
    y: float
    width: float
    height: float

    @property
    def left(self) -> Point:
        """Middle of the left side."""
        return self.x - self.width / 2, self.y

    @property
    def right(self) -> Point:
        """Middle of the right side."""
        return self.x + self.width / 2, self.y

    @property
    def top(self) -> Point:
        """Middle of the upper side."""
        return self.x, self.y - self.height / 2

    @property
    def bottom(self) -> Point:
        """Middle of the lower side."""
        return self.x, self.y + self.height / 2


@dataclass
class Sheet:
    """A picture under construction; ``title`` and ``description`` are what a screen reader says."""

    width: int
    height: int
    title: str
    description: str
    parts: list[str] = field(default_factory=list)

    def box(self, at: Point, size: Point, text: str, kind: str) -> Box:
        """A box with centred text, a line for each line of ``text``; the first one is bold."""
        x, y = at
        width, height = size
        fill, border = KINDS[kind]
        self.parts.append(
            f'<rect x="{x - width / 2:g}" y="{y - height / 2:g}" width="{width:g}" '
            f'height="{height:g}" rx="6" fill="{fill}" stroke="{border}" stroke-width="1.5"/>'
        )
        lines = text.split("\n")
        for index, line in enumerate(lines):
            at_y = y + (index - (len(lines) - 1) / 2) * _LINE + 5
            self.text((x, at_y), line, anchor="middle", bold=index == 0)
        return Box(x, y, width, height)

    def text(
        self, at: Point, text: str, *, anchor: str = "start", bold: bool = False, colour: str = INK
    ) -> None:
        """One line of text; its baseline begins, is centred or ends at a point (``anchor``).

        A letter after an underscore becomes a subscript.
        """
        weight = ' font-weight="600"' if bold else ""
        self.parts.append(
            f'<text x="{at[0]:g}" y="{at[1]:g}" text-anchor="{anchor}" fill="{colour}"{weight}>'
            f"{_with_subscripts(text)}</text>"
        )

    def arrow(self, *points: Point, shared: bool = False) -> None:
        """A line through points with a head at its end; ``shared``: dashed, of a shared label."""
        colour, name = (SHARED, "shared") if shared else (INK, "plain")
        dashes = ' stroke-dasharray="6 4"' if shared else ""
        corners = " ".join(f"{x:g},{y:g}" for x, y in points)
        self.parts.append(
            f'<polyline points="{corners}" fill="none" stroke="{colour}" stroke-width="1.8"'
            f'{dashes} marker-end="url(#{name})"/>'
        )

    def frame(self, at: Point, size: Point, text: str) -> None:
        """A dotted frame around a region given by its upper left corner, named at its top."""
        self.parts.append(
            f'<rect x="{at[0]:g}" y="{at[1]:g}" width="{size[0]:g}" height="{size[1]:g}" rx="10" '
            'fill="none" stroke="#9ca3af" stroke-width="1.2" stroke-dasharray="2 4"/>'
        )
        self.text((at[0] + 12, at[1] + 20), text, colour="#4b5563")

    def svg(self) -> str:
        """The file's content."""
        heads = "".join(
            f'<marker id="{name}" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" '
            f'markerHeight="7" orient="auto-start-reverse"><path d="M0,0L10,5L0,10z" '
            f'fill="{colour}"/></marker>'
            for name, colour in (("plain", INK), ("shared", SHARED))
        )
        body = "\n".join(self.parts)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width} {self.height}" '
            f'width="{self.width}" height="{self.height}" role="img" '
            'font-family="Helvetica, Arial, sans-serif" font-size="14">\n'
            f"<title>{escape(self.title)}</title>\n<desc>{escape(self.description)}</desc>\n"
            f"<defs>{heads}</defs>\n"
            f'<rect width="{self.width}" height="{self.height}" rx="12" fill="{PAPER}"/>\n'
            f"{body}\n</svg>\n"
        )


def _with_subscripts(text: str) -> str:
    """``h_1`` as an h with a small, lowered 1; what follows returns to the line."""
    lowered = r'<tspan dy="3" font-size="11">\1</tspan><tspan dy="-3">\2</tspan>'
    return re.sub(r"_(\w)([^_]*)", lowered, escape(text))
