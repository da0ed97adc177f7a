"""``fashion-hls COMMAND``: what users type beside make and dvc."""

from __future__ import annotations

import argparse
import io
import os
import sys

from fashion_hls.commands import (
    app,
    attention,
    bundle,
    catalogue,
    check,
    compare,
    embed,
    export,
    predict,
    predict_set,
    publish,
    reporting,
    scoring,
    searching,
    serve,
)
from fashion_hls.errors import UserError

#: In the order in which ``--help`` lists them.
COMMANDS = (
    predict,
    embed,
    app,
    bundle,
    export,
    publish,
    serve,
    catalogue,
    predict_set,
    scoring,
    attention,
    searching,
    reporting,
    compare,
    check,
)


def main(arguments: list[str] | None = None) -> None:
    """Read the command line; a user's mistake ends in one line and status 2.

    Ctrl-C ends in one line and status 130. A reader that wants no more, as ``head``, ends it
    silently with 141; both are what shells say of a program that a signal ended.
    """
    _open_closed()
    options = command_line().parse_args(arguments)
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A photo's name, say, may have letters that the terminal's encoding lacks.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        options.run(options)
        sys.stdout.flush()
    except KeyboardInterrupt:
        print(f"{options.command}: interrupted", file=sys.stderr)
        sys.exit(130)
    except BrokenPipeError:
        _leave_output()
        sys.exit(141)
    except (UserError, OSError) as error:
        _leave_output()
        print(f"{options.command}: {error}", file=sys.stderr)
        sys.exit(2)


def _open_closed() -> None:
    """What a caller closed, as a daemon does with standard input, is None in Python."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            nothing = os.open(os.devnull, os.O_RDWR)
            setattr(sys, name, os.fdopen(nothing, mode, encoding="utf-8"))


def _leave_output() -> None:
    """Python would flush what could not be written once more at its end, and say so."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def command_line() -> argparse.ArgumentParser:
    """The parser of all commands."""
    parser = argparse.ArgumentParser(prog="fashion-hls", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for module in COMMANDS:
        module.add(commands)
    return parser


if __name__ == "__main__":
    main()
