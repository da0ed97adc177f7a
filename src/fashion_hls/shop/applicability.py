"""Which attributes of a set the taxonomy allows for which of its categories (paper Table 2).

Shapes: c categories, a attributes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fashion_hls.shop.clusters import Clusters, members
from fashion_hls.shop.names import NotOfTheTaxonomy, fold
from fashion_hls.shop.table2 import Table2

Mask = NDArray[np.bool_]

#: The key of attributes that a catalogue writes without one (docs/data.md).
PLAIN_KEY: Final = "attribute"


class Applicability(NamedTuple):
    """``applies`` [c, a]: whether Table 2 allows the pair; ``named`` [a]: whether it knows the
    attribute at all. Columns of attributes that it does not know are True and judge nothing."""

    applies: Mask
    named: Mask

    def facts(self) -> dict[str, Any]:
        """How many attributes are judged, and how many left out."""
        return {"attributes": int(self.named.sum()), "left_out": int((~self.named).sum())}


def applicability(
    categories: Sequence[str],
    attributes: Sequence[str],
    groups: Sequence[str],
    table: Table2,
    clusters: Clusters,
) -> Applicability:
    """The taxonomy in the terms of a set; names match without case, spaces and signs.

    Args:
        categories: names by id: Table 1's, or the clusters'.
        attributes: names by id, ``key=value`` or a value alone.
        groups: the key of each.
        table: the taxonomy.
        clusters: where a category may be one, it allows what any of its members does.

    Raises:
        NotOfTheTaxonomy: a category is none of the taxonomy's, or no attribute is.
    """
    held = members(categories, clusters)
    allowed = [_allowed(n, g, table) for n, g in zip(attributes, groups, strict=True)]
    named = np.array([one is not None for one in allowed], dtype=np.bool_)
    if not named.any():
        raise NotOfTheTaxonomy(
            f"none of the {len(attributes)} attributes is one of the paper's Table 2"
        )
    applies = np.ones((len(held), len(allowed)), dtype=np.bool_)
    for column, one in enumerate(allowed):
        if one is not None:
            applies[:, column] = [bool(own & one) for own in held]
    return Applicability(applies, named)


def _allowed(name: str, group: str, table: Table2) -> frozenset[str] | None:
    """The categories that an attribute applies to; None where the taxonomy does not name it."""
    key, equals, value = name.rpartition("=")
    key = key if equals else group
    keys = [fold(one) for one in table.keys] if fold(key) == PLAIN_KEY else [fold(key)]
    found = [table.applies[one, fold(value)] for one in keys if (one, fold(value)) in table.applies]
    return frozenset().union(*found) if found else None
