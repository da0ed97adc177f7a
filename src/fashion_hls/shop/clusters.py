"""The 16 broader categories of Table 6, and which of Table 1's 22 each of them holds.

The paper names them (section 4.1) and publishes no mapping; ``clusters.yaml`` has an inferred one.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal

from fashion_hls.errors import UserError
from fashion_hls.shop.names import TABLE1, NotOfTheTaxonomy, Section, fold, read_section
from fashion_hls.taxonomy import CATALOGUE, OBJECT_TYPES

FILE: Final = Path(__file__).with_name("clusters.yaml")
#: Names in a reason; a set of 1,000 categories would make a line that nobody reads.
SHOWN: Final = 3


class Clusters(Section):
    """``clusters``: name -> categories of Table 1; ``doubts``: category -> its other readings."""

    status: Literal["inferred"]
    clusters: dict[str, tuple[str, ...]]
    doubts: dict[str, str]

    @property
    def of_category(self) -> dict[str, str]:
        """Category of Table 1 -> its cluster."""
        return {name: cluster for cluster, held in self.clusters.items() for name in held}

    @property
    def used(self) -> list[str]:
        """The clusters that hold a category, in the paper's order."""
        return [cluster for cluster, held in self.clusters.items() if held]

    def note(self) -> str:
        """What a reader of figures on clusters must know."""
        empty = ", ".join(name for name, held in self.clusters.items() if not held)
        doubts = "; ".join(f"{name}: {doubt}" for name, doubt in self.doubts.items())
        return (
            f"The mapping of the 22 categories on the paper's {len(self.clusters)} is unpublished "
            f"and inferred here; {len(self.used)} are used (unmapped: {empty}). Doubtful: {doubts}."
        )


def load_clusters(path: Path = FILE) -> Clusters:
    """The mapping, checked.

    Raises:
        UserError: a field is wrong, one of the 22 stands in no cluster or in two, a cluster holds
            another name or two object types, or a doubt is about no category.
    """
    found = read_section(path, Clusters)
    placed: dict[str, str] = {}
    for cluster, held in found.clusters.items():
        where = f"{path}: clusters.{cluster}"
        for name in held:
            if name not in CATALOGUE:
                raise UserError(
                    f"{where}: {name!r} is no category of Table 1; names: {', '.join(CATALOGUE)}"
                )
            if name in placed:
                raise UserError(
                    f"{where}: {name} is in {placed[name]} as well; drop one of the two"
                )
            placed[name] = cluster
        types = sorted({CATALOGUE[name] for name in held})
        if len(types) > 1:
            kinds = " and ".join(OBJECT_TYPES[kind] for kind in types)
            raise UserError(f"{where}: holds {kinds} garments; a cluster has one object type")
    for name in CATALOGUE:
        if name not in placed:
            raise UserError(f"{path}: clusters: {name} is in none; add it to one")
    for name in found.doubts:
        if name not in CATALOGUE:
            raise UserError(
                f"{path}: doubts.{name}: is no category of Table 1; name one, or drop it"
            )
    return found


def cluster_names(categories: Sequence[str], clusters: Clusters) -> list[str]:
    """The cluster of each category of a set.

    Raises:
        NotOfTheTaxonomy: a category is none of Table 1's, or all are clusters already.
    """
    others = [name for name in categories if fold(name) not in TABLE1]
    if others:
        mapped = {fold(name) for name in clusters.used}
        if all(fold(name) in mapped for name in categories):
            raise NotOfTheTaxonomy("the set's categories are the clusters themselves")
        raise NotOfTheTaxonomy(_reason(others, len(categories)))
    of_category = clusters.of_category
    return [of_category[TABLE1[fold(name)]] for name in categories]


def members(categories: Sequence[str], clusters: Clusters) -> list[frozenset[str]]:
    """The categories of Table 1 that each of a set's stands for: itself, or a cluster's.

    A set that was mapped on the clusters before training has their names.

    Raises:
        NotOfTheTaxonomy: the names are neither Table 1's nor the clusters'.
    """
    by_cluster = {fold(name): frozenset(held) for name, held in clusters.clusters.items() if held}
    own = {fold(name): frozenset({name}) for name in CATALOGUE}
    for known in (own, by_cluster):
        if all(fold(name) in known for name in categories):
            return [known[fold(name)] for name in categories]
    others = [name for name in categories if fold(name) not in own]
    raise NotOfTheTaxonomy(_reason(others, len(categories)))


def _reason(others: Sequence[str], total: int) -> str:
    shown = ", ".join(others[:SHOWN]) + (", ..." if len(others) > SHOWN else "")
    return f"{len(others)} of {total} categories are none of the paper's Table 1: {shown}"
