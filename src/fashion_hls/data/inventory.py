"""What lay in an external dataset's folder when the pipeline first saw it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fashion_hls.data.filetree import files_below
from fashion_hls.errors import UserError
from fashion_hls.hashing import file_sha256


def take(root: Path) -> dict[str, Any]:
    """Number, size and digest (names, sizes and contents) of all files below a folder.

    Raises:
        UserError: there is no such folder.
    """
    if not root.is_dir():
        raise UserError(f"{root}: not found (docs/data.md says what to get where)")
    digest, count, size = hashlib.sha256(), 0, 0
    for path in _files(root):
        length = path.stat().st_size
        digest.update(repr((path.relative_to(root).as_posix(), length)).encode())
        digest.update(file_sha256(path).encode())
        count, size = count + 1, size + length
    return {"files": count, "bytes": size, "sha256": digest.hexdigest()}


def _files(root: Path) -> Sequence[Path]:
    return [root / name for name in sorted(files_below(root))]


def check(root: Path, expected: dict[str, Any]) -> None:
    """Compare a folder's number and size of files with its inventory.

    Raises:
        UserError: they differ, so the folder has changed since ``download`` looked at it.
    """
    files = _files(root)
    found = {"files": len(files), "bytes": sum(path.stat().st_size for path in files)}
    if any(found[key] != expected[key] for key in found):
        raise UserError(
            f"{root}: {found['files']} files of {found['bytes']} bytes, but download saw "
            f"{expected['files']} of {expected['bytes']}; run the same command again"
        )
