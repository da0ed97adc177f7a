"""What the benchmarks share: variants measured in turns, and their ratio with its interval."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

Key = TypeVar("Key")
Measured = TypeVar("Measured")


def in_turns(
    variants: Mapping[Key, Callable[[], Measured]], rounds: int
) -> dict[Key, list[Measured]]:
    """What each variant returns in each round; every other round has them in reverse."""
    found: dict[Key, list[Measured]] = {name: [] for name in variants}
    for place in range(rounds):
        for name in list(variants)[:: -1 if place % 2 else 1]:
            found[name].append(variants[name]())
    return found


def spread(values: Sequence[float], form: str = ".2f") -> str:
    """Median, and least to greatest."""
    least, middle, most = min(values), statistics.median(values), max(values)
    return f"{middle:{form}} ({least:{form}} to {most:{form}})"


def ratio(peer: Sequence[float], own: Sequence[float]) -> str:
    """The peer's seconds over our own: median of the rounds' ratios, least to greatest."""
    each = [theirs / ours for theirs, ours in zip(peer, own, strict=True)]
    return f"{spread(each)}, median of {len(each)} rounds (least to greatest)"
