"""Which profiles' data is there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from fashion_hls import places
from fashion_hls.checkup.finding import NOTE, OK, PROBLEM, Finding
from fashion_hls.data.sources import require
from fashion_hls.errors import UserError

AREA: Final = "data"
#: As data/readers.py has them, whose libraries take seconds to import; a test compares.
FOLDERS: Final = {
    "deepfashion2": "DeepFashion2",
    "ccp": "clothing-co-parsing",
    "deepfashion1": "DeepFashion",
    "fpi": "fashion-product-images",
    "catalogue": "catalogue",
}


def check_data(workspace: Path) -> Iterator[Finding]:
    """``FASHION_HLS_DATA``, and of each profile whether its datasets' files are there."""
    try:
        folder = places.external_data()
    except UserError as error:
        # Not set is how everybody begins: the sample needs no data.
        unset = "not set" in str(error)
        yield Finding(
            AREA, NOTE if unset else PROBLEM, str(error).partition(";")[0],
            "set it for real photos; the sample needs none" if unset
            else "correct it (README, 'Real photos')",
        )  # fmt: skip
        return
    yield Finding(AREA, OK, f"{places.DATA_VARIABLE}: {folder}")
    profiles = sorted((workspace / "conf" / "dataset").glob("*.yaml"))
    readers = {path.stem: _readers(path) for path in profiles}
    if not profiles:  # an installed package has no profiles, and may still be asked about data
        readers = {name: [name] for name in FOLDERS}
    for profile, needed in readers.items():
        if needed:
            yield _profile(profile, needed, folder)


def _readers(path: Path) -> list[str]:
    """The readers of a profile's datasets; none of one that is generated or not to be read."""
    try:
        settings = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError):
        return []
    if not isinstance(settings, dict) or settings.get("sample") is not None:
        return []
    roles: list[Any] = [settings.get("detection"), settings.get("benchmark")]
    found = [role.get("reader") for role in roles if isinstance(role, Mapping)]
    if settings.get("catalogue") is not None:
        found.append("catalogue")
    fine = any(isinstance(role, Mapping) and role.get("annotations") == "fine" for role in roles)
    names = [f"{name}_fine" if fine and name == "deepfashion1" else name for name in found]
    return list(dict.fromkeys(str(name) for name in names if name))


def _profile(profile: str, readers: list[str], folder: Path) -> Finding:
    lacking = []
    for reader in readers:
        root = folder / FOLDERS.get(reader.removesuffix("_fine"), reader)
        try:
            require(reader, root)
        except KeyError:
            return Finding(AREA, PROBLEM, f"profile {profile}: no reader is called {reader}",
                           f"correct conf/dataset/{profile}.yaml")  # fmt: skip
        except UserError as error:
            lacking.append(str(error))
    if not lacking:
        return Finding(AREA, OK, f"profile {profile}: all files are there")
    # A dataset that nobody has begun to put there is a choice; one that is half there is not.
    begun = any((folder / FOLDERS.get(r.removesuffix("_fine"), r)).exists() for r in readers)
    what, _, remedy = lacking[0].partition("; ")
    return Finding(AREA, PROBLEM if begun else NOTE, f"profile {profile}: {what}", remedy)
