"""How much of a dataset may be damaged before nobody should train on the rest."""

from __future__ import annotations

from typing import Final

from fashion_hls.data.quality import Quality
from fashion_hls.errors import UserError

#: Kinds of damage. The others say what was mended (``box.clipped``), or left out by a dataset's
#: own rule (``row.no_garment``, ``category.rare``); docs/data.md says which is which.
DAMAGE: Final = frozenset(
    {
        "annotation.bad_id",
        "annotation.missing",
        "annotation.no_image",
        "annotation.other_shape",
        "annotation.size_differs",
        "annotation.turned_view",
        "annotation.unreadable",
        "attributes.missing",
        "box.inverted",
        "box.malformed",
        "box.missing",
        "box.no_area",
        "box.outside",
        "box.repeated",
        "image.ambiguous",
        "image.empty_file",
        "image.missing",
        "image.too_large",
        "image.unreadable",
        "label.missing",
        "label.unknown",
        "row.bad_id",
        "row.duplicate_id",
        "row.ragged",
        "row.repeated",
        "split.unknown",
    }
)
_NAMED: Final = 3


def refuse_bad_data(quality: Quality, kept: int, limit: float) -> None:
    """Stop where the damaged share of the images, rows and boxes is above the limit.

    Args:
        quality: what a reader found.
        kept: how many rows (boxes of a detection set, images of a benchmark) were sound.
        limit: ``dataset.max_bad_share``, 0 to 1.

    Raises:
        UserError: it is above; the message lists every kind with its count and first names.
    """
    found = quality.to_dict()
    counts = {kind: n for kind, n in found["counts"].items() if kind in DAMAGE}
    bad = sum(counts.values())
    if bad <= limit * (bad + kept):
        return
    listed = "; ".join(
        f"{kind} {n} ({', '.join(found['examples'][kind][:_NAMED])}{', ...' if n > _NAMED else ''})"
        for kind, n in counts.items()
    )
    raise UserError(
        f"{100 * bad / (bad + kept):.1f}% of the images, rows and boxes are bad, above "
        f"dataset.max_bad_share of {100 * limit:g}%: {listed}. Mend them (docs/data.md explains "
        "each kind), or raise the limit in the profile's file below conf/dataset"
    )
