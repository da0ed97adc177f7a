"""``make report``: the page of a run and how it was made, in one file to hand on."""

from __future__ import annotations

import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from fashion_hls.data.store import write_whole
from fashion_hls.errors import UserError
from fashion_hls.record.examples import examples_section
from fashion_hls.record.section import made_section
from fashion_hls.record.source import record_of
from fashion_hls.report.page import add_sections

REPORTS: Final = Path("reports")
#: Where the stages leave their seconds.
TIMINGS: Final = Path("timings")
SAMPLE: Final = "sample"


def write_report(profile: str) -> Path:
    """Write ``reports/PROFILE.html`` from the page that stage ``report`` left.

    It lies beside the stage's folder and not in it: seconds and commits are of one run, and DVC
    would take a folder with another file for changed.

    Args:
        profile: whose run; its page lies in ``reports/PROFILE`` of the working directory.

    Returns:
        The file.

    Raises:
        UserError: there is no page of that profile, or one of an earlier version.
    """
    if not re.fullmatch(r"\w+", profile):
        raise UserError(f"PROFILE={profile}: a profile's name has letters, digits and _ only")
    folder = REPORTS / profile
    page = folder / "index.html"
    makes = "make repro" if profile == SAMPLE else f"make profile PROFILE={profile}"
    if not page.is_file():
        raise UserError(f"{page}: no page of this profile yet; `{makes}` writes it")
    record = record_of(folder, profile)
    made = made_section(record, profile, TIMINGS / profile, sample=profile == SAMPLE)
    try:
        with TemporaryDirectory() as drawn:
            examples = examples_section(record, Path(drawn)) if record else None
            further = [*([examples] if examples else []), made]
            text = add_sections(page.read_text(encoding="utf-8"), further)
    except ValueError:
        raise UserError(f"{page}: of an earlier version; `{makes}` writes it anew") from None
    target = REPORTS / f"{profile}.html"
    write_whole(target, text.encode())
    return target
