"""Prepared sets on disk: Parquet tables, a vocabulary, and images packed in one zip."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import pandas as pd
from tqdm import tqdm

from fashion_hls.data.images import ImageWriter
from fashion_hls.data.records import Vocabulary
from fashion_hls.errors import UserError

IMAGES = "images.zip"


def write_whole(path: Path, data: bytes | memoryview) -> None:
    """Write a file whole or not at all; its folder is made where it is missing.

    Raises:
        OSError: the disk is full or cannot be written to; a file of this name stays as it was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.part")
    try:
        with temporary.open("wb") as file:
            file.write(data)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def write_json(path: Path, content: Any) -> None:
    """Write JSON with a stable layout; NaN is refused, as other readers cannot take it."""
    text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False)
    write_whole(path, f"{text}\n".encode())


def read_json(path: Path) -> Any:
    """What a JSON file holds.

    Raises:
        UserError: the file is missing or damaged.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise UserError(f"{path}: not found; run the pipeline to make it") from error
    except ValueError as error:
        raise UserError(f"{path}: is not valid JSON ({error}); run the pipeline again") from error


def write_table(path: Path, table: pd.DataFrame) -> None:
    """Write a Parquet table; the same table gives the same bytes."""
    buffer = io.BytesIO()
    table.reset_index(drop=True).to_parquet(buffer, index=False)
    write_whole(path, buffer.getbuffer())


def read_table(path: Path, needs: Sequence[str] = ()) -> pd.DataFrame:
    """What a Parquet table holds, which has the columns ``needs``.

    Raises:
        UserError: the file is missing or damaged, or lacks a column.
    """
    try:
        table = pd.read_parquet(path)
    except FileNotFoundError as error:
        raise UserError(f"{path}: not found; run the pipeline to make it") from error
    except (OSError, ValueError) as error:
        raise UserError(f"{path}: unreadable ({error}); run the pipeline again") from error
    lacking = [name for name in needs if name not in table]
    if lacking:
        raise UserError(f"{path}: no column {lacking[0]}; run the pipeline again")
    return table


def pack_images(path: Path, names: list[str], read: Callable[[str], bytes]) -> None:
    """Copy image files, byte for byte, into one uncompressed zip."""
    with ImageWriter(path) as writer:
        for name in tqdm(names, desc=f"pack {path.parent.name}", unit="image"):
            writer.add(name, read(name))


def read_vocabulary(path: Path) -> Vocabulary:
    """The labels of a prepared benchmark.

    Raises:
        UserError: the file is missing, damaged, or lacks a field.
    """
    content = read_json(path)
    for field in fields(Vocabulary):
        if not isinstance(content, dict) or not isinstance(content.get(field.name), list):
            raise UserError(f"{path}: {field.name} must be a list; run the pipeline again")
    try:
        return Vocabulary(**content)
    except TypeError as error:
        raise UserError(f"{path}: {error}; run the pipeline again") from error
