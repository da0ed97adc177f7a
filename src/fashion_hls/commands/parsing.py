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
