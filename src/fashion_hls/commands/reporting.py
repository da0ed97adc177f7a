"""``report``: a run in one file."""

from __future__ import annotations

import argparse

from fashion_hls.commands.parsing import Commands


def add(commands: Commands) -> None:
    """The parsers of these commands."""
    report = commands.add_parser(
        "report", help="write a run's page with how it was made, in one HTML file"
    )
    report.add_argument(
        "--profile", default="sample", metavar="NAME", help="whose run (default sample)"
    )
    report.set_defaults(run=_report)


def _report(options: argparse.Namespace) -> None:
    from fashion_hls.record.page import write_report

    path = write_report(options.profile)
    print(f"{path}: {path.stat().st_size / 1e6:.1f} MB, opens in any browser, offline as well")
