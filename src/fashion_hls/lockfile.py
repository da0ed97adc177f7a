"""Mend a dvc.lock that a killed DVC left cut off.

DVC writes the file in place, so a kill in that moment leaves a part of it. What the part lacks is
taken from the committed file; a stage that has changed since then is run again, and finished
stages come from DVC's run cache.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any, Final

LOCK: Final = "dvc.lock"


def mend(root: Path) -> list[str]:
    """Complete ``root/dvc.lock`` from the committed one where it was cut off.

    Returns:
        What was mended: names of stages, or the file's own name where nothing of it was readable.
        Empty where the file is whole, absent, or not committed yet.
    """
    from dvc.utils.serialize import dump_yaml

    path = root / LOCK
    committed = _committed(root)
    if not path.is_file() or committed is None:
        return []
    known = _stages(committed) or {}
    present = _stages(path.read_bytes())
    if present is None:
        path.write_bytes(committed)
        return [LOCK]
    cut = [name for name, entry in known.items() if _is_cut(present.get(name), entry)]
    if not cut:
        return []
    whole = present | {name: known[name] for name in cut}
    if whole == known:
        path.write_bytes(committed)
    else:
        dump_yaml(str(path), {"schema": "2.0", "stages": whole})
    return cut


def _is_cut(present: Any, committed: dict[str, Any]) -> bool:
    """Whether a stage's entry is missing or lacks what the committed one has."""
    return not isinstance(present, dict) or bool(committed.keys() - present.keys())


def _stages(content: bytes) -> dict[str, Any] | None:
    """The lock's entries by stage, or None for what is no lock file."""
    from dvc.schema import COMPILED_LOCKFILE_SCHEMA
    from dvc.utils.serialize import YAMLFileCorruptedError, parse_yaml
    from voluptuous import Invalid

    try:
        loaded = parse_yaml(content.decode("utf-8", "replace"), LOCK)
        COMPILED_LOCKFILE_SCHEMA(loaded)
    except (YAMLFileCorruptedError, Invalid):
        return None
    stages: dict[str, Any] = loaded.get("stages") or {}
    return stages


def _committed(root: Path) -> bytes | None:
    command = ["git", "show", f"HEAD:./{LOCK}"]
    found = subprocess.run(command, cwd=root, capture_output=True, check=False)
    return found.stdout if found.returncode == 0 else None


if __name__ == "__main__":
    mended = mend(Path())
    if mended:
        text = f"{LOCK}: was cut off by a killed run; restored: {', '.join(mended)}"
        print(text, file=sys.stderr)
