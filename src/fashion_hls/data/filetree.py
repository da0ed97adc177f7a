"""Read files by name from a folder or from a zip archive, without ever unpacking it."""

from __future__ import annotations

import os
import zipfile
import zlib
from collections.abc import Iterator
from io import FileIO
from pathlib import Path

from fashion_hls.errors import UserError

# The bit of a zip member's flags that says so.
_ENCRYPTED = 0x1


def files_below(folder: Path, start: str = "", above: tuple[str, ...] = ()) -> Iterator[str]:
    """Names of the files below a folder, each behind ``start``.

    A link is followed, but for one to a folder that it lies in itself, or to one above.
    """
    try:
        with os.scandir(folder) as listing:
            entries = list(listing)
    except (FileNotFoundError, NotADirectoryError):
        return
    here = (*above, os.path.realpath(folder))
    for entry in entries:
        if entry.is_dir():
            if not (entry.is_symlink() and _holds(os.path.realpath(entry.path), here)):
                yield from files_below(folder / entry.name, f"{start}{entry.name}/", here)
        elif entry.is_file():
            yield start + entry.name


def _holds(folder: str, others: tuple[str, ...]) -> bool:
    return any(Path(other).is_relative_to(folder) for other in others)


class FileTree:
    """The files below a folder, or inside a zip, by their relative POSIX names.

    Nothing is extracted, so no archive can write outside its place.

    Raises:
        UserError: neither folder nor zip, or a file that is called .zip and is none.
    """

    def __init__(self, place: Path, password: str | None = None) -> None:
        self.place = place
        # Joined to each of some 200,000 names: as text that is quick, as paths it is not.
        self._folder = str(place)
        self._password = password.encode() if password else None
        self._zip: zipfile.ZipFile | None = None
        if place.is_file():
            if not zipfile.is_zipfile(place):
                raise UserError(
                    f"{place}: is not a zip archive (a login page saved under its name?); "
                    "download it again"
                )
            try:
                self._zip = zipfile.ZipFile(place)
            except zipfile.BadZipFile as error:
                raise UserError(f"{place}: is damaged ({error}); download it again") from error
        elif not place.is_dir():
            raise UserError(f"{place}: not found; put the dataset's folder or zip there")

    def names(self, below: str = "", suffix: str = "") -> Iterator[str]:
        """Names of the files below a folder, sorted, with this suffix (case ignored)."""
        start = below.rstrip("/") + "/" if below else ""
        if self._zip is not None:
            every = sorted(n for n in self._zip.namelist() if not n.endswith("/"))
        else:
            every = sorted(files_below(self.place / below, start))
        for name in every:
            if name.startswith(start) and name.lower().endswith(suffix.lower()):
                yield name

    def exists(self, name: str) -> bool:
        """Whether a file of this name is there."""
        if self._zip is not None:
            return name in self._zip.NameToInfo
        return (self.place / name).is_file()

    def ends(self, name: str, count: int) -> tuple[bytes, bytes] | None:
        """The first and the last bytes of a file, ``count`` of each or all; None in an archive.

        A member of an archive is known to be whole only by the check sum of all of it.

        Raises:
            OSError: no such file, or one that cannot be read.
        """
        if self._zip is not None:
            return None
        with FileIO(f"{self._folder}/{name}") as file:
            head = file.read(count)
            if len(head) == count:
                file.seek(max(file.seek(0, os.SEEK_END) - count, 0))
                return head, file.read(count)
            return head, head

    def read(self, name: str) -> bytes:
        """The file's bytes.

        Raises:
            FileNotFoundError: no such file.
            OSError: the archive's member is damaged.
            UserError: the archive is encrypted and the password is missing or wrong.
        """
        if self._zip is None:
            with FileIO(f"{self._folder}/{name}") as file:
                return file.readall()
        try:
            return self._zip.read(name, pwd=self._password)
        except KeyError as error:
            raise FileNotFoundError(f"{self.place}: {name}") from error
        except NotImplementedError as error:
            # Python's zipfile raises this for a compression or encryption that it cannot read,
            # such as the Deflate64 of Windows' Explorer or 7-Zip's AES. The archive is sound and
            # nothing is missing here: the user packs it with another tool.
            raise UserError(f"{self.place}: {name}: {error}; pack it with another tool") from error
        # One wrong password in 256 passes zip's own check and ends in nonsense data.
        except (RuntimeError, zlib.error, zipfile.BadZipFile) as error:
            if not self._zip.getinfo(name).flag_bits & _ENCRYPTED:
                raise OSError(f"{self.place}: {name}: is damaged") from error
            raise UserError(
                f"{self.place}: is encrypted and the password is missing or wrong; "
                "set it in the environment as docs/data.md says"
            ) from error
