"""What can be worn: categories, attributes, and how often they go together."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from fashion_hls.data.sample.figure import CROTCH, KNEE, WAIST
from fashion_hls.data.sample.textures import Look, draw_look

Shares = dict[str, float]

#: Attribute -> DeepFashion ``attribute_type`` (1 texture, 2 fabric, 3 shape, 4 part, 5 style).
ATTRIBUTES: Final[dict[str, int]] = {
    "floral": 1,
    "plaid": 1,
    "polka dot": 1,
    "solid": 1,
    "striped": 1,
    "denim": 2,
    "knit": 2,
    "leather": 2,
    "crop": 3,
    "flare": 3,
    "maxi": 3,
    "midi": 3,
    "mini": 3,
    "front button": 4,
    "long sleeve": 4,
    "sleeveless": 4,
    "v neck": 4,
    "boho": 5,
    "sporty": 5,
}
SKIRT_HEMS: Final[Shares] = {"mini": 4.55, "midi": 5.75, "maxi": 6.9}


@dataclass(frozen=True, kw_only=True)
class Kind:
    """How garments of a category vary.

    ``type``: DeepFashion ``category_type`` (1 upper, 2 lower, 3 full-body). ``share``: of the
    category among labelled garments. ``pattern``, ``fabric``, ``sleeve``, ``length``: exclusive
    choices with their shares (not normalised); an empty name is "none of the attributes".
    ``extras``: chance of each further attribute. ``legs``: trouser legs. ``ease``: looseness of
    the trunk in heads.
    """

    type: int
    share: float
    pattern: Shares
    fabric: Shares = field(default_factory=lambda: {"": 1.0})
    sleeve: Shares = field(default_factory=lambda: {"": 1.0})
    length: Shares = field(default_factory=lambda: {"": 1.0})
    extras: Shares = field(default_factory=dict)
    legs: bool = False
    ease: float = 0.05


#: In DeepFashion's order: by type, then by name.
KINDS: Final[dict[str, Kind]] = {
    "Blouse": Kind(
        type=1,
        share=0.12,
        pattern={"solid": 3, "floral": 4, "polka dot": 2, "striped": 1},
        sleeve={"long sleeve": 6, "short sleeve": 2, "sleeveless": 2},
        extras={"front button": 0.6, "v neck": 0.4, "boho": 0.25},
        ease=0.1,
    ),
    "Jacket": Kind(
        type=1,
        share=0.05,
        pattern={"solid": 3, "plaid": 1},
        fabric={"denim": 4, "leather": 4, "": 3},
        sleeve={"long sleeve": 95, "short sleeve": 5},
        length={"": 8, "crop": 2},
        extras={"front button": 0.3, "sporty": 0.2},
        ease=0.16,
    ),
    "Sweater": Kind(
        type=1,
        share=0.07,
        pattern={"solid": 6, "striped": 4},
        fabric={"knit": 9, "": 1},
        sleeve={"long sleeve": 1},
        extras={"v neck": 0.25},
        ease=0.16,
    ),
    "Tank": Kind(
        type=1,
        share=0.08,
        pattern={"solid": 5, "striped": 2, "floral": 2, "polka dot": 1},
        sleeve={"sleeveless": 1},
        length={"": 6, "crop": 4},
        extras={"v neck": 0.3, "boho": 0.15, "sporty": 0.2},
        ease=0.02,
    ),
    "Tee": Kind(
        type=1,
        share=0.16,
        pattern={"solid": 5, "striped": 3, "polka dot": 1, "plaid": 0.5},
        sleeve={"short sleeve": 1},
        length={"": 8, "crop": 2},
        extras={"v neck": 0.35, "sporty": 0.2},
        ease=0.07,
    ),
    "Jeans": Kind(
        type=2,
        share=0.1,
        pattern={"": 1},
        fabric={"denim": 1},
        length={"": 8, "crop": 2},
        extras={"flare": 0.25},
        legs=True,
    ),
    "Leggings": Kind(
        type=2,
        share=0.03,
        pattern={"solid": 7, "striped": 1, "floral": 1},
        fabric={"": 8, "leather": 2},
        length={"": 7, "crop": 3},
        extras={"sporty": 0.4},
        legs=True,
    ),
    "Shorts": Kind(
        type=2,
        share=0.09,
        pattern={"solid": 4, "plaid": 2, "floral": 2, "striped": 1},
        fabric={"": 6, "denim": 4},
        extras={"sporty": 0.25},
        legs=True,
    ),
    "Skirt": Kind(
        type=2,
        share=0.09,
        pattern={"solid": 4, "plaid": 2, "floral": 2, "polka dot": 1},
        fabric={"": 7, "denim": 1.5, "leather": 1.5},
        length={"mini": 5, "midi": 3, "maxi": 2},
        extras={"flare": 0.4, "front button": 0.15, "boho": 0.15},
    ),
    "Dress": Kind(
        type=3,
        share=0.16,
        pattern={"solid": 4, "floral": 4, "striped": 2, "polka dot": 1.5},
        fabric={"": 9, "knit": 1},
        sleeve={"sleeveless": 5, "short sleeve": 3, "long sleeve": 2},
        length={"mini": 5, "midi": 3, "maxi": 3},
        extras={"flare": 0.35, "v neck": 0.4, "front button": 0.1, "boho": 0.2},
    ),
    "Jumpsuit": Kind(
        type=3,
        share=0.02,
        pattern={"solid": 7, "striped": 2, "floral": 1},
        fabric={"": 8, "denim": 2},
        sleeve={"sleeveless": 5, "long sleeve": 3, "short sleeve": 2},
        extras={"flare": 0.3, "v neck": 0.4},
        legs=True,
    ),
    "Romper": Kind(
        type=3,
        share=0.03,
        pattern={"solid": 3, "floral": 5, "striped": 2},
        sleeve={"sleeveless": 6, "short sleeve": 3, "long sleeve": 1},
        extras={"v neck": 0.4, "boho": 0.25},
        legs=True,
    ),
}


@dataclass(frozen=True, kw_only=True)
class Garment:
    """One garment.

    ``attributes``: all that are visible on it. ``sleeve``: none, strap, short or long. ``hem``:
    height in heads where it ends. ``look``: its cloth.
    """

    category: str
    attributes: frozenset[str]
    sleeve: str
    hem: float
    look: Look

    @property
    def kind(self) -> Kind:
        """The category's description."""
        return KINDS[self.category]


