"""Garments drawn at random, and what is worn or shown together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from fashion_hls.data.sample.cuts import (
    BOTTOM,
    SHOE,
    TOP,
    WHOLE,
    Cut,
    Kind,
    Shares,
    altered,
    effect,
)
from fashion_hls.data.sample.kinds import ATTRIBUTES, KINDS
from fashion_hls.data.sample.mallzee import FOOTWEAR
from fashion_hls.data.sample.palette import SHOES, pick
from fashion_hls.data.sample.stencil import KNEE, WAIST
from fashion_hls.data.sample.textures import PLAIN_FABRICS, Look, draw_look

Kinds = Mapping[str, Kind]

#: Share of outfits whose main garment covers the whole body.
WHOLE_SHARE: Final = 0.34
#: Chance of a further, outer layer: over a labelled garment it is small, as a labelled garment is
#: what the photo is about and seldom half hidden.
OUTER_SHARE: Final = 0.26
OUTER_OVER_TARGET: Final = 0.08
#: Chance that a top is tucked in.
TUCKED: Final = 0.25
TUCKED_INTO_TARGET: Final = 0.7
#: Share of garments of a category with styles that have one.
STYLED: Final = 0.85


@dataclass(frozen=True, kw_only=True)
class Garment:
    """One garment. ``attributes``: all that are visible on it. ``cut``: after their changes."""

    category: str
    kind: Kind
    attributes: frozenset[str]
    cut: Cut
    look: Look


def _choose(shares: Shares, rng: np.random.Generator) -> str:
    weights = np.cumsum(list(shares.values()))
    return list(shares)[int(np.searchsorted(weights, rng.random() * weights[-1], side="right"))]


def draw_category(
    rng: np.random.Generator,
    kinds: Kinds = KINDS,
    types: Sequence[int] = (TOP, BOTTOM, WHOLE, SHOE),
    outer: bool | None = None,
) -> str:
    """A category by its share: of the given types, outer layers only (True) or none (False)."""
    shares = {
        name: kind.share
        for name, kind in kinds.items()
        if kind.type in types and outer in (None, kind.outer)
    }
    return _choose(shares, rng)


def _style(kind: Kind, rng: np.random.Generator) -> str:
    """One of the kind's styles, the later ones ever rarer; often none."""
    if not kind.styles or rng.random() > STYLED:
        return ""
    return _choose({name: 1 / (place + 2) for place, name in enumerate(kind.styles)}, rng)


def draw_garment(category: str, rng: np.random.Generator, kinds: Kinds = KINDS) -> Garment:
    """A garment of the category, with attributes that such garments have."""
    kind = kinds[category]
    style = _style(kind, rng)
    changes = dict(kind.styles.get(style, {}))
    fabric = str(changes.pop("fabric", "")) or _choose(kind.fabric, rng)
    pattern = "" if fabric in PLAIN_FABRICS else _choose(kind.pattern, rng)
    sleeve, length, front = (_choose(s, rng) for s in (kind.sleeve, kind.length, kind.front))
    extras = [name for name, chance in kind.extras.items() if rng.random() < chance]
    cut = kind.cut
    for name in (sleeve, length, front, *extras):
        cut = altered(cut, effect(name, kind))
    cut = altered(cut, changes)
    shown = {pattern, fabric, sleeve, length, front, style, *extras}
    if sleeve == "straps":
        shown.add("sleeveless")
    hem = cut.hem + (0.0 if kind.type == SHOE else float(np.clip(rng.normal(0, 0.09), -0.2, 0.2)))
    look = draw_look(pattern.rpartition("=")[2].lower(), fabric, rng)
    if kind.type == SHOE and fabric != "leather":
        look = replace(look, main=pick(SHOES, rng))
    return Garment(
        category=category,
        kind=kind,
        # The catalogue's attributes are pairs of key and value.
        attributes=frozenset(name for name in shown if name in ATTRIBUTES or "=" in name),
        cut=replace(cut, hem=hem),
        look=look,
    )


def draw_outfit(
    rng: np.random.Generator, target: Garment | None = None, kinds: Kinds = KINDS
) -> list[Garment]:
    """Garments worn together, in the order in which they are put on, shoes among them.

    Args:
        rng: source of every choice.
        target: a garment that must be part of it, the only one of its category; a top may be
            tucked in. Without one the outfit is free.
        kinds: the wardrobe; shoes are always of the catalogue's.
    """
    of_feet = target is not None and target.kind.type == SHOE
    clothes = _clothes(rng, None if of_feet else target, kinds)
    chance = OUTER_OVER_TARGET if target else OUTER_SHARE
    if not any(one.kind.outer for one in clothes) and rng.random() < chance:
        outer = draw_garment(draw_category(rng, kinds, (TOP,), outer=True), rng, kinds)
        clothes = [*(_below(one, outer) for one in clothes), outer]
    if target is not None and of_feet:
        return _with_shoes(clothes, target)
    return _with_shoes(clothes, draw_garment(draw_category(rng, FOOTWEAR), rng, FOOTWEAR))


def _clothes(rng: np.random.Generator, target: Garment | None, kinds: Kinds) -> list[Garment]:
    """A whole garment, or a lower one with one or two upper ones."""

    def another(kind: int, outer: bool | None = None) -> Garment:
        return draw_garment(draw_category(rng, kinds, (kind,), outer), rng, kinds)

    kind = target.kind.type if target else (WHOLE if rng.random() < WHOLE_SHARE else TOP)
    if kind == WHOLE:
        return [target or another(WHOLE)]
    lower = target if target and kind == BOTTOM else another(BOTTOM)
    upper = target if target and kind == TOP else another(TOP, outer=False)
    if upper.kind.outer:
        return [lower, _below(another(TOP, outer=False), upper), upper]
    # A labelled lower garment shows its waist.
    tucked = TUCKED_INTO_TARGET if lower is target else TUCKED
    if upper.cut.hem > WAIST + 0.3 and upper.cut.flare == 0 and rng.random() < tucked:
        return [replace(upper, cut=replace(upper.cut, hem=WAIST + 0.12)), lower]
    return [lower, upper]


def _below(garment: Garment, outer: Garment) -> Garment:
    """The garment as it is worn below an outer one: its sleeves fit into the other's."""
    if garment.kind.type == BOTTOM:
        return garment
    ease = min(garment.cut.ease, max(0.02, outer.cut.ease - 0.06))
    return replace(garment, cut=replace(garment.cut, ease=ease, cuff=0.0))


def _with_shoes(clothes: list[Garment], shoes: Garment) -> list[Garment]:
    """Boots are worn over narrow legs; other shoes, and boots below wide ones, come first."""
    lowest = max(clothes, key=lambda one: one.cut.hem)
    narrow = lowest.cut.legs is not None and lowest.cut.legs[2] < 0.24
    if shoes.cut.shaft > 0 and (narrow or lowest.cut.hem < KNEE + 0.1):
        return [*clothes, shoes]
    return [shoes, *clothes]


def draw_display(
    rng: np.random.Generator, target: Garment | None = None, kinds: Kinds = KINDS
) -> list[Garment]:
    """What lies together in a shop's photo: one garment, sometimes with a second beside it."""
    first = target or draw_garment(draw_category(rng, kinds), rng, kinds)
    if first.kind.type == WHOLE or rng.random() > 0.25:
        return [first]
    beside = {TOP: (BOTTOM,), BOTTOM: (TOP,), SHOE: (BOTTOM, TOP)}[first.kind.type]
    return [first, draw_garment(draw_category(rng, kinds, beside), rng, kinds)]
