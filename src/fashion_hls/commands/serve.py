"""``serve``: a bundle behind MLflow's protocol, on this machine."""

from __future__ import annotations

import argparse

from fashion_hls.commands.parsing import Commands
from fashion_hls.errors import UserError

_EPILOG = """\
  fashion-hls serve --models my.fhls
  fashion-hls serve --models models:/fashion-hls-open@champion --port 8080

POST JSON to /invocations as `mlflow models serve` has it (docs/serving.md has clients). There is
no password: whoever reaches the port can ask.
"""


def add(commands: Commands) -> None:
    """The parser of this command."""
    parser = commands.add_parser(
        "serve",
        help="answer over HTTP on this machine, by MLflow's protocol",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--models", metavar="WHERE",
        help="a bundle's file, or runs:/ID, models:/NAME@ALIAS of MLflow (default the bundle that "
        "comes with the package)",
    )  # fmt: skip
    parser.add_argument("--host", default="127.0.0.1", help="to listen on (default %(default)s)")
    parser.add_argument(
        "--port", type=int, default=5001, help="0 takes a free one (default %(default)s)"
    )
    parser.add_argument(
        "--max-mb", type=float, default=32, metavar="MB", help="of a request (default %(default)s)"
    )
    parser.set_defaults(run=_serve)


def _serve(options: argparse.Namespace) -> None:
    from fashion_hls.serving.server import serve

    if not 0 < options.max_mb <= 1000:
        raise UserError("--max-mb must be above 0 and at most 1000")
    if not 0 <= options.port <= 65535:
        raise UserError("--port must be in 0 to 65535")
    most = round(options.max_mb * 1e6)
    serve(options.models, host=options.host, port=options.port, most_bytes=most)
