"""A bundle: trained networks and all that it takes to use them, in one file or folder.

``bundle.json`` is its card; further files are named there with their SHA-256. The file is an
uncompressed zip, which is read and never extracted. docs/bundle.md lists the fields.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from fashion_hls.errors import UserError

FORMAT, VERSION = "fashion-hls bundle", 1
CARD, README, WEIGHTS = "bundle.json", "README.md", "weights.safetensors"
SUFFIX: Final = ".fhls"
#: Fields that every card has.
FIELDS: Final = (
    *("format", "version", "name", "object_types", "vocabulary", "detector", "classifiers"),
    *("method", "detection", "thresholds", "attributes_shown", "data", "files"),
)
_EPOCH = (1980, 1, 1, 0, 0, 0)
_LARGEST = 2 * 2**30


class Bundle:
    """A bundle that was opened: its card, and its files, each checked when it is read."""

    def __init__(self, path: Path) -> None:
        """Open and check the card.

        Args:
            path: of the file or the folder.

        Raises:
            UserError: it is none, damaged, or of another version.
        """
        self.path = path
        if not path.exists():
            raise UserError(f"{path}: not found; name a file that `fashion-hls bundle` wrote")
        self.card: dict[str, Any] = self._read_card()
        _refuse_other_version(self.path, self.card)
        missing = [field for field in FIELDS if field not in self.card]
        if missing or not isinstance(self.card["files"], dict):
            raise UserError(
                f"{path}: {CARD}: {', '.join(missing) or 'files'}: missing or wrong; fetch the "
                "bundle again"
            )

    def read(self, name: str) -> bytes:
        """A file of the bundle.

        Raises:
            UserError: it is missing, or not the one that the card tells of.
        """
        told = self.card["files"].get(name)
        if not isinstance(told, dict) or "sha256" not in told:
            raise UserError(f"{self.path}: {CARD}: files.{name}: missing; this bundle has none")
        content = self._bytes(name)
        if hashlib.sha256(content).hexdigest() != told["sha256"]:
            raise UserError(
                f"{self.path}: {name}: is not the file that {CARD} tells of (SHA-256 differs): "
                "damaged or tampered with; fetch the bundle again"
            )
        return content

    @property
    def sha256(self) -> str:
        """Of the card, and by it of all files: what makes this bundle this one."""
        return hashlib.sha256(self._bytes(CARD)).hexdigest()

    def _read_card(self) -> dict[str, Any]:
        try:
            card = json.loads(self._bytes(CARD))
        except (ValueError, RecursionError) as error:
            raise UserError(f"{self.path}: {CARD}: is not valid JSON ({error})") from error
        if not isinstance(card, dict):
            raise UserError(f"{self.path}: {CARD}: is no card of a bundle")
        return card

    def _bytes(self, name: str) -> bytes:
        try:
            if self.path.is_dir():
                return (self.path / _plain(name, self.path)).read_bytes()
            with zipfile.ZipFile(self.path) as archive:
                info = archive.getinfo(name)
                if info.compress_type != zipfile.ZIP_STORED or info.file_size > _LARGEST:
                    raise UserError(f"{self.path}: {name}: is packed as no bundle's file is")
                return archive.read(info)
        except zipfile.BadZipFile as error:
            if zipfile.is_zipfile(self.path):
                raise UserError(
                    f"{self.path}: {name}: is damaged ({error}); fetch the bundle again"
                ) from error
            raise UserError(
                f"{self.path}: is no bundle, or a cut off one; fetch it again"
            ) from error
        except (KeyError, FileNotFoundError) as error:
            if not self.path.exists():
                raise UserError(f"{self.path}: not found; name a bundle") from error
            raise UserError(f"{self.path}: {name}: missing; this is no whole bundle") from error
        except UserError:
            raise
        except Exception as error:
            # zipfile lets whatever a broken archive leads to escape: struct.error, ValueError.
            raise UserError(
                f"{self.path}: {name}: cannot be read ({error}); fetch the bundle again"
            ) from error


def is_bundle(path: Path) -> bool:
    """Whether a path is meant as a bundle: a file, or a folder with a card."""
    return path.is_file() or (path / CARD).is_file()


def pack(card: Mapping[str, Any], files: Mapping[str, bytes]) -> bytes:
    """The bytes of a bundle's file; the same content gives the same bytes.

    Args:
        card: all fields but ``format``, ``version`` and ``files``.
        files: name to content.
    """
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, content in content_of(card, files).items():
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), content)
    return out.getvalue()


def content_of(card: Mapping[str, Any], files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The card and the files of a bundle, by name."""
    told = {
        name: {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
        for name, content in files.items()
    }
    whole = {"format": FORMAT, "version": VERSION, **card, "files": told}
    text = json.dumps(whole, indent=1, ensure_ascii=False, allow_nan=False)
    return {CARD: f"{text}\n".encode(), **files}


def _plain(name: str, path: Path) -> str:
    """A name that stays in the bundle's folder."""
    parts = Path(name).parts
    if not parts or Path(name).is_absolute() or ".." in parts:
        raise UserError(f"{path}: {CARD}: files.{name}: points out of the bundle")
    return name


def _refuse_other_version(path: Path, card: dict[str, Any]) -> None:
    if card.get("format") != FORMAT:
        raise UserError(f"{path}: {CARD}: format: is no fashion-hls bundle")
    version = card.get("version")
    if version != VERSION:
        newer = isinstance(version, int) and version > VERSION
        remedy = "upgrade fashion-hls" if newer else "make it anew with `fashion-hls bundle`"
        raise UserError(
            f"{path}: {CARD}: version: is {version}, and this fashion-hls reads {VERSION}; {remedy}"
        )
