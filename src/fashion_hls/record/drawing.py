"""A directed acyclic graph as an inline SVG: layers from top to bottom (Sugiyama et al., 1981).

Long edges pass through an invisible node in each layer between, so that none runs behind a box.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from itertools import pairwise
from typing import Final

#: Pixels of a box, of the room that a passing edge takes, and between boxes and layers.
_WIDTH, _HEIGHT, _PASS, _GAP, _BETWEEN, _MARGIN = 178, 44, 22, 14, 34, 6
_SWEEPS: Final = 12

Edge = tuple[str, str]
#: A node by name, or a part of a long edge by its ends and layer.
Place = str | tuple[str, str, int]


def draw(labels: Mapping[str, Sequence[str]], edges: Iterable[Edge], *, title: str) -> str:
    """The graph as SVG; its colours are the page's, its text is read as part of the page.

    Args:
        labels: of each node, one or two lines.
        edges: from node to node; those that others imply are not drawn.
        title: what the drawing shows, for those who cannot see it.

    Raises:
        ValueError: the edges go round in a circle.
    """
    direct = reduced(labels, edges)
    depth = _layers(labels, direct)
    paths = {edge: _path(edge, depth) for edge in direct}
    rows = _ordered(labels, depth, paths)
    centre = _centres(rows)
    width = max(x for row in rows for x in (centre[place] for place in row)) + _WIDTH / 2 + _MARGIN
    height = len(rows) * (_HEIGHT + _BETWEEN) - _BETWEEN + 2 * _MARGIN
    parts = [_line(path, centre, depth) for path in paths.values()]
    parts += [_box(label, centre[name], _top(depth[name])) for name, label in labels.items()]
    return (
        f'<svg class="graph" role="img" aria-label="{escape(title)}" '
        f'xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}">{"".join(parts)}</svg>'
    )


def reduced(nodes: Iterable[str], edges: Iterable[Edge]) -> list[Edge]:
    """The edges without those that a longer way implies, sorted.

    Raises:
        ValueError: the edges go round in a circle.
    """
    after: dict[str, set[str]] = {name: set() for name in nodes}
    for first, second in edges:
        after[first].add(second)
    reach: dict[str, set[str]] = {}

    def reached(name: str, above: tuple[str, ...] = ()) -> set[str]:
        if name in above:
            raise ValueError(f"a circle: {' -> '.join([*above, name])}")
        if name not in reach:
            parts = [{one} | reached(one, (*above, name)) for one in sorted(after[name])]
            reach[name] = set().union(*parts)
        return reach[name]

    for name in after:
        reached(name)
    return sorted(
        (first, second)
        for first, seconds in after.items()
        for second in seconds
        if not any(second in reach[other] for other in seconds - {second})
    )


def _layers(nodes: Iterable[str], edges: Sequence[Edge]) -> dict[str, int]:
    """Of each node the longest way to it from a node that nothing precedes."""
    before: dict[str, list[str]] = {name: [] for name in nodes}
    for first, second in edges:
        before[second].append(first)
    depth: dict[str, int] = {}

    def of(name: str) -> int:
        if name not in depth:
            depth[name] = 1 + max((of(one) for one in before[name]), default=-1)
        return depth[name]

    for name in before:
        of(name)
    return depth


def _path(edge: Edge, depth: Mapping[str, int]) -> list[Place]:
    first, second = edge
    return [first, *((*edge, i) for i in range(depth[first] + 1, depth[second])), second]


def _ordered(
    nodes: Iterable[str], depth: Mapping[str, int], paths: Mapping[Edge, list[Place]]
) -> list[list[Place]]:
    """Places by layer, each near the mean of its neighbours: few crossings, not the fewest."""
    rows: list[list[Place]] = [[] for _ in range(1 + max(depth.values()))]
    for name in nodes:
        rows[depth[name]].append(name)
    near: tuple[dict[Place, list[Place]], dict[Place, list[Place]]] = ({}, {})
    for path in paths.values():
        for step, (above, below) in enumerate(pairwise(path)):
            if not isinstance(below, str):
                rows[depth[str(path[0])] + step + 1].append(below)
            near[0].setdefault(below, []).append(above)
            near[1].setdefault(above, []).append(below)
    for sweep in range(_SWEEPS):
        centre, side = _centres(rows), near[sweep % 2]

        def mean(place: Place, x: Mapping[Place, float] = centre, by: object = side) -> float:
            found = by.get(place, []) if isinstance(by, dict) else []
            return sum(x[one] for one in found) / len(found) if found else x[place]

        rows = [sorted(row, key=mean) for row in rows]
    return rows


def _centres(rows: Sequence[Sequence[Place]]) -> dict[Place, float]:
    """The middle of each place: every layer in the middle of the widest."""
    widths = [[_WIDTH if isinstance(one, str) else _PASS for one in row] for row in rows]
    totals = [sum(row) + _GAP * (len(row) - 1) for row in widths]
    found: dict[Place, float] = {}
    for row, sizes, total in zip(rows, widths, totals, strict=True):
        x = _MARGIN + (max(totals) - total) / 2
        for place, size in zip(row, sizes, strict=True):
            found[place] = x + size / 2
            x += size + _GAP
    return found


def _top(layer: int) -> float:
    return _MARGIN + layer * (_HEIGHT + _BETWEEN)


def _line(path: Sequence[Place], centre: Mapping[Place, float], depth: Mapping[str, int]) -> str:
    """A curve from box to box, straight through the layers that it passes."""
    first = depth[str(path[0])]
    x, y = centre[path[0]], _top(first) + _HEIGHT
    drawn = f"M{x:.1f} {y:.1f}"
    for step, place in enumerate(path[1:], first + 1):
        x, top, bend = centre[place], _top(step), _BETWEEN / 2
        drawn += f"C{centre[path[step - first - 1]]:.1f} {top - bend:.1f} "
        drawn += f"{x:.1f} {top - bend:.1f} {x:.1f} {top:.1f}"
        if not isinstance(place, str):
            drawn += f"V{top + _HEIGHT:.1f}"
    return f'<path class="edge" d="{drawn}"/>'


def _box(lines: Sequence[str], x: float, top: float) -> str:
    middle = top + _HEIGHT / 2 + 4 - 8 * (len(lines) - 1)
    text = "".join(
        f'<text class="{"node" if i == 0 else "node more"}" x="{x:.1f}" y="{middle + 16 * i:.1f}" '
        f'text-anchor="middle">{escape(line)}</text>'
        for i, line in enumerate(lines)
    )
    left = x - _WIDTH / 2
    return (
        f'<rect class="node" x="{left:.1f}" y="{top:.1f}" width="{_WIDTH}" height="{_HEIGHT}" '
        f'rx="6"/>{text}'
    )
