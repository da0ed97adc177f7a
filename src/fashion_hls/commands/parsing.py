"""What commands' parsers share."""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from fashion_hls.errors import UserError

if TYPE_CHECKING:
    from fashion_hls.inference.pipeline import Pipeline

#: What ``add_subparsers()`` returns.
Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def named(text: str) -> Path:
    """An option's file or folder; an empty name would be the current folder."""
    if not text:
        raise argparse.ArgumentTypeError("is empty")
    return Path(text)


def add_predictions(command: argparse.ArgumentParser) -> None:
    """What commands that read a predictions file share."""
    command.add_argument(
        "--predictions", type=named, required=True, help=".parquet or JSON lines (docs/evaluate.md)"
    )
    command.add_argument(
        "--data",
        type=named,
        default=Path("data/benchmark"),
        help="the set (default data/benchmark)",
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


def load_pipeline(options: argparse.Namespace) -> Pipeline:
    """The networks that :func:`add_models`' options name.

    Raises:
        UserError: see :meth:`Pipeline.load`.
    """
    from fashion_hls.inference.pipeline import Pipeline

    return Pipeline.load(
        options.models,
        method=options.method,
        backend=options.backend,
        threads=options.threads,
        device=options.device,
    )


def add_photos(command: argparse.ArgumentParser) -> None:
    """What commands that take photos share."""
    command.add_argument(
        "photos",
        nargs="+",
        metavar="PHOTO",
        help="files, folders (every photo below), or - for one on standard input",
    )
    command.add_argument(
        "--min-score",
        type=float,
        metavar="S",
        help="least score of a garment, 0 to 1 (default the models')",
    )
    command.add_argument(
        "--batch-size", type=int, default=8, metavar="N", help="photos read ahead (default 8)"
    )
    command.add_argument(
        "--workers", type=int, default=2, metavar="N", help="threads that read (default 2)"
    )


def check_photo_options(options: argparse.Namespace) -> None:
    """Refuse values that mean nothing.

    Raises:
        UserError: naming the option.
    """
    if options.batch_size < 1 or options.workers < 1:
        raise UserError("--batch-size and --workers must be 1 or more")
    if options.min_score is not None and not 0 <= options.min_score <= 1:
        raise UserError("--min-score must be in 0 to 1")


def refuse_output(out: Path, suffix: str, source: Path | None = None) -> None:
    """Refuse, before work of minutes, a bundle's file that could not or should not be written.

    Args:
        out: to write; its folder is made.
        suffix: that its name must have.
        source: what is read, and so must not be written over.

    Raises:
        UserError: it has another ending, is a folder or the source, or its folder takes no file.
    """
    if out.suffix != suffix:
        raise UserError(f"{out}: a bundle is named FILE{suffix}")
    if source is not None and os.path.realpath(out) == os.path.realpath(source):
        raise UserError(f"{out}: is the bundle that is read; name another file to write")
    check_writable(out)


def check_writable(out: Path, reads: Iterable[Path] = ()) -> None:
    """Refuse, before any work, a file that could not or should not be written.

    Args:
        out: to write; its folder is made.
        reads: files that the command reads, and so must not write over.

    Raises:
        UserError: it is a folder or is read, or its folder takes no file.
    """
    if out.is_dir():
        raise UserError(f"{out}: is a folder; name a file")
    if os.path.realpath(out) in map(os.path.realpath, reads):
        raise UserError(f"{out}: is a file that is read; name another one to write")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=out.parent):
            pass
    except OSError as error:
        raise UserError(f"{out}: {(error.strerror or str(error)).lower()}") from error
