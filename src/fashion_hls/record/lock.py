"""DVC's record of a run: which stage read and wrote what, by hash (``dvc.lock``)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final

import yaml

from fashion_hls.errors import UserError
from fashion_hls.provenance import flatten

CODE: Final = ("src/", "stages/")
#: What .dvcignore leaves out of a folder's hash.
_IGNORED: Final = ("__pycache__", ".mypy_cache")


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A stage as it last ran: DVC's hashes by path, and the settings that it was given."""

    name: str
    deps: Mapping[str, str]
    outs: Mapping[str, str]
    sizes: Mapping[str, int]
    params: Mapping[str, Any]

    @property
    def kind(self) -> str:
        """The name without the matrix item."""
        return self.name.split("@")[0]

    @property
    def item(self) -> str:
        """The matrix item; empty where there is none."""
        return self.name.partition("@")[2]


def read_lock(text: str, source: str) -> dict[str, Stage]:
    """The stages of a lock file by name; old entries that no longer fit the others are left out.

    DVC keeps the entry of a matrix item that a later run no longer had. Such an entry was made
    from other data: one of its inputs is what another stage writes, with another hash.

    Args:
        text: of the file.
        source: what messages call it.

    Raises:
        UserError: it is not a lock file of DVC.
    """
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        entries = yaml.load(text, loader)["stages"]
        stages = {name: _stage(name, entry) for name, entry in entries.items()}
    except (yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
        raise UserError(f"{source}: no lock file of DVC; `git restore dvc.lock`") from error
    written = {path: md5 for stage in stages.values() for path, md5 in stage.outs.items()}
    return {
        name: stage
        for name, stage in stages.items()
        if all(written.get(path, md5) == md5 for path, md5 in stage.deps.items())
    }


def _stage(name: str, entry: Mapping[str, Any]) -> Stage:
    deps, outs = (entry.get(key) or [] for key in ("deps", "outs"))
    return Stage(
        name=name,
        deps={one["path"]: one["md5"] for one in deps},
        outs={one["path"]: one["md5"] for one in outs},
        sizes={one["path"]: one["size"] for one in outs},
        params=(entry.get("params") or {}).get("params.yaml") or {},
    )


def edges(stages: Mapping[str, Stage]) -> set[tuple[str, str]]:
    """Pairs of stages: the second reads something that the first writes, or a part of it."""
    return {
        (first.name, second.name)
        for first in stages.values()
        for second in stages.values()
        if first is not second
        and any(_overlap(out, dep) for out in first.outs for dep in second.deps)
    }


def _overlap(one: str, other: str) -> bool:
    first, second = PurePosixPath(one), PurePosixPath(other)
    return first.is_relative_to(second) or second.is_relative_to(first)


def settings(stages: Mapping[str, Stage]) -> dict[str, Any]:
    """The settings that any stage was given, by dotted name."""
    found: dict[str, Any] = {}
    for stage in stages.values():
        found |= flatten(dict(stage.params))
    return dict(sorted(found.items()))


def other_code(stages: Mapping[str, Stage], root: Path) -> list[str]:
    """Names of the stages that ran with other code than lies below ``root``, sorted."""
    recorded = {
        path: md5
        for stage in stages.values()
        for path, md5 in stage.deps.items()
        if path.startswith(CODE)
    }
    now = {path: digest(root / path) for path in recorded}
    return sorted(
        stage.name
        for stage in stages.values()
        if any(now[path] != md5 for path, md5 in stage.deps.items() if path in now)
    )


def digest(path: Path) -> str:
    """The hash that DVC gives a file or a folder; empty where there is neither."""
    if path.is_file():
        return hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()
    if not path.is_dir():
        return ""
    listing = [
        {"md5": digest(file), "relpath": file.relative_to(path).as_posix()}
        for file in path.rglob("*")
        if file.is_file() and not set(file.relative_to(path).parts) & set(_IGNORED)
    ]
    listing.sort(key=lambda one: one["relpath"])
    content = json.dumps(listing, sort_keys=True).encode()
    return hashlib.md5(content, usedforsecurity=False).hexdigest() + ".dir"
