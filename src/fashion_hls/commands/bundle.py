"""``bundle``: a run's networks as one file to predict with."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from fashion_hls.commands.parsing import Commands, refuse_output

#: What a bundle that lies in Git may have.
LARGEST_MB = 25


def add(commands: Commands) -> None:
    """The parser of this command."""
    parser = commands.add_parser(
        "bundle", help="pack a run's networks into one file to predict with (docs/bundle.md)"
    )
    parser.add_argument("out", type=Path, metavar="FILE.fhls", help="to write")
    parser.add_argument(
        "--run", type=Path, default=Path(), dest="root", metavar="FOLDER",
        help="that the pipeline ran in (default this one)",
    )  # fmt: skip
    parser.add_argument(
        "--methods", default="", metavar="A,B",
        help="to hold, the first speaks unless another is named (default the best on validation)",
    )  # fmt: skip
    parser.add_argument("--detector", help="to hold (default the one that the run cropped with)")
    parser.add_argument("--full-precision", action="store_true", help="float32, twice the bytes")
    parser.set_defaults(run=_bundle)


def _bundle(options: argparse.Namespace) -> None:
    from fashion_hls.data.store import write_whole
    from fashion_hls.inference.bundle import SUFFIX
    from fashion_hls.inference.making import make_bundle

    refuse_output(options.out, SUFFIX)
    methods = [one.strip() for one in options.methods.split(",") if one.strip()]
    made = make_bundle(
        options.root,
        methods=methods,
        detector=options.detector,
        half=not options.full_precision,
    )
    write_whole(options.out, made.content)
    size = len(made.content) / 1e6
    names = ", ".join(made.card["classifiers"])
    print(f"{options.out}: {made.card['detector']['name']} and {names}; {size:.1f} MB")
    if size > LARGEST_MB:
        print(
            f"note: more than {LARGEST_MB} MB; name fewer --methods, or --detector with a smaller "
            "one",
            file=sys.stderr,
        )
