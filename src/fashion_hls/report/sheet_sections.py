"""What the page shows of the contact sheets that other stages drew."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from fashion_hls import places
from fashion_hls.report import audit, automatic
from fashion_hls.report.page import Section

Pictures = list[tuple[Path, str]]

#: The sheets on which a person counts the detector's mistakes and the labels'.
_AUDIT = (
    (
        audit.KEPT,
        f"Up to {audit.COUNT} kept photos drawn at random, with the box that was cut: number, "
        "category and type by the label, score",
    ),
    (
        audit.LOST,
        f"Up to {audit.COUNT} lost photos drawn at random, with the best detection of any type, "
        "however low its score",
    ),
)


def automatic_sheets(sheets: Path, sets: Sequence[str]) -> Pictures:
    """Automatic boxes of the benchmark's detection set and of further ones that have any."""
    folders = [places.SETS[name].detection.name for name in (places.BENCHMARK_SET.name, *sets)]
    files = [sheets / folder / automatic.FILE for folder in folders]
    text = "Photos drawn at random from those with an automatic box, with category and confidence"
    return [(file, text) for file in files if file.is_file()]


def audit_sheets(folder: Path) -> Pictures:
    """Kept and lost photos, as far as there are any."""
    return [(folder / name, text) for name, text in _AUDIT if (folder / name).is_file()]


def kept_and_lost(sheets: Path, sets: Sequence[str]) -> list[Section]:
    """A section for each set beside the benchmark that has such sheets."""
    found = {name: audit_sheets(sheets / places.SETS[name].crops.name) for name in sets}
    return [
        Section(title=f"Retention, {name}: kept and lost photos", pictures=pictures)
        for name, pictures in found.items()
        if pictures
    ]
