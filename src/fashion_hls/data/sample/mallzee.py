"""The catalogue's categories (paper Table 1) and attributes (Table 2), with how each is drawn.

Attributes are pairs of key and value. A style applies to the categories that Table 2 allows.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from fashion_hls.data.sample.cuts import (
    LONG_LEG,
    SHOE,
    Changes,
    Cut,
    Kind,
    Shares,
)
from fashion_hls.data.sample.kinds import KINDS

PRINTS: Final = (
    *("Striped", "Floral", "Graphic", "Checked", "Polka dots", "Animal Print", "Tartan"),
    *("Geometric", "Colourblock", "Camouflage", "Paisley", "Spots", "Tropical", "Ethnic"),
    *("Grid print", "Zigzag", "Washed", "Tie-dyed", "Dip-dyed", "Fair isle"),
)

_COATS: Final[dict[str, Changes]] = {
    "Parka": {"hem": 4.7, "neck": "hood", "front": "zip", "details": ("fur", "waist cord")},
    "Bomber": {"hem": 3.1, "neck": "crew", "front": "zip", "band": 0.24},
    "Biker": {"hem": 2.95, "fabric": "leather", "neck": "lapel", "front": "zip"},
    "Trench": {"hem": 5.0, "neck": "lapel", "front": "double", "details": ("belt",), "waist": 0.9},
    "Puffer": {"hem": 3.5, "ease": 0.3, "fabric": "quilted", "neck": "high", "front": "zip"},
    "Duster": {"hem": 6.2, "neck": "lapel", "front": "open", "waist": 0.2},
    "Peacoat": {"hem": 4.0, "neck": "lapel", "front": "double"},
    "Quilted": {"hem": 3.6, "fabric": "quilted", "front": "buttons"},
    "Anorak": {"hem": 3.8, "neck": "hood", "front": "zip", "details": ("kangaroo",)},
    "Duffle": {"hem": 4.5, "neck": "hood", "front": "toggles"},
    "Trucker": {"hem": 3.05, "fabric": "denim", "front": "buttons", "details": ("yoke",)},
    "Borg": {"hem": 3.6, "ease": 0.24, "fabric": "fleece", "front": "open"},
    "Coatigan": {"hem": 4.9, "fabric": "knit", "neck": "shawl", "front": "open"},
    "Windbreaker": {"hem": 3.4, "neck": "hood", "front": "zip", "details": ("yoke",)},
    "Windcheater": {"hem": 3.5, "neck": "high", "front": "zip", "band": 0.2},
    "Coach": {"hem": 3.5, "front": "buttons", "details": ("crest",), "band": 0.0},
}
_DRESSES: Final[dict[str, Changes]] = {
    "Bodycon": {"hem": 4.6, "ease": 0.01, "waist": 1.0, "flare": -0.02},
    "Shift": {"hem": 4.6, "waist": 0.2, "flare": 0.05, "sleeve": "none"},
    "Shirt": {"neck": "collar", "front": "buttons", "sleeve": "long", "waist": 0.5},
    "Wrap": {"neck": "v", "details": ("wrap", "belt"), "waist": 1.0, "flare": 0.25},
    "Slip": {"hem": 5.6, "sleeve": "strap", "neck": "v", "waist": 0.7},
    "Tea": {"hem": 5.4, "sleeve": "short", "flare": 0.3},
    "Sundress": {"hem": 4.7, "sleeve": "strap", "flare": 0.4},
    "Cocktail": {"hem": 4.7, "neck": "wide", "sleeve": "short", "fabric": "lace"},
    "Tunic": {"hem": 4.3, "waist": 0.1, "sleeve": "elbow", "ease": 0.14},
    "Jumper": {"hem": 4.4, "fabric": "knit", "neck": "high", "sleeve": "long", "band": 0.2},
    "Smock": {"hem": 4.6, "waist": 0.0, "flare": 0.35, "sleeve": "elbow", "cuff": 0.14},
    "Pinafore": {"hem": 4.5, "sleeve": "strap", "details": ("bib", "patch pockets")},
    "Wedding": {"hem": 7.1, "sleeve": "strap", "flare": 0.5, "fabric": "lace"},
    "Bridesmaid": {"hem": 6.9, "sleeve": "strap", "flare": 0.25, "fabric": "chiffon"},
}
_SKIRTS: Final[dict[str, Changes]] = {
    "A-line": {"flare": 0.3, "hem": 4.8},
    "Pencil": {"flare": -0.06, "hem": 5.3},
    "Skater": {"flare": 0.6, "hem": 4.5, "waist": 1.0},
    "Frill": {"flare": 0.2, "hem": 4.6, "details": ("ruffle",)},
    "Flowy": {"flare": 0.35, "hem": 6.4, "details": ("pleats",)},
}
_TROUSERS: Final[dict[str, Changes]] = {
    "Leggings": {"legs": (0.39, 0.24, 0.15), "details": ("no fly",)},
    "Chino": {"legs": (0.45, 0.34, 0.25), "details": ("jeans pockets",)},
    "Sweatpants": {"legs": (0.48, 0.42, 0.22), "band": 0.26, "details": ("waist cord",)},
    "Formal": {"legs": (0.45, 0.36, 0.3), "details": ("creases",)},
    "Culottes": {"legs": (0.48, 0.6, 0.68), "hem": 5.75, "details": ("pleats",)},
    "Capri": {"legs": (0.42, 0.28, 0.24), "hem": 6.1},
    "Peg": {"legs": (0.56, 0.38, 0.18), "details": ("pleats",)},
    "Harem": {"legs": (0.66, 0.6, 0.17), "band": 0.2, "details": ("no fly",)},
}
_SHORTS: Final[dict[str, Changes]] = {
    "Sweatshorts": {"details": ("waist cord",), "band": 0.12},
    "Cutoff": {"fabric": "denim", "hem": 4.4, "details": ("fringe hem",)},
    "Bermuda": {"hem": 5.3, "legs": (0.45, 0.42, 0.42)},
    "Running": {"hem": 4.35, "details": ("side stripes",)},
    "Cycling": {"hem": 5.0, "legs": (0.39, 0.25, 0.2), "details": ("no fly",)},
    "Skort": {"legs": (0.46, 0.66, 0.66), "details": ("wrap",)},
}
_TSHIRTS: Final[dict[str, Changes]] = {
    "Fitted": {"ease": 0.01, "waist": 1.0},
    "Boxy": {"ease": 0.2, "waist": 0.0, "hem": 3.1},
    "Boyfriend": {"ease": 0.2, "waist": 0.1, "hem": 3.8},
    "Sport": {"details": ("side stripes",)},
    "Polo": {"neck": "collar", "details": ("placket",)},
    "Baseball": {"sleeve": "elbow", "details": ("raglan",)},
    "Varsity": {"details": ("tipping", "crest")},
    "Muscle": {"sleeve": "none", "waist": 0.1},
}
_BLOUSES: Final[dict[str, Changes]] = {
    "Tie-front": {"hem": 2.85, "details": ("knot",)},
    "Bib": {"details": ("bib",)},
    "Popover": {"neck": "collar", "details": ("placket",)},
}
_JEANS: Final[dict[str, Changes]] = {
    "Boyfriend": {"legs": (0.48, 0.42, 0.34), "hem": 6.6, "details": ("cuffs",)},
    "Mom": {"legs": (0.52, 0.38, 0.25), "hem": 6.8},
    "Jeggings": {"legs": (0.39, 0.24, 0.15)},
}
_FLAT_SHOES: Final[dict[str, Changes]] = {
    "Ballerinas": {"details": ("bow",)},
    "Loafers": {"details": ("saddle",)},
    "Brogues": {"details": ("laces", "toe cap")},
    "Plimsolls": {"details": ("laces", "white sole")},
    "Moccasins": {"details": ("apron",)},
    "Boat": {"details": ("laces", "white sole", "apron")},
}
_BOOTS: Final[dict[str, Changes]] = {
    "Chelsea": {"shaft": 0.55, "details": ("elastic",)},
    "Biker": {"shaft": 0.95, "details": ("buckles",)},
    "Cowboy": {"shaft": 1.2, "details": ("stitching", "block heel")},
    "Chukka": {"shaft": 0.4, "details": ("laces",)},
    "Winter": {"shaft": 1.0, "details": ("fur cuff", "laces")},
    "Wellies": {"shaft": 1.35, "details": ("rim",)},
    "Sock": {"shaft": 0.7, "details": ("block heel", "ribbed")},
}
_SANDALS: Final[dict[str, Changes]] = {
    "Sliders": {"details": ("broad strap",)},
    "Flip-flops": {"details": ("thong",)},
    "Gladiator": {"details": ("cross straps", "ankle strap")},
    "T-bar": {"details": ("t-bar", "ankle strap")},
    "Toe-thong": {"details": ("thong", "ankle strap")},
}
_MULES: Final[dict[str, Changes]] = {
    "Mules": {"details": ("backless",)},
    "Espadrilles": {"details": ("jute",)},
    "D'orsay": {"details": ("cut sides",)},
}
_CARGO: Final[dict[str, Changes]] = {"Cargo": {"details": ("cargo pockets",)}}


def _named(*tables: dict[str, Changes]) -> dict[str, Changes]:
    return {f"Styles={value}": changes for table in tables for value, changes in table.items()}


def _printed(plain: float, *favoured: str) -> Shares:
    """No print in ``plain`` of 10; the others by rank, those that suit the category first."""
    order = [*favoured, *(name for name in PRINTS if name not in favoured)]
    weights = [1 / (place + 1) for place in range(len(order))]
    scale = (10 - plain) / sum(weights)
    shares = {f"Prints={name}": w * scale for name, w in zip(order, weights, strict=True)}
    return {"": plain, **shares}


_SHOE_PRINTS: Final = _printed(9.3, "Animal Print", "Washed")

FOOTWEAR: Final[dict[str, Kind]] = {
    name: Kind(
        type=SHOE,
        share=share,
        cut=Cut(shoe=name.lower(), shaft=0.9 if name == "Boots" else 0.0),
        pattern=_SHOE_PRINTS,
        fabric={"": 7, "leather": 3},
        styles=_named(*styles),
    )
    for name, share, styles in (
        ("Boots", 0.05, (_BOOTS,)),
        ("Flats", 0.03, (_FLAT_SHOES, _MULES)),
        ("Heels", 0.04, ({"Court": {"details": ("pointed",)}}, _MULES)),
        ("Sandals", 0.03, (_SANDALS,)),
        ("Trainers", 0.07, ()),
    )
}


def _like(name: str, share: float, pattern: Shares, *styles: dict[str, Changes]) -> Kind:
    """A kind of the other layout without its attributes, with prints and styles instead."""
    return replace(
        KINDS[name], share=share, pattern=pattern, extras={}, length={"": 1}, styles=_named(*styles)
    )


#: In Table 1's order.
CATALOGUE: Final[dict[str, Kind]] = {
    "Sweaters": _like("Sweater", 0.06, _printed(6, "Striped", "Fair isle")),
    "Blouses": _like("Blouse", 0.06, _printed(4, "Floral", "Polka dots"), _BLOUSES),
    "Coats and jackets": replace(_like("Jacket", 0.07, _printed(8), _COATS), fabric={"": 1}),
    "Formal jackets": _like(
        "Blazer", 0.02, _printed(7, "Checked"), {"Blazer": {"details": ("handkerchief",)}}
    ),
    "Shirts": _like(
        "Button-Down",
        0.04,
        _printed(4, "Tartan", "Striped"),
        {"Formal": {"details": ("bow tie",)}, "Collarless": {"neck": "crew"}},
    ),
    "Hoodies": _like("Hoodie", 0.02, _printed(6, "Graphic")),
    "Camis": replace(_like("Tank", 0.02, _printed(6, "Floral")), sleeve={"straps": 1}),
    "Tshirts": _like("Tee", 0.12, _printed(4, "Graphic", "Striped"), _TSHIRTS),
    "Cardigans": _like("Cardigan", 0.04, _printed(7, "Striped")),
    "Tanks": replace(_like("Tank", 0.04, _printed(5, "Graphic")), sleeve={"sleeveless": 1}),
    "Shorts": replace(
        _like("Shorts", 0.05, _printed(6, "Tropical"), _SHORTS, _CARGO), fabric={"": 1}
    ),
    "Trousers": replace(
        _like("Joggers", 0.06, _printed(7, "Striped"), _TROUSERS, _CARGO),
        cut=Cut(hem=LONG_LEG, ease=0.0, waist=1.0, legs=(0.45, 0.42, 0.42)),
    ),
    "Skirts": replace(_like("Skirt", 0.05, _printed(5, "Tartan"), _SKIRTS), length={"mini": 1}),
    "Jeans": _like("Jeans", 0.05, {"": 1}, _JEANS),
    "Dresses": replace(
        _like("Dress", 0.16, _printed(4, "Floral"), _DRESSES, _SKIRTS),
        length={"mini": 3, "midi": 1},
    ),
    "Jumpsuits": _like("Jumpsuit", 0.03, _printed(7, "Striped")),
    "Playsuits": _like("Romper", 0.02, _printed(5, "Floral")),
    **FOOTWEAR,
}
