"""Embeddings of photos' garments on disk: Parquet, written as they come, or NumPy's ``.npz``."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol, cast

import numpy as np

from fashion_hls.errors import UserError
from fashion_hls.inference.results import Garment, Result

ENDINGS = (".parquet", ".npz")
#: Key of the file that tells whose embeddings they are; those of other models do not compare.
MODELS = "models"
#: Garments of a Parquet row group, 20 MB of them at 2,560 features.
_GROUP = 2048


class Writer(Protocol):
    """Takes one photo's garments after the other."""

    def write(self, result: Result) -> None:
        """Add a photo's garments.

        Raises:
            UserError: these models give no embeddings.
        """
        ...


@contextmanager
def embedding_file(path: Path, models: Mapping[str, Any]) -> Iterator[Writer]:
    """A file of embeddings, there whole or not at all.

    Args:
        path: ending in ``.parquet`` or ``.npz``; one of this name is replaced.
        models: what the file tells of the models (:func:`told_of`).

    Raises:
        UserError: another ending, or it cannot be written.
    """
    check_ending(path)
    part = path.with_name(f"{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            raise IsADirectoryError(None, "is a folder")
        # Opened before the work, which a folder without rights would waste.
        with part.open("wb") as file:
            writer = _WRITERS[path.suffix](file, models)
            yield writer
            writer.close()
        part.replace(path)
    except OSError as error:
        raise UserError(f"{path}: {(error.strerror or str(error)).lower()}") from error
    finally:
        part.unlink(missing_ok=True)


def check_ending(path: Path) -> None:
    """Refuse another kind of file.

    Raises:
        UserError: naming it.
    """
    if path.suffix not in ENDINGS:
        raise UserError(f"{path}: is to end in {' or '.join(ENDINGS)}")


def told_of(card: Mapping[str, Any], method: str) -> dict[str, Any]:
    """Whose embeddings they are: method, data, precision, and the bundle's files by SHA-256."""
    files = {name: one["sha256"] for name, one in card.get("files", {}).items()}
    return {
        "method": method,
        "data": card["data"].get("dataset"),
        "precision": card.get("precision"),
        "files": files,
    }


class _Rows:
    """Columns in memory."""

    def __init__(self) -> None:
        self.columns: dict[str, list[Any]] = {name: [] for name in _COLUMNS}

    def __len__(self) -> int:
        return len(self.columns["source"])

    def write(self, result: Result) -> None:
        source = _unicode(result.source or "standard input")
        for garment in result.garments:
            for name, value in _row(source, garment).items():
                self.columns[name].append(value)


class _Npz:
    """Arrays, all in memory until the end."""

    def __init__(self, file: Any, models: Mapping[str, Any]) -> None:
        self._file, self._models, self._rows = file, dict(models), _Rows()

    def write(self, result: Result) -> None:
        self._rows.write(result)

    def close(self) -> None:
        columns = self._rows.columns
        arrays: dict[str, Any] = {
            name: np.asarray(columns[name], dtype=kind) for name, kind in _COLUMNS.items()
        }
        if not len(self._rows):
            arrays |= {"box": np.zeros((0, 4), np.float32), "embedding": np.zeros((0, 0), "f4")}
        arrays[MODELS] = np.asarray(json.dumps(self._models))
        np.savez(self._file, **arrays)


class _Parquet:
    """Row groups on disk; of the garments at most one group is in memory."""

    def __init__(self, file: Any, models: Mapping[str, Any]) -> None:
        self._file, self._models = file, dict(models)
        self._rows, self._writer = _Rows(), cast(Any, None)

    def write(self, result: Result) -> None:
        self._rows.write(result)
        if len(self._rows) >= _GROUP:
            self._flush()

    def close(self) -> None:
        if len(self._rows) or self._writer is None:
            self._flush()
        self._writer.close()

    def _flush(self) -> None:
        import pyarrow
        import pyarrow.parquet

        columns = self._rows.columns
        vectors = columns["embedding"]
        width = len(vectors[0]) if vectors else 0
        kinds = {
            "source": pyarrow.string(), "object_type": pyarrow.string(),
            "box": pyarrow.list_(pyarrow.float32(), 4), "score": pyarrow.float32(),
            "category": pyarrow.string(), "category_score": pyarrow.float32(),
            "embedding": pyarrow.list_(pyarrow.float32(), width or -1),
        }  # fmt: skip
        told = {MODELS: json.dumps(self._models)}
        schema = pyarrow.schema(list(kinds.items()), metadata=told)
        if self._writer is None:
            self._writer = pyarrow.parquet.ParquetWriter(self._file, schema)
        self._writer.write_table(pyarrow.table(columns, schema=schema))
        self._rows = _Rows()


_WRITERS: dict[str, Any] = {".parquet": _Parquet, ".npz": _Npz}
_COLUMNS: dict[str, Any] = {
    "source": str, "object_type": str, "box": np.float32, "score": np.float32,
    "category": str, "category_score": np.float32, "embedding": np.float32,
}  # fmt: skip


def _row(source: str, garment: Garment) -> dict[str, Any]:
    if garment.embedding is None:
        raise UserError(
            "these graphs were exported without embeddings; `fashion-hls export` makes them anew"
        )
    return {
        "source": source,
        "object_type": garment.object_type,
        "box": list(garment.box),
        "score": garment.score,
        "category": garment.category.name,
        "category_score": garment.category.score,
        "embedding": garment.embedding,
    }


def _unicode(name: str) -> str:
    """A file's name, of which bytes that are no UTF-8 are escaped."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")
