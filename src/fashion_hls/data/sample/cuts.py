"""How garments are cut, and what an attribute changes about a cut."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Final

from fashion_hls.data.sample.stencil import CROTCH, KNEE

Shares = dict[str, float]
#: Fields of a ``Cut`` by name; ``details`` are added to those that are there.
Changes = dict[str, Any]

#: DeepFashion's ``category_type``, and a fourth for what DeepFashion has none of.
TOP, BOTTOM, WHOLE, SHOE = 1, 2, 3, 4


@dataclass(frozen=True, kw_only=True)
class Cut:
    """The shape of a garment. Lengths in heads, heights from the top of the head.

    ``hem``: height where it ends. ``ease``: how far it stands off the body. ``waist``: 1 follows
    the waist, 0 hangs straight from the chest. ``flare``: how much wider it gets with each head
    below the waist. ``sleeve``: none, strap, short, elbow, long or cape. ``cuff``: how much wider
    the sleeve is at its end. ``neck``: crew, v, scoop, wide, high, collar, lapel, shawl or hood.
    ``front``: closed, open, buttons, double or zip. ``band``: height of the ribbed band at hem and
    cuffs. ``legs``: radii of trouser legs at hip, knee and ankle. ``details``: what is sewn on, by
    the names in details.py. ``shoe``: boots, flats, heels, sandals or trainers; ``shaft``: of a
    boot, above the ankle.
    """

    hem: float = 3.4
    ease: float = 0.06
    waist: float = 0.6
    flare: float = 0.0
    sleeve: str = "none"
    cuff: float = 0.0
    neck: str = "crew"
    front: str = "closed"
    band: float = 0.0
    legs: tuple[float, float, float] | None = None
    details: frozenset[str] = frozenset()
    shoe: str = ""
    shaft: float = 0.0


def altered(cut: Cut, changes: Changes) -> Cut:
    """The cut with some fields changed and details added."""
    details = cut.details | frozenset(changes.get("details", ()))
    return replace(cut, **{**changes, "details": details})


@dataclass(frozen=True, kw_only=True)
class Kind:
    """How garments of a category vary.

    ``type``: TOP, BOTTOM, WHOLE or SHOE. ``share``: of the category among labelled garments.
    ``cut``: before its attributes change it. ``outer``: worn open or closed over another top.
    ``pattern``, ``fabric``, ``sleeve``, ``length``, ``front``: exclusive choices with their shares
    (not normalised); an empty name is "none of the attributes". ``extras``: chance of each further
    attribute. ``styles``: attributes of which at most one applies, with what each changes.
    """

    type: int
    share: float
    cut: Cut
    outer: bool = False
    pattern: Shares = field(default_factory=lambda: {"": 1.0})
    fabric: Shares = field(default_factory=lambda: {"": 1.0})
    sleeve: Shares = field(default_factory=lambda: {"": 1.0})
    length: Shares = field(default_factory=lambda: {"": 1.0})
    front: Shares = field(default_factory=lambda: {"": 1.0})
    extras: Shares = field(default_factory=dict)
    styles: dict[str, Changes] = field(default_factory=dict)


#: Attribute -> what it changes, whatever the garment.
EFFECTS: Final[dict[str, Changes]] = {
    "sleeveless": {"sleeve": "none"},
    "straps": {"sleeve": "strap", "neck": "scoop"},
    "short sleeve": {"sleeve": "short"},
    "long sleeve": {"sleeve": "long"},
    "mini": {"hem": 4.55},
    "midi": {"hem": 5.7},
    "maxi": {"hem": 6.85},
    "peplum": {"flare": 0.85, "waist": 1.0, "hem": 3.4, "band": 0.0},
    "skinny": {"legs": (0.4, 0.25, 0.16)},
    "front button": {"front": "buttons"},
    "zip": {"front": "zip"},
    "open": {"front": "open"},
    "v neck": {"neck": "v"},
    "hooded": {"neck": "hood"},
    "belted": {"details": ("belt",), "waist": 1.0},
    "pocket": {"details": ("patch pockets",)},
    "ruffle": {"details": ("ruffle",)},
    "boho": {"details": ("fringe", "zigzag")},
    "sporty": {"details": ("side stripes",)},
    "punk": {"details": ("studs",)},
    "preppy": {"details": ("tipping", "crest")},
}


def effect(name: str, kind: Kind) -> Changes:
    """What an attribute changes on garments of a kind."""
    if name == "crop":
        return {"hem": 2.5} if kind.cut.legs is None else {"hem": KNEE + 0.55}
    if name == "flare":
        return {"flare": 0.42} if kind.cut.legs is None else {"legs": (0.42, 0.3, 0.58)}
    return EFFECTS.get(name, {})


#: Where a romper's and a pair of shorts' legs end.
SHORT_LEG: Final = CROTCH + 0.75
LONG_LEG: Final = KNEE + 1.55
