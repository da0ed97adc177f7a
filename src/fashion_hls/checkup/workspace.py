"""The clone that the pipeline runs in: its files, DVC's cache, and what is out of date."""

from __future__ import annotations

import configparser
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import yaml

from fashion_hls.checkup.finding import NOTE, OK, PROBLEM, Finding
from fashion_hls.errors import UserError
from fashion_hls.workspace import is_workspace

AREA: Final = "workspace"
_SECONDS: Final = 0.8
_LISTED: Final = 5


def check_workspace(folder: Path, *, pipeline: bool) -> Iterator[Finding]:
    """The files that DVC and the stages read.

    Args:
        folder: where the command runs.
        pipeline: ask DVC which stages are out of date, which takes long.
    """
    if not is_workspace(folder):
        yield Finding(
            AREA, NOTE, f"{folder}: is no clone of the project",
            "the pipeline's commands need one; those that use finished models do not",
        )  # fmt: skip
        return
    yield _params(folder)
    yield _lock(folder)
    yield _cache(folder)
    if pipeline:
        yield from _status(folder)


def _params(folder: Path) -> Finding:
    from fashion_hls.config import load

    try:
        config = load(folder / "params.yaml")
    except UserError as error:
        return Finding(AREA, PROBLEM, str(error), "correct it, or `make params` writes it anew")
    return Finding(AREA, OK, f"params.yaml: profile {config.dataset.name}, seed {config.seed}")


def _lock(folder: Path) -> Finding:
    path = folder / "dvc.lock"
    mend = "`python -m fashion_hls.lockfile` completes it from the committed one"
    if not path.is_file():
        return Finding(AREA, NOTE, "dvc.lock: not there; nothing has been run", "`make repro`")
    try:
        content = _quick_yaml(path.read_bytes())
    except (yaml.YAMLError, ValueError):
        return Finding(
            AREA, PROBLEM, "dvc.lock: cannot be read (cut off, or a merge's marks?)", mend
        )
    stages = content.get("stages") if isinstance(content, dict) else None
    if not isinstance(stages, dict):
        return Finding(AREA, PROBLEM, "dvc.lock: names no stages", mend)
    cut = [name for name, one in stages.items() if not isinstance(one, dict) or "cmd" not in one]
    if cut:
        return Finding(AREA, PROBLEM, f"dvc.lock: cut off at {', '.join(map(str, cut))}", mend)
    return Finding(AREA, OK, f"dvc.lock: {len(stages)} stages recorded")


def _quick_yaml(content: bytes) -> Any:
    # The loader in C reads a lock of 300 kB in a tenth of a second, the other one in two.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(content, Loader=loader)


def _cache(folder: Path) -> Finding:
    place = _cache_folder(folder)
    if not place.is_dir():
        return Finding(AREA, OK, "DVC's cache: empty")
    total, whole = _size(place, time.monotonic() + _SECONDS)
    at_least = "" if whole else "at least "
    return Finding(AREA, OK, f"DVC's cache: {at_least}{total / 2**20:,.0f} MiB in {place}")


def _cache_folder(folder: Path) -> Path:
    place = folder / ".dvc" / "cache"
    for name in ("config", "config.local"):
        parser = configparser.ConfigParser(interpolation=None, strict=False)
        try:
            parser.read(folder / ".dvc" / name, encoding="utf-8")
        except (configparser.Error, ValueError):
            continue
        if parser.has_option("cache", "dir"):
            place = folder / ".dvc" / parser.get("cache", "dir")
    return place


def _size(folder: Path, until: float) -> tuple[int, bool]:
    """Bytes of the files below, and whether there was time to count them all."""
    total, waiting = 0, [str(folder)]
    while waiting:
        if time.monotonic() > until:
            return total, False
        try:
            with os.scandir(waiting.pop()) as listing:
                for entry in listing:
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
                    elif entry.is_file(follow_symlinks=False):
                        total += entry.stat(follow_symlinks=False).st_size
        except OSError:  # removed meanwhile, or not ours to read
            continue
    return total, True


def _status(folder: Path) -> Iterator[Finding]:
    command = [sys.executable, "-m", "dvc", "status", "--json"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    try:
        stale = list(json.loads(done.stdout)) if done.returncode == 0 else None
    except ValueError:
        stale = None
    if stale is None:
        last = (done.stderr.strip().splitlines() or ["no answer"])[-1]
        yield Finding(AREA, PROBLEM, f"dvc status: {last[:200]}", "`dvc status` tells more")
    elif stale:
        more = f" and {len(stale) - _LISTED} more" if len(stale) > _LISTED else ""
        named = ", ".join(stale[:_LISTED])
        yield Finding(AREA, NOTE, f"out of date: {named}{more}", "`make repro` runs them")
    else:
        yield Finding(AREA, OK, "every stage is up to date")
