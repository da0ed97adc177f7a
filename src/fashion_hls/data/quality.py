"""What was wrong with the data: every dropped image, clipped box and skipped row, by kind."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

EXAMPLES_KEPT = 20


class Quality:
    """Counts problems by kind and keeps the first few names of each.

    A kind reads ``<what>.<problem>``, e.g. ``image.missing``, ``box.clipped``, ``row.ragged``.
    """

    def __init__(self) -> None:
        self._names: defaultdict[str, list[str]] = defaultdict(list)
        self._counts: defaultdict[str, int] = defaultdict(int)

    def add(self, kind: str, name: str, count: int = 1) -> None:
        """Count one problem of this kind, found in the file or row called ``name``."""
        self._counts[kind] += count
        if len(self._names[kind]) < EXAMPLES_KEPT:
            self._names[kind].append(name)

    def count(self, kind: str) -> int:
        """How many problems of this kind were found."""
        return self._counts.get(kind, 0)

    def to_dict(self) -> dict[str, Any]:
        """``{"counts": {kind: n}, "examples": {kind: [names]}}``, kinds sorted."""
        kinds = sorted(self._counts)
        return {
            "counts": {kind: self._counts[kind] for kind in kinds},
            "examples": {kind: list(self._names[kind]) for kind in kinds},
        }
