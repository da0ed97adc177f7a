"""``init-catalogue`` and ``fetch``: data to begin with."""

from __future__ import annotations

import argparse
from pathlib import Path

from fashion_hls.commands.parsing import Commands
from fashion_hls.errors import UserError


def add(commands: Commands) -> None:
    """The parsers of these commands."""
    example = commands.add_parser(
        "init-catalogue", help="write an example of the folder that dataset=catalogue reads"
    )
    example.add_argument("folder", type=Path, help="to make; must not exist")
    example.add_argument(
        "--boxes", default="csv", help="csv (default), coco, voc, label-studio or cvat"
    )
    example.add_argument("--photos", type=int, default=12, help="how many (default 12)")
    example.set_defaults(run=_init_catalogue)
    fetching = commands.add_parser(
        "fetch", help="copy DeepFashion or DeepFashion2 from the Drive folder its page links to"
    )
    fetching.add_argument("dataset", choices=["deepfashion1", "deepfashion2"])
    fetching.add_argument("url", help="of the Google Drive folder, from the dataset's own page")
    fetching.add_argument("--accept-terms", action="store_true", help="of the dataset's authors")
    fetching.set_defaults(run=_fetch)


def _init_catalogue(options: argparse.Namespace) -> None:
    from fashion_hls.data.sample.catalogue import write_example

    if options.photos < 1:
        raise UserError("--photos must be 1 or more")
    write_example(options.folder, photos=options.photos, boxes=options.boxes)
    print(
        f"{options.folder}: an example with {options.photos} drawings. Put your photos into "
        "images/, replace the tables' rows (docs/data.md), and set FASHION_HLS_DATA to the "
        "folder above a folder named catalogue. Twelve are to look at; a run needs hundreds "
        "(--photos 600)."
    )


def _fetch(options: argparse.Namespace) -> None:
    from fashion_hls import places
    from fashion_hls.data.fetch import fetch
    from fashion_hls.data.readers import FOLDERS

    folder = places.external_data() / FOLDERS[options.dataset]
    fetch(options.dataset, options.url, folder, accepted=options.accept_terms)
    print(f"{folder}: all files that the reader needs are there")
