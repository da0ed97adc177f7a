"""``search``: a classifier's settings."""

from __future__ import annotations

import argparse
from pathlib import Path

from fashion_hls.commands.parsing import Commands


def add(commands: Commands) -> None:
    """The parsers of these commands."""
    searching = commands.add_parser(
        "search", help="search a classifier's settings on the validation split (docs/search.md)"
    )
    searching.add_argument(
        "--space", type=Path, default=Path("conf/search/default.yaml"), metavar="FILE",
        help="what to search (default conf/search/default.yaml)",
    )  # fmt: skip
    searching.add_argument(
        "-S", "--set-param", action="append", default=[], metavar="KEY=VALUE",
        help="change a field of it, as trials=40 or space.lr=[1e-4,1e-2]",
    )  # fmt: skip
    searching.set_defaults(run=_search)


def _search(options: argparse.Namespace) -> None:
    from fashion_hls.workspace import require_workspace

    require_workspace("a search", ("conf",))
    from fashion_hls.search.command import run_search

    run_search(options.space, options.set_param)
