"""From the names that labelling tools write to the photos below ``images/``.

A tool knows a photo by where it has it: ``/data/upload/1/1a2b3c4d-look.jpg``,
``/data/local-files/?d=shop/look.jpg``, ``s3://bucket/shop/look.jpg``. docs/data.md has the rules.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Final
from urllib.parse import parse_qs, unquote, urlsplit

from fashion_hls.data.catalogue.tables import PHOTOS
from fashion_hls.data.filetree import FileTree
from fashion_hls.data.quality import Quality

#: What Label Studio sets before the name of an uploaded file.
_UPLOADED: Final = re.compile(r"^[0-9a-f]{8}-(?=.)")
_LOCAL_FILES: Final = "local-files"


class PhotoNames:
    """The photos' names, looked up by the address that a tool has for them."""

    def __init__(self, tree: FileTree) -> None:
        names = [name.removeprefix(f"{PHOTOS}/") for name in tree.names(PHOTOS)]
        self._names = set(names)
        self._by_last: defaultdict[str, list[str]] = defaultdict(list)
        for name in names:
            last = name.rpartition("/")[2].lower()
            for key in {last, _as_uploaded(last)}:
                self._by_last[key].append(name)
        self._taken: dict[str, str] = {}

    def find(self, address: str, where: str, quality: Quality) -> str | None:
        """The photo's name below ``images/``, or the address where there is no such photo.

        None where it could be several photos, or the photo of another address:
        ``image.ambiguous``, counted here.
        """
        found = self._matches(address)
        if not found:
            return address
        taken_by = self._taken.setdefault(found[0], address)
        if len(found) > 1 or taken_by != address:
            quality.add("image.ambiguous", f"{where}: {address}")
            return None
        return found[0]

    def _matches(self, address: str) -> list[str]:
        """The photos that share most of the address's end, by whole parts; often one."""
        paths = [_parts(form) for form in _forms(address)]
        for parts in paths:
            if "/".join(parts) in self._names:
                return ["/".join(parts)]
        for parts in paths:
            for last in _last_names(parts[-1]) if parts else ():
                if alike := self._by_last.get(last):
                    shared = [_shared_folders(parts, name) for name in alike]
                    return [n for n, s in zip(alike, shared, strict=True) if s == max(shared)]
        return []


def _forms(address: str) -> list[str]:
    """What the address may name: itself, without the signs of an address, a local file of it."""
    forms = [address, unquote(address)]
    try:
        split = urlsplit(address)
        local = parse_qs(split.query).get("d", []) if _LOCAL_FILES in split.path else []
    except ValueError:  # brackets that are no IPv6 address
        return forms
    return [*local, *forms, unquote(split.path)]


def _parts(path: str) -> list[str]:
    return [part for part in path.replace("\\", "/").split("/") if part]


def _last_names(name: str) -> list[str]:
    """A file's name, and what it was called before it was uploaded, in small letters."""
    name = name.lower()
    return [name, _UPLOADED.sub("", name)]


def _as_uploaded(name: str) -> str:
    """As a name is stored on upload: spaces are underscores, and most signs are left out."""
    return re.sub(r"[^-\w.]", "", name.strip().replace(" ", "_"))


def _shared_folders(parts: list[str], name: str) -> int:
    """How many folders before the file's own name agree."""
    count = 0
    for one, other in zip(reversed(parts[:-1]), reversed(name.split("/")[:-1]), strict=False):
        if one != other:
            break
        count += 1
    return count
