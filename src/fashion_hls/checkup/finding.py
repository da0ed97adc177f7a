"""What a check found, and how it is told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

OK: Final = "ok"
NOTE: Final = "note"
PROBLEM: Final = "problem"


class Finding(NamedTuple):
    """``area``: what it belongs to. ``level``: ok, note or problem. ``what``: a line of plain
    words. ``remedy``: what to do about it, empty where nothing needs doing."""

    area: str
    level: str
    what: str
    remedy: str = ""


def as_text(findings: Sequence[Finding]) -> str:
    """A line each, below the name of its area, the remedy under it; the count at the end."""
    lines: list[str] = []
    area = ""
    for one in findings:
        if one.area != area:
            area = one.area
            lines += ["", area] if lines else [area]
        lines.append(f"  {one.level:<8} {one.what}")
        if one.remedy:
            lines.append(f"  {'':<8} -> {one.remedy}")
    counts = as_dict(findings)
    return "\n".join([*lines, "", f"problems: {counts['problems']}   notes: {counts['notes']}"])


def as_dict(findings: Sequence[Finding]) -> dict[str, Any]:
    """``problems`` and ``notes`` as counts, and all ``findings``."""
    levels = [one.level for one in findings]
    return {
        "problems": levels.count(PROBLEM),
        "notes": levels.count(NOTE),
        "findings": [one._asdict() for one in findings],
    }
