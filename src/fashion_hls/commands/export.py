"""``export``: a bundle for prediction by ONNX Runtime, without torch."""

from __future__ import annotations

import argparse
import io
from pathlib import Path

from fashion_hls.commands.parsing import Commands, refuse_output
from fashion_hls.errors import UserError

#: Photos that 8-bit ranges are taken from, at most: with more they are no better.
MOST_PHOTOS = 200


def add(commands: Commands) -> None:
    """The parser of this command."""
    parser = commands.add_parser(
        "export", help="turn a bundle into ONNX graphs, for prediction without torch (docs/onnx.md)"
    )
    parser.add_argument("out", type=Path, metavar="OUT.fhls", help="to write")
    parser.add_argument(
        "--models", metavar="WHERE", help="a bundle (default the one that comes with the package)"
    )
    parser.add_argument(
        "--int8", nargs="+", metavar="PHOTO", help="8-bit integers, ranges taken from these photos "
        "or folders (about 100; docs/onnx.md)",
    )  # fmt: skip
    parser.set_defaults(run=_export)


def _export(options: argparse.Namespace) -> None:
    from fashion_hls.data.store import write_whole
    from fashion_hls.inference.bundle import SUFFIX, Bundle, is_bundle
    from fashion_hls.inference.source import located

    path = located(options.models)
    if not is_bundle(path):
        raise UserError(f"{path}: is no bundle; make one with `fashion-hls bundle FILE{SUFFIX}`")
    refuse_output(options.out, SUFFIX, path)
    try:
        from fashion_hls.inference.onnx_bundle import Calibration, export_bundle
    except ImportError as error:
        raise UserError(
            f"export: {error.name} is not installed; pip install 'fashion-hls[app]'"
        ) from error

    photos = None
    if options.int8:
        from fashion_hls.inference.finding import find_photos
        from fashion_hls.inference.photo import read_photo

        names = [one for one in options.int8 if one != "-"]
        found = find_photos(names, io.BytesIO())[:MOST_PHOTOS]
        for one in found:
            read_photo(one)  # one that cannot be is told before the work begins
        photos = Calibration(found)
    content = export_bundle(Bundle(path), photos)
    write_whole(options.out, content)
    print(f"{options.out}: {len(content) / 1e6:.1f} MB; fashion-hls predict --models {options.out}")
