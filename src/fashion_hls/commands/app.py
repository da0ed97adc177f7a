"""``app``: the web page."""

from __future__ import annotations

import argparse
import importlib.util
import os

from fashion_hls.commands.parsing import Commands, add_models, load_pipeline
from fashion_hls.errors import UserError

_EPILOG = """\
Photos stay on this machine: the page calls nothing outside, and what was uploaded is deleted when
the command ends. Another host than loopback needs a password in FASHION_HLS_APP_PASSWORD; the
user is fashion-hls.

  fashion-hls app
  fashion-hls app --models my.fhls --port 8000
  FASHION_HLS_APP_PASSWORD=... fashion-hls app --host 0.0.0.0
"""


def add(commands: Commands) -> None:
    """The parser of this command."""
    parser = commands.add_parser(
        "app",
        help="a web page: drop a photo, see its garments",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_models(parser)
    parser.add_argument("--host", default="127.0.0.1", help="default 127.0.0.1: this machine alone")
    parser.add_argument("--port", type=int, default=7860, help="default 7860; 0: any free one")
    parser.add_argument(
        "--max-mb", type=int, default=20, metavar="MB", help="of an upload (default 20)"
    )
    parser.set_defaults(run=_app)


def _app(options: argparse.Namespace) -> None:
    if options.max_mb < 1:
        raise UserError("--max-mb must be 1 or more")
    if not 0 <= options.port <= 65535:
        raise UserError("--port must be in 0 to 65535")
    if importlib.util.find_spec("gradio") is None:
        raise UserError("gradio is not installed; run `pip install fashion-hls[app]`")
    # Read when gradio is imported.
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"

    from fashion_hls.app.access import password_for
    from fashion_hls.app.server import serve
    from fashion_hls.listening import listen

    password = password_for(options.host, os.environ)
    # Before the networks are loaded, which takes seconds.
    with listen(options.host, options.port) as listening:
        pipeline = load_pipeline(options)
        serve(pipeline, listening, host=options.host, password=password, max_mb=options.max_mb)
