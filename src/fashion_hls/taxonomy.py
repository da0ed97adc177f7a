"""Object types and how the datasets' own categories map onto them (paper Table 1)."""

from __future__ import annotations

from typing import Final

OBJECT_TYPES: Final = ("upper-body", "lower-body", "full-body", "footwear")
UPPER, LOWER, FULL, FOOTWEAR = range(4)

#: Shared where the detector found nothing, so that "no type" is said and not guessed.
NO_TYPE: Final = len(OBJECT_TYPES)

#: DeepFashion2 category name -> object type (paper Table 1). Ids in DF2 are 1-based.
DEEPFASHION2: Final[dict[str, int]] = {
    "short sleeve top": UPPER,
    "long sleeve top": UPPER,
    "short sleeve outwear": UPPER,
    "long sleeve outwear": UPPER,
    "vest": UPPER,
    "sling": UPPER,
    "shorts": LOWER,
    "trousers": LOWER,
    "skirt": LOWER,
    "short sleeve dress": FULL,
    "long sleeve dress": FULL,
    "vest dress": FULL,
    "sling dress": FULL,
}

#: Category -> object type of the paper's catalogue dataset (paper Table 1, last column).
CATALOGUE: Final[dict[str, int]] = {
    **dict.fromkeys(
        (
            *("Sweaters", "Blouses", "Coats and jackets", "Formal jackets", "Shirts"),
            *("Hoodies", "Camis", "Tshirts", "Cardigans", "Tanks"),
        ),
        UPPER,
    ),
    **dict.fromkeys(("Shorts", "Trousers", "Skirts", "Jeans"), LOWER),
    **dict.fromkeys(("Dresses", "Jumpsuits", "Playsuits"), FULL),
    **dict.fromkeys(("Boots", "Flats", "Heels", "Sandals", "Trainers"), FOOTWEAR),
}

#: Clothing Co-Parsing label -> object type; labels not named here are no garments.
CCP: Final[dict[str, int]] = {
    name: object_type
    for object_type, names in {
        UPPER: "blazer blouse bra cape cardigan coat hoodie jacket jumper shirt suit sweater "
        "sweatshirt t-shirt top vest",
        LOWER: "jeans leggings panties pants shorts skirt",
        FULL: "bodysuit dress romper",
        FOOTWEAR: "boots clogs flats heels loafers pumps sandals shoes sneakers wedges",
    }.items()
    for name in names.split()
}

#: Fashion Product Images subCategory -> object type; other subCategories are no garments.
FPI: Final[dict[str, int]] = {
    "Topwear": UPPER,
    "Bottomwear": LOWER,
    "Dress": FULL,
    "Shoes": FOOTWEAR,
    "Sandal": FOOTWEAR,
    "Flip Flops": FOOTWEAR,
}

#: DeepFashion ``category_type`` (1-based in the file) -> object type.
DEEPFASHION1_TYPES: Final[dict[int, int]] = {1: UPPER, 2: LOWER, 3: FULL}

#: DeepFashion ``attribute_type`` ids.
DEEPFASHION1_ATTRIBUTE_TYPES: Final[dict[int, str]] = {
    1: "texture",
    2: "fabric",
    3: "shape",
    4: "part",
    5: "style",
}

#: The same of Anno_fine's 26 attributes.
DEEPFASHION1_FINE_ATTRIBUTE_TYPES: Final[dict[int, str]] = {
    1: "texture",
    2: "sleeve",
    3: "length",
    4: "neckline",
    5: "fabric",
    6: "fit",
}
