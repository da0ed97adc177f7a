"""``predict``: photos in, garments out."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from fashion_hls.commands.parsing import Commands, add_models
from fashion_hls.errors import UserError

_EPILOG = """\
exit status: 0 all photos were read; 1 some were not (each is named, the rest are done);
2 nothing was done: a wrong option, no photo, no models; 130 interrupted

  fashion-hls predict photo.jpg --draw drawn
  fashion-hls predict photos/ --csv garments.csv --models my.fhls
  fashion-hls predict - --json - < photo.jpg
"""


def add(commands: Commands) -> None:
    """The parser of this command."""
    parser = commands.add_parser(
        "predict",
        help="find the garments in photos, name their category and attributes",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("photos", nargs="+", help="files, folders (with what is below), or -")
    add_models(parser)
    parser.add_argument(
        "--min-score", type=float, metavar="S", help="of a detection (default the models')"
    )
    parser.add_argument(
        "--top", type=int, metavar="N", help="N attributes each (default those above thresholds)"
    )
    parser.add_argument(
        "--json", metavar="FILE", help="write JSON lines, one a photo; - prints them"
    )
    parser.add_argument("--csv", metavar="FILE", help="write a row for each garment; - prints them")
    parser.add_argument(
        "--draw", type=Path, metavar="DIR", help="write annotated photos, and attention maps"
    )
    parser.add_argument("--batch-size", type=int, default=8, help="photos at a time (default 8)")
    parser.add_argument("--workers", type=int, default=2, help="threads that read (default 2)")
    parser.set_defaults(run=_predict)


def _predict(options: argparse.Namespace) -> None:
    from fashion_hls.inference.batch import Outputs, find_photos, predict_photos

    if options.batch_size < 1 or options.workers < 1:
        raise UserError("--batch-size and --workers must be 1 or more")
    if options.min_score is not None and not 0 <= options.min_score <= 1:
        raise UserError("--min-score must be in 0 to 1")
    if options.top is not None and options.top < 1:
        raise UserError("--top must be 1 or more")
    if options.json == "-" and options.csv == "-":
        raise UserError("--json - and --csv -: both would be printed; name a file for one")
    photos = find_photos(options.photos, sys.stdin.buffer)

    from fashion_hls.inference.pipeline import Pipeline

    pipeline = Pipeline.load(
        options.models,
        method=options.method,
        backend=options.backend,
        threads=options.threads,
        device=options.device,
    )
    outputs = Outputs(json=options.json, csv=options.csv, draw=options.draw)
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
