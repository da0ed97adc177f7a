"""``attention``: where a trained method looked."""

from __future__ import annotations

import argparse
from pathlib import Path

from fashion_hls.commands.parsing import Commands
from fashion_hls.errors import UserError


def add(commands: Commands) -> None:
    """The parsers of these commands."""
    looking = commands.add_parser(
        "attention", help="plot where a trained method looked in photos that you name (Figure 3)"
    )
    looking.add_argument("photos", nargs="+", help="image ids, or files of the prepared set")
    looking.add_argument("--method", default="mtl_rnn_va", help="default mtl_rnn_va")
    looking.add_argument("--set", default="benchmark", choices=["benchmark", "catalogue"])
    looking.add_argument("--view", default="end_to_end", help="protocol (default end_to_end)")
    looking.add_argument("--out", type=Path, default=Path("attention.jpg"), metavar="FILE.jpg")
    looking.set_defaults(run=_attention)


def _attention(options: argparse.Namespace) -> None:
    from fashion_hls.data.store import write_whole
    from fashion_hls.explain.chosen import draw_chosen
    from fashion_hls.places import SETS

    if options.out.suffix.lower() not in (".jpg", ".jpeg"):
        raise UserError(f"--out {options.out}: the plot is a JPEG; name it FILE.jpg")
    chosen = SETS[options.set]
    drawn = draw_chosen(
        options.photos,
        method=options.method,
        chosen=chosen,
        view=options.view,
        models=Path("models/classifier") / chosen.below,
    )
    write_whole(options.out, drawn)
    print(f"written: {options.out}")
