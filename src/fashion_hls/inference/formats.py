"""A photo's result as a line of JSON, rows of CSV, or a table for people to read."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any, Final

from fashion_hls.inference.photo import shown
from fashion_hls.inference.results import Result

#: What a photo from standard input is called.
STANDARD_INPUT: Final = "standard input"
COLUMNS: Final = (
    *("source", "object_type", "score", "x1", "y1", "x2", "y2"),
    *("category", "category_score", "type_agrees", "attributes"),
)
#: That a table names of each garment.
_ATTRIBUTES: Final = 4


def json_line(result: Result) -> str:
    """A photo's result as one line of JSON; a name that is no Unicode is escaped."""
    told = result.to_dict()
    readable = result.source is None or result.source.isprintable()
    return json.dumps(told, ensure_ascii=not readable, allow_nan=False) + "\n"


def csv_rows(result: Result) -> Iterator[list[Any]]:
    """A row of ``COLUMNS`` for each garment."""
    for garment in result.garments:
        told = garment.to_dict()
        attributes = "; ".join(f"{one['name']} {one['score']:.2f}" for one in told["attributes"])
        yield [
            result.source or STANDARD_INPUT, told["object_type"], told["score"], *told["box"],
            told["category"], told["categories"][0]["score"], told["type_agrees"], attributes,
        ]  # fmt: skip


def table(result: Result) -> str:
    """A photo's garments for people to read."""
    out = io.StringIO()
    name = shown(result.source) if result.source else STANDARD_INPUT
    print(f"{name}  ({result.width} x {result.height})", file=out)
    if not result.garments:
        print("  no garment found", file=out)
    for garment in result.garments:
        x1, y1, x2, y2 = (round(side) for side in garment.box)
        # A bundle's names may hold what a terminal would obey.
        named = [f"{shown(one.name)} {one.score:.2f}" for one in garment.attributes[:_ATTRIBUTES]]
        more = len(garment.attributes) - len(named)
        doubt = "" if garment.type_agrees else "  (not of this type: doubtful)"
        print(
            f"  {garment.object_type:<10} {garment.score:.2f}  [{x1} {y1} {x2} {y2}]  "
            f"{shown(garment.category.name)} {garment.category.score:.2f}{doubt}",
            file=out,
        )
        if named:
            further = f", and {more} more" if more > 0 else ""
            print(f"  {'':<10}       {', '.join(named)}{further}", file=out)
    return out.getvalue().rstrip("\n")
