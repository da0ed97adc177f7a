"""``fashion-hls COMMAND``: what users type beside make and dvc."""

from __future__ import annotations

import argparse
import sys

from fashion_hls.commands import app, attention, catalogue, predict, scoring, searching
from fashion_hls.errors import UserError


def main(arguments: list[str] | None = None) -> None:
    """Read the command line; a user's mistake ends in one line and status 2."""
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
    except (UserError, OSError) as error:
        print(f"{options.command}: {error}", file=sys.stderr)
        sys.exit(2)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="fashion-hls", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for module in (predict, app, catalogue, scoring, searching, attention):
        module.add(commands)
    return parser


if __name__ == "__main__":
    main()
