"""Which categories a method confuses: a grid of counts as an SVG file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

#: Pixels of a cell, of a letter at most, and of the room around.
_CELL, _LETTER, _ROOM = 26, 7.2, 24
_BLUE = (8, 81, 156)
#: Share of the row from which on white is read better on the shade than black.
_DARK = 0.78


def write_grid(path: Path, pairs: Sequence[Mapping[str, Any]], order: Sequence[str]) -> bool:
    """Write rows of true and columns of predicted categories, shaded by the share of the row.

    Args:
        path: the ``.svg`` to write.
        pairs: ``truth``, ``predicted`` and ``count`` of each pair that occurs.
        order: the categories; those that no pair has are left out.

    Returns:
        Whether there was anything to draw.
    """
    counts = {(one["truth"], one["predicted"]): int(one["count"]) for one in pairs}
    rows = [name for name in order if any(truth == name for truth, _ in counts)]
    columns = [name for name in order if any(predicted == name for _, predicted in counts)]
    if not rows:
        return False
    left = _ROOM + _LETTER * max(map(len, rows))
    top = _ROOM + _LETTER * max(map(len, columns))
    width, height = left + _CELL * len(columns) + 6, top + _CELL * len(rows) + 6
    parts = [_text(left - 8, top + _CELL * (i + 0.5), name) for i, name in enumerate(rows)]
    parts += [
        _text(left + _CELL * (i + 0.5), top - 8, name, turned=True)
        for i, name in enumerate(columns)
    ]
    parts += [_text(10, top - 8, "truth \\ predicted", anchor="start", soft=True)]
    for i, truth in enumerate(rows):
        whole = sum(count for (name, _), count in counts.items() if name == truth)
        for k, predicted in enumerate(columns):
            count = counts.get((truth, predicted), 0)
            parts.append(
                _square(left + _CELL * k, top + _CELL * i, count, whole, truth == predicted)
            )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" font-family="sans-serif" font-size="12">'
        f'<rect width="100%" height="100%" fill="#ffffff"/>{"".join(parts)}</svg>\n',
        encoding="utf-8",
    )
    return True


def _square(x: float, y: float, count: int, whole: int, right: bool) -> str:
    share = count / whole if whole else 0.0
    fill = ",".join(str(round(255 - (255 - colour) * share)) for colour in _BLUE)
    edge = ' stroke="#1b1b1b"' if right else ' stroke="#d0d0d0"'
    number = ""
    if count:
        ink = "#ffffff" if share >= _DARK else "#000000"
        middle = f'x="{x + _CELL / 2:.1f}" y="{y + _CELL / 2 + 4:.1f}"'
        number = f'<text {middle} text-anchor="middle" font-size="11" fill="{ink}">{count}</text>'
    size = f'width="{_CELL - 2}" height="{_CELL - 2}"'
    return f'<rect x="{x + 1:.1f}" y="{y + 1:.1f}" {size} fill="rgb({fill})"{edge}/>{number}'


def _text(
    x: float, y: float, text: str, *, turned: bool = False, anchor: str = "end", soft: bool = False
) -> str:
    place = f'x="{x:.1f}" y="{y + 4:.1f}" text-anchor="{anchor}"'
    if turned:
        place = f'x="{x + 4:.1f}" y="{y:.1f}" transform="rotate(-90 {x + 4:.1f} {y:.1f})"'
    ink = "#595959" if soft else "#1b1b1b"
    return f'<text {place} fill="{ink}">{escape(text)}</text>'