def _choose(shares: Shares, rng: np.random.Generator) -> str:
    weights = np.cumsum(list(shares.values()))
    return list(shares)[int(np.searchsorted(weights, rng.random() * weights[-1], side="right"))]


def draw_category(rng: np.random.Generator, types: tuple[int, ...] = (1, 2, 3)) -> str:
    """A category of the given DeepFashion types, by its share."""
    return _choose({name: k.share for name, k in KINDS.items() if k.type in types}, rng)


def draw_garment(category: str, rng: np.random.Generator) -> Garment:
    """A garment of the category, with attributes that such garments have."""
    kind = KINDS[category]
    fabric = _choose(kind.fabric, rng)
    pattern = "" if fabric in ("denim", "leather") else _choose(kind.pattern, rng)
    sleeve, length = _choose(kind.sleeve, rng), _choose(kind.length, rng)
    extras = {name for name, chance in kind.extras.items() if rng.random() < chance}
    attributes = {pattern, fabric, sleeve, length, *extras} & set(ATTRIBUTES)
    return Garment(
        category=category,
        attributes=frozenset(attributes),
        sleeve=_sleeve(sleeve, rng),
        hem=_hem(kind, category, length) + float(np.clip(rng.normal(0, 0.1), -0.25, 0.25)),
        look=draw_look(pattern, fabric, rng),
    )


def _sleeve(name: str, rng: np.random.Generator) -> str:
    if name == "sleeveless":
        return "strap" if rng.random() < 0.4 else "none"
    return name.removesuffix(" sleeve")


def _hem(kind: Kind, category: str, length: str) -> float:
    if length in SKIRT_HEMS:
        return SKIRT_HEMS[length]
    if category in ("Shorts", "Romper"):
        return CROTCH + 0.75
    if kind.legs:
        return KNEE + (0.6 if length == "crop" else 1.55)
    return 2.5 if length == "crop" else 3.4


def draw_outfit(rng: np.random.Generator, target: Garment | None = None) -> list[Garment]:
    """Garments worn together, in the order in which they are put on.

    Args:
        rng: source of every choice.
        target: a garment that must be part of it, the only one of its category; a top may be
            tucked in. Without one the outfit is free.
    """
    kind = target.kind.type if target else (3 if rng.random() < 0.3 else 1)
    if kind == 3:
        outfit = [target or draw_garment(draw_category(rng, (3,)), rng)]
    else:
        lower = target if target and kind == 2 else draw_garment(draw_category(rng, (2,)), rng)
        upper = target if target and kind == 1 else draw_garment(_inner_top(rng), rng)
        if upper.category == "Jacket":
            return [lower, draw_garment(_inner_top(rng), rng), upper]
        if upper.hem > WAIST and rng.random() < 0.3:
            outfit = [replace(upper, hem=WAIST + 0.1), lower]
        else:
            outfit = [lower, upper]
    # A labelled garment is what the photo is about: it is seldom half hidden.
    if rng.random() < (0.06 if target else 0.16):
        outfit.append(draw_garment("Jacket", rng))
    return outfit


def _inner_top(rng: np.random.Generator) -> str:
    shares = {n: k.share for n, k in KINDS.items() if k.type == 1 and n != "Jacket"}
    return _choose(shares, rng)
