"""Equations as SVG, drawn at build time by matplotlib's mathtext: nothing is loaded to show them.

In Markdown they stand as on GitHub, which draws them itself: ``$h_0$`` within a line, ``$$`` on
lines of their own around an equation. Their colour is the text's, their size follows it.
"""

from __future__ import annotations

import re
from functools import cache
from html import escape
from typing import Any, Final

from fashion_hls.errors import UserError

#: Side of the glyphs as drawn, in units of the picture; the page scales them by ``em``.
_UNITS: Final = 100.0
#: What a glyph's em is of the text's: Stix is smaller than the site's sans-serif.
_SCALE: Final = 1.08
_FENCE: Final = re.compile(r"(^```.*?^```|`[^`\n]+`)", re.MULTILINE | re.DOTALL)
_BLOCK: Final = re.compile(r"^\$\$\n(.+?)\n\$\$$", re.MULTILINE | re.DOTALL)
_INLINE: Final = re.compile(r"(?<![\w$\\])\$(?=[^\s$])([^$\n]+?)(?<=[^\s\\])\$(?![\w$])")
_TAG: Final = re.compile(r"\s*\\tag\{([^}]*)\}")


def with_equations(markdown: str) -> str:
    """The page with every equation outside of code drawn.

    Raises:
        UserError: mathtext cannot read an equation.
    """
    parts = _FENCE.split(markdown)
    # Code is at the odd places, as the pattern is one group.
    parts[::2] = [_INLINE.sub(_inline, _BLOCK.sub(_block, part)) for part in parts[::2]]
    return "".join(parts)


def _block(found: re.Match[str]) -> str:
    tex = " ".join(found[1].split())
    tag = _TAG.search(tex)
    number = f'<span class="number">({escape(tag[1])})</span>' if tag else ""
    # Between lines TeX has room for full fractions; mathtext asks for them by another name.
    shown = _TAG.sub("", tex).replace(r"\frac", r"\dfrac")
    return f'<div class="equation">{drawn(shown)}{number}</div>'


def _inline(found: re.Match[str]) -> str:
    return drawn(found[1])


@cache
def drawn(tex: str) -> str:
    """An equation as one SVG element; its TeX is what a screen reader says.

    Raises:
        UserError: mathtext cannot read it.
    """
    from matplotlib import rc_context
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextPath

    try:
        with rc_context({"mathtext.fontset": "stix"}):
            path: Any = TextPath((0, 0), f"${tex}$", size=_UNITS, prop=FontProperties())
    except ValueError as error:
        raise UserError(f"equation {tex}: {str(error).splitlines()[0]}") from error
    box = path.get_extents()
    left, low, width, height = box.x0, box.y0, box.width, box.height
    em = _SCALE / _UNITS
    name = escape(tex, quote=True)
    return (
        f'<svg class="math" role="img" aria-label="{name}" '
        f'viewBox="{left:.0f} {-low - height:.0f} {width:.0f} {height:.0f}" '
        f'style="width:{width * em:.3f}em;height:{height * em:.3f}em;'
        f'vertical-align:{low * em:.3f}em"><path d="{_outline(path)}"/></svg>'
    )


def _outline(path: Any) -> str:
    """Matplotlib's path, whose y grows upward, as SVG's path data."""
    letters = {1: "M", 2: "L", 3: "Q", 4: "C", 79: "Z"}
    steps = []
    for points, code in path.iter_segments(curves=True, simplify=False):
        pairs = [f"{x:.0f},{-y:.0f}" for x, y in zip(points[::2], points[1::2], strict=True)]
        steps.append("Z" if letters[code] == "Z" else letters[code] + " ".join(pairs))
    return "".join(steps)
