"""``check``: what of this machine, its data, runs and models can be used, and what is broken."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from fashion_hls.commands.parsing import Commands


def add(commands: Commands) -> None:
    """The parser of this command."""
    checking = commands.add_parser(
        "check",
        help="say what is installed, which data, runs and models are there, and what is broken",
        epilog="exit status: 0 nothing is broken, 1 there is a problem (notes are none)",
    )
    checking.add_argument("--json", action="store_true", help="print it as JSON")
    checking.add_argument(
        "--pipeline", action="store_true", help="ask DVC which stages are out of date (slow)"
    )
    checking.add_argument(
        "--network", action="store_true", help="ask an MLflow server whether it answers"
    )
    checking.add_argument(
        "--models", type=Path, metavar="PATH", help="a bundle or a folder with models to look at"
    )
    checking.set_defaults(run=_check)


def _check(options: argparse.Namespace) -> None:
    from fashion_hls.checkup.datasets import check_data
    from fashion_hls.checkup.environment import check_environment
    from fashion_hls.checkup.finding import as_dict, as_text
    from fashion_hls.checkup.models import check_models, check_packaged
    from fashion_hls.checkup.runs import check_runs
    from fashion_hls.checkup.workspace import check_workspace
    from fashion_hls.places import workspace

    folder = workspace()
    findings = [
        *check_environment(folder),
        *check_data(folder),
        *check_workspace(folder, pipeline=options.pipeline),
        *check_runs(folder, network=options.network),
        *check_packaged(),
        *check_models(folder, options.models),
    ]
    print(json.dumps(as_dict(findings), indent=1) if options.json else as_text(findings))
    if as_dict(findings)["problems"]:
        sys.exit(1)
