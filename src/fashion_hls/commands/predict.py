"""``predict``: photos in, garments out."""

from __future__ import annotations

import argparse
import sys
import warnings
from pathlib import Path

from fashion_hls.commands.parsing import (
    Commands,
    add_models,
    add_photos,
    check_photo_options,
    load_pipeline,
)
from fashion_hls.errors import UserError

_DESCRIPTION = """\
Find every garment in photos: its object type (upper-body, lower-body, full-body, footwear), box,
category and attributes, each with a score from 0 to 1. A table is printed, or what --json - or
--csv - asks for. Boxes are x1 y1 x2 y2 in pixels of the photo as it is seen, upright.
"""
_EPILOG = """\
examples:
  fashion-hls predict photo.jpg --draw drawn
  fashion-hls predict photos/ --csv garments.csv --models my.fhls
  fashion-hls predict - --json - < photo.jpg

Photos are JPEG, PNG, WebP, GIF (the first picture), BMP or TIFF. Nothing is sent anywhere.
Results are written photo by photo: what is done stays, if the run is cut off.

exit status: 0 all photos were read; 1 some were not (each is named, the rest are done);
2 a wrong option, no photo, no models, or an output that cannot be written; 130 interrupted
"""


def add(commands: Commands) -> None:
    """The parser of this command."""
    parser = commands.add_parser(
        "predict",
        help="find the garments in photos, name their category and attributes",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_photos(parser)
    add_models(parser)
    parser.add_argument(
        "--top",
        type=int,
        metavar="N",
        help="N best attributes of each (default those above the models' thresholds)",
    )
    parser.add_argument(
        "--json", metavar="FILE", help="write a line of JSON for each photo; - prints them"
    )
    parser.add_argument("--csv", metavar="FILE", help="write a row for each garment; - prints them")
    parser.add_argument(
        "--draw",
        type=Path,
        metavar="DIR",
        help="write photos with boxes and labels drawn, and where mtl_rnn_va looked",
    )
    parser.set_defaults(run=_predict)


def _predict(options: argparse.Namespace) -> None:
    from fashion_hls.inference.batch import Outputs, check_outputs, predict_photos
    from fashion_hls.inference.finding import find_photos

    check_photo_options(options)
    if options.top is not None and options.top < 1:
        raise UserError("--top must be 1 or more")
    # Pillow tells of odd fields of files that it reads all the same.
    warnings.filterwarnings("ignore", module="PIL")
    photos = find_photos(options.photos, sys.stdin.buffer)
    outputs = Outputs(json=options.json, csv=options.csv, draw=options.draw)
    check_outputs(outputs, photos)

    pipeline = load_pipeline(options)
    failed = predict_photos(
        pipeline,
        photos,
        outputs,
        min_score=options.min_score,
        top=options.top,
        batch_size=options.batch_size,
        workers=options.workers,
    )
    if failed:
        sys.exit(1)
