"""Where a run comes from: the commit and the machine; and settings as flat names."""

from __future__ import annotations

import os
import platform
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path


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
    facts: dict[str, object] = {"cpu": cpu, "cores": os.cpu_count()}
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
