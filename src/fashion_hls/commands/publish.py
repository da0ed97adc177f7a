"""``publish``: a bundle into MLflow, logged and registered."""

from __future__ import annotations

import argparse
from pathlib import Path

from fashion_hls.commands.parsing import Commands

_EPILOG = """\
  fashion-hls publish my.fhls --name my-garments --alias champion
  fashion-hls predict photo.jpg --models models:/my-garments@champion
  fashion-hls serve --models models:/my-garments@champion

The store is MLFLOW_TRACKING_URI, else mlflow.db in this folder (docs/serving.md).
"""


def add(commands: Commands) -> None:
    """The parser of this command."""
    parser = commands.add_parser(
        "publish",
        help="log a bundle in MLflow as a model that `mlflow models serve` serves, and register it",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("bundle", type=Path, help="a file that `fashion-hls bundle` wrote")
    parser.add_argument(
        "--name", default="fashion-hls-open", help="of the registered model (default %(default)s)"
    )
    parser.add_argument(
        "--alias", default="champion", help="given to this version (default %(default)s)"
    )
    parser.set_defaults(run=_publish)


def _publish(options: argparse.Namespace) -> None:
    from fashion_hls.serving.publish import log_bundle

    done = log_bundle(options.bundle, register_as=options.name, alias=options.alias)
    print(f"{done.address}  (version {done.version}, run {done.run_id})\n")
    print("use it     fashion-hls predict photo.jpg --models " + done.address)
    print(
        f"serve it   mlflow models serve -m {done.address} --env-manager local "
        "--host 127.0.0.1 --port 5001"
    )
