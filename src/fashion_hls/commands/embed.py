"""``embed``: photos in, a vector for each garment out."""

from __future__ import annotations

import argparse
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from fashion_hls.commands.parsing import (
    Commands,
    add_models,
    add_photos,
    check_photo_options,
    load_pipeline,
)

if TYPE_CHECKING:
    from fashion_hls.inference.pipeline import Seen

_DESCRIPTION = """\
Find every garment in photos and write its embedding: the features by which the method names
categories and attributes, as a vector of length 1. Garments that look alike to the models lie
close: their dot product is near 1 (docs/embeddings.md). Vectors of other models do not compare.
"""
_EPILOG = """\
examples:
  fashion-hls embed photos/ --out garments.parquet
  fashion-hls embed photo.jpg --out garments.npz --models my.fhls --method stl_hls

The file is there whole or not at all.

exit status: 0 all photos were read; 1 some were not (each is named, the rest are done);
2 a wrong option, no photo, no models, or an output that cannot be written; 130 interrupted
"""


def add(commands: Commands) -> None:
    """The parser of this command."""
    parser = commands.add_parser(
        "embed",
        help="write a vector for each garment in photos",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_photos(parser)
    parser.add_argument(
        "--out", type=Path, required=True, metavar="FILE", help="to write, .parquet or .npz"
    )
    add_models(parser)
    parser.set_defaults(run=_embed)


def _embed(options: argparse.Namespace) -> None:
    from fashion_hls.inference.batch import Outputs, check_outputs, over_photos
    from fashion_hls.inference.embedding_file import check_ending, embedding_file, told_of
    from fashion_hls.inference.finding import find_photos

    check_photo_options(options)
    check_ending(options.out)
    warnings.filterwarnings("ignore", module="PIL")
    photos = find_photos(options.photos, sys.stdin.buffer)
    check_outputs(Outputs(json=str(options.out)), photos)

    pipeline = load_pipeline(options)
    garments = 0
    with embedding_file(options.out, told_of(pipeline.card, pipeline.method)) as file:

        def write(seen: Seen) -> None:
            nonlocal garments
            file.write(seen.result)
            garments += len(seen.result.garments)

        failed = over_photos(
            pipeline,
            photos,
            write,
            command="embed",
            min_score=options.min_score,
            batch_size=options.batch_size,
            workers=options.workers,
        )
    print(f"{options.out}: garments: {garments}, photos: {len(photos) - failed}")
    if failed:
        sys.exit(1)
