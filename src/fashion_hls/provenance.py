"""Where a run comes from: the commit, machine and process; and settings as flat names."""

from __future__ import annotations

import os
import platform
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

#: What launchers say of a process: torchrun and accelerate launch, then MPI's.
_NUMBERS = ("RANK", "PMI_RANK", "OMPI_COMM_WORLD_RANK", "MV2_COMM_WORLD_RANK")
_COUNTS = ("WORLD_SIZE", "PMI_SIZE", "OMPI_COMM_WORLD_SIZE", "MV2_COMM_WORLD_SIZE")


class Launched(NamedTuple):
    """Which process this is, counted from 0, and of how many."""

    number: int
    total: int


def launched() -> Launched:
    """This process among those that a launcher started to do one stage's work together.

    The first records, locks and writes for all. Read from the environment, before torch is
    imported; without a launcher this is process 0 of 1.
    """
    number, total = (
        next((int(os.environ[name]) for name in names if name in os.environ), default)
        for names, default in ((_NUMBERS, 0), (_COUNTS, 1))
    )
    return Launched(number, total) if total > 1 else Launched(0, 1)


def git(*arguments: str) -> str:
    """Output of a git command; empty outside a repository or without git."""
    try:
        done = subprocess.run(["git", *arguments], capture_output=True, text=True, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def hardware() -> dict[str, object]:
    """Machine facts; torch's own only where the stage imports torch anyway."""
    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists() and (model := re.search(r"model name\s*: (.+)", info.read_text())):
        cpu = model.group(1)
    facts: dict[str, object] = {
        "cpu": cpu,
        "cores": os.cpu_count(),
        "processes": launched().total,
    }
    if torch := sys.modules.get("torch"):
        gpu = torch.cuda.get_device_name(0) if torch.cuda.is_available() else "none"
        facts |= {"threads": torch.get_num_threads(), "torch": torch.__version__, "gpu": gpu}
    return facts


def flatten(value: object, prefix: str = "", *, lists: bool = False) -> dict[str, object]:
    """Leaves of nested mappings by dotted name; of lists too, by index, where asked."""
    if isinstance(value, Mapping):
        items = [(str(key), item) for key, item in value.items()]
    elif lists and isinstance(value, list):
        items = [(str(index), item) for index, item in enumerate(value)]
    else:
        return {prefix: value}
    leaves: dict[str, object] = {}
    for key, item in items:
        leaves |= flatten(item, f"{prefix}.{key}" if prefix else key, lists=lists)
    return leaves
