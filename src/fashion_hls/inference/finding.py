"""Which photos the words of a command line mean."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from fashion_hls.errors import UserError
from fashion_hls.inference.photo import ENDINGS, MOST_BYTES, Photo, shown

#: Photos that cannot be read: of a folder's, phones' above all, it is said that they are left out.
OTHER_PHOTOS = (".heic", ".heif", ".avif", ".jp2", ".jxl")


def find_photos(names: Sequence[str], standard_input: BinaryIO) -> list[Photo]:
    """The photos that names mean: files as they are, of folders every image below, sorted.

    A folder below one of them that may not be read is among the photos, where it is named as one
    that cannot be read.

    Args:
        names: files, folders, or ``-`` for a photo on standard input.
        standard_input: bytes.

    Raises:
        UserError: a folder holds no photo or cannot be read.
    """
    photos: list[Photo] = []
    for name in names:
        if name == "-":
            # One more than a photo may have: what never ends does not fill the memory.
            photos.append(standard_input.read(MOST_BYTES + 1))
        elif _is_folder(name):
            photos += _below(Path(name))
        else:
            photos.append(name)
    return photos


def _is_folder(name: str) -> bool:
    """No error where it cannot be looked at: it is named with the photos that cannot be read."""
    try:
        # Path("") would be the folder that the command runs in.
        return bool(name) and Path(name).is_dir()
    except OSError:
        return False


def _below(folder: Path) -> list[Photo]:
    found: list[Photo] = []
    others: Counter[str] = Counter()
    links = 0

    def refused(error: OSError) -> None:
        if Path(error.filename) == folder:
            raise cannot(str(folder), error) from error
        # As a photo that cannot be read: it is named with those, and the rest go on.
        found.append(str(error.filename))

    for place, folders, files in os.walk(folder, onerror=refused):
        folders[:] = sorted(one for one in folders if not one.startswith("."))
        links += sum((Path(place) / one).is_symlink() for one in folders)
        chosen = (f for f in files if f.lower().endswith(ENDINGS) and not f.startswith("."))
        found += [str(Path(place) / one) for one in sorted(chosen)]
        others.update(end for f in files if (end := Path(f).suffix.lower()) in OTHER_PHOTOS)
    if links:
        many, them = ("s", "them") if links > 1 else ("", "it")
        _note(folder, f"{links} linked folder{many} left out; name {them} to have {them} searched")
    if others:
        told = ", ".join(f"{count} {ending}" for ending, count in sorted(others.items()))
        _note(folder, f"{told} left out; save them as JPEG to have them read")
    if not found:
        raise UserError(f"{shown(str(folder))}: holds no photo ({', '.join(ENDINGS)})")
    return found


def _note(folder: Path, text: str) -> None:
    print(f"note: {shown(str(folder))}: {text}", file=sys.stderr)


def cannot(name: str, error: OSError | ValueError) -> UserError:
    """What is said of a file or folder that the system refuses."""
    reason = (isinstance(error, OSError) and error.strerror) or str(error)
    return UserError(f"{shown(name)}: {reason.lower()}")
