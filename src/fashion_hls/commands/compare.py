"""``compare``: recorded runs side by side."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from fashion_hls.commands.parsing import Commands
from fashion_hls.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fashion_hls.tracking_read import RecordedRun

_EPILOG = """\
  fashion-hls compare                          list the evaluations that are recorded
  fashion-hls compare 609a5e24 f5fc            two runs by their ids' beginnings
  fashion-hls compare 20261125T142932Z         the methods that one invocation evaluated
  fashion-hls compare --method stl,stl_hls     the last evaluation of each
  fashion-hls compare --last 3 --stage evaluate_detector --metrics AP
"""


def add(commands: Commands) -> None:
    """The parser of this command."""
    comparing = commands.add_parser(
        "compare",
        help="list recorded runs, or show them side by side",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    comparing.add_argument("runs", nargs="*", metavar="RUN", help="ids or their beginnings")
    comparing.add_argument("--last", type=int, metavar="N", help="compare the last N evaluations")
    comparing.add_argument("--method", metavar="A,B", help="the last evaluation of each of these")
    comparing.add_argument("--stage", help="runs of stages that begin so, as evaluate_set_")
    comparing.add_argument("--profile", help="runs of this profile alone")
    comparing.add_argument(
        "--metrics", metavar="REGEX", help="figures with this in their name (default the main ones)"
    )
    comparing.add_argument("--limit", type=int, default=20, help="lines of the list (default 20)")
    comparing.add_argument("--json", metavar="FILE", help="write the comparison; - prints it")
    comparing.add_argument("--csv", metavar="FILE", help="write the figures; - prints them")
    comparing.set_defaults(run=_compare)


def _compare(options: argparse.Namespace) -> None:
    _refuse_mixtures(options)
    from fashion_hls.places import workspace
    from fashion_hls.tracking_read import read_runs

    every = read_runs(workspace())
    runs = [one for one in every if options.profile in (None, one.profile) or not one.stage]
    if not (options.runs or options.last or options.method):
        _list(runs, options)
        return
    chosen = _chosen(runs, options)
    if len(chosen) < 2:
        raise UserError("one run compares with nothing; name two or more")
    _tell(chosen, every, options)


def _refuse_mixtures(options: argparse.Namespace) -> None:
    if sum(map(bool, (options.runs, options.last is not None, options.method))) > 1:
        raise UserError("name runs, or give --last, or --method: one of the three")
    if options.last is not None and options.last < 2:
        raise UserError("--last must be 2 or more")
    if options.limit < 1:
        raise UserError("--limit must be 1 or more")
    if options.json == "-" and options.csv == "-":
        raise UserError("--json - and --csv -: both would be printed; name a file for one")
    if options.json and options.csv and Path(options.json).resolve() == Path(options.csv).resolve():
        raise UserError("--json and --csv: would be written to one place; name two")


def _list(runs: Sequence[RecordedRun], options: argparse.Namespace) -> None:
    from fashion_hls.compare.choosing import listed
    from fashion_hls.compare.telling import run_list

    if options.json or options.csv or options.metrics:
        raise UserError("--json, --csv and --metrics are for a comparison; name runs")
    found = listed(runs, stage=options.stage, profile=options.profile)
    if not found:
        raise UserError("no such run is recorded; `make ui` shows all that are")
    print(run_list(found[: options.limit]))
    if len(found) > options.limit:
        print(f"\n{len(found) - options.limit} older ones: --limit {len(found)}")


def _chosen(runs: Sequence[RecordedRun], options: argparse.Namespace) -> list[RecordedRun]:
    from fashion_hls.compare import choosing

    if options.runs:
        return choosing.by_ids(runs, options.runs)
    if options.last:
        return choosing.last(runs, options.last, options.stage)
    methods = [one.strip() for one in options.method.split(",") if one.strip()]
    return choosing.by_method(runs, methods, options.stage)


def _tell(
    chosen: Sequence[RecordedRun], every: Sequence[RecordedRun], options: argparse.Namespace
) -> None:
    from fashion_hls.compare import telling
    from fashion_hls.compare.figures import figures
    from fashion_hls.compare.settings import differing, warnings
    from fashion_hls.data.store import write_whole

    rows = figures(chosen, options.metrics)
    parts = (chosen, rows, differing(chosen), warnings(chosen, every))
    texts = {}
    if options.json:
        content = json.dumps(telling.as_dict(*parts), indent=1, ensure_ascii=False)
        texts[options.json] = f"{content}\n"
    if options.csv:
        texts[options.csv] = telling.as_csv(chosen, rows)
    if "-" not in texts:
        print(telling.comparison(*parts))
    for place, text in texts.items():
        if place == "-":
            print(text, end="")
        else:
            write_whole(Path(place), text.encode())
            print(f"written: {place}")
