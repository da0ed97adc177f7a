"""``python -m fashion_hls COMMAND``: what users type beside make and dvc."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from fashion_hls.errors import UserError


def main(arguments: list[str] | None = None) -> None:
    """Read the command line; a user's mistake ends in one line and status 2."""
    parser = argparse.ArgumentParser(prog="python -m fashion_hls", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    example = commands.add_parser(
        "init-catalogue", help="write an example of the folder that dataset=catalogue reads"
    )
    example.add_argument("folder", type=Path, help="to make; must not exist")
    example.add_argument("--boxes", default="csv", help="csv (default), coco or voc")
    example.add_argument("--photos", type=int, default=12, help="how many (default 12)")
    options = parser.parse_args(arguments)
    try:
        from fashion_hls.data.sample.catalogue import write_example

        write_example(options.folder, photos=options.photos, boxes=options.boxes)
    except UserError as error:
        print(f"{options.command}: {error}", file=sys.stderr)
        sys.exit(2)
    print(
        f"{options.folder}: an example with {options.photos} drawings. Put your photos into "
        "images/, replace the tables' rows (docs/data.md), and set FASHION_HLS_DATA to the "
        "folder above a folder named catalogue."
    )


if __name__ == "__main__":
    main()
