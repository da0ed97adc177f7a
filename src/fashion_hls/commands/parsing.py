"""What commands' parsers share."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TypeAlias

#: What ``add_subparsers()`` returns.
Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def add_predictions(command: argparse.ArgumentParser) -> None:
    """What commands that read a predictions file share."""
    command.add_argument(
        "--predictions", type=Path, required=True, help=".parquet or JSON lines (docs/evaluate.md)"
    )
    command.add_argument(
        "--data", type=Path, default=Path("data/benchmark"), help="the set (default data/benchmark)"
    )
    command.add_argument("--split", default="test", choices=["train", "val", "test"])


def add_models(command: argparse.ArgumentParser) -> None:
    """What commands that use trained networks share."""
    command.add_argument(
        "--models", metavar="WHERE",
        help="a bundle, a folder that the pipeline ran in, or runs:/ID, models:/NAME@ALIAS of "
        "MLflow (default the bundle that comes with the package)",
    )  # fmt: skip
    command.add_argument("--method", help="that names the garments (default the models' choice)")
    command.add_argument(
        "--backend", choices=["torch", "onnx"], help="default what the models are made for"
    )
    command.add_argument("--threads", type=int, help="of the networks (default the library's)")
    command.add_argument("--device", default="cpu", help="of torch, as cuda (default cpu)")
