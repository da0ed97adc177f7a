"""``evaluate`` and ``label-errors``: what a file of predictions is worth, and what it doubts."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from fashion_hls.commands.parsing import Commands, add_predictions, check_writable, named
from fashion_hls.errors import UserError


def add(commands: Commands) -> None:
    """The parsers of these commands."""
    scoring = commands.add_parser(
        "evaluate", help="score anybody's predictions on a prepared set, under every protocol"
    )
    add_predictions(scoring)
    scoring.add_argument(
        "--ensemble", type=named, nargs="+", action="extend", default=[], metavar="FILE",
        help="further predictions of the same crops: the mean of all files' scores is judged",
    )  # fmt: skip
    scoring.add_argument(
        "--with-view", metavar="VIEW",
        help="average each crop's scores with those of the same image in that view, as whole_image",
    )  # fmt: skip
    scoring.add_argument("--seed", type=int, default=0, help="of the intervals' draws (default 0)")
    scoring.add_argument("--draws", type=int, default=1000, help="of the bootstrap (default 1000)")
    scoring.add_argument("--json", type=named, metavar="FILE", help="write all figures there")
    scoring.set_defaults(run=_evaluate)
    doubting = commands.add_parser(
        "label-errors", help="list the images of a prepared set whose labels are probably wrong"
    )
    add_predictions(doubting)
    doubting.add_argument(
        "--view", help="protocol to look at (default whole_image, or what the file has)"
    )
    doubting.add_argument("--attributes", action="store_true", help="list attributes as well")
    doubting.add_argument("--limit", type=int, default=20, help="rows printed (default 20)")
    doubting.add_argument(
        "--csv", type=named, metavar="FILE", help="write all; attributes to FILE's _attributes.csv"
    )
    doubting.set_defaults(run=_label_errors)


def _evaluate(options: argparse.Namespace) -> None:
    from fashion_hls.data.store import write_json
    from fashion_hls.ensembling import mean_of, with_view
    from fashion_hls.metrics.intervals import LEVEL
    from fashion_hls.scoring import figures_of, load_predictions

    if options.draws < 1 or options.seed < 0:
        raise UserError("--draws must be 1 or more, --seed 0 or more")
    asked = {"split": options.split, "seed": options.seed, "draws": options.draws}
    files, view = [options.predictions, *options.ensemble], options.with_view
    if len({file.resolve() for file in files}) < len(files):
        raise UserError("--ensemble: a file is named twice, and would count twice")
    if options.json:
        check_writable(options.json, _read_by(options, files))
    loaded = [load_predictions(file, options.data, options.split) for file in files]
    if view is not None:
        loaded = [with_view(one, view, file) for one, file in zip(loaded, files, strict=True)]
    reports = figures_of(mean_of(loaded, files), **asked, level=LEVEL)
    print(_scores_table(reports))
    averaged = f"; the mean of {len(files)} files" if options.ensemble else ""
    if view is not None:
        averaged += f"; each crop's scores averaged with its image's in {view}"
    print(
        f"\n{options.split} split of {options.data}; percent, with {LEVEL:.0%} bootstrap "
        f"intervals{averaged}"
    )
    if options.json:
        content = {"predictions": str(options.predictions), **asked, "protocols": reports}
        if averaged:
            content |= {"ensemble": [str(file) for file in options.ensemble], "with_view": view}
        write_json(options.json, content)


def _scores_table(reports: dict[str, Any]) -> str:
    """Reports as a Markdown table in percent, a row a protocol, in the order of ``VIEWS``."""
    from tabulate import tabulate

    from fashion_hls.scoring import SCORES, VIEWS

    rows = []
    for view in VIEWS:
        if view not in reports:
            continue
        row: dict[str, Any] = {"protocol": view, "images": reports[view]["images"]}
        for group in SCORES:
            for name, figure in reports[view].get(group, {}).items():
                ends = [figure[key] for key in ("value", "low", "high")]
                row[name] = (
                    "—"
                    if None in ends
                    else "{:.1f} [{:.1f}, {:.1f}]".format(*(100 * end for end in ends))
                )
        rows.append(row)
    return str(tabulate(rows, headers="keys", tablefmt="github", disable_numparse=True))


def _read_by(options: argparse.Namespace, predictions: list[Path]) -> list[Path]:
    return [*predictions, *(options.data / name for name in ("images.parquet", "vocabulary.json"))]


def _label_errors(options: argparse.Namespace) -> None:
    from fashion_hls.data.store import write_whole
    from fashion_hls.label_errors import label_errors, listing

    if options.limit < 1:
        raise UserError("--limit must be 1 or more")
    lists = []
    if options.csv:
        reads = _read_by(options, [options.predictions])
        check_writable(options.csv, reads)
        lists.append(options.csv)
        if options.attributes:
            lists.append(options.csv.with_name(f"{options.csv.stem}_attributes.csv"))
            check_writable(lists[-1], reads)
    found = label_errors(
        options.predictions,
        options.data,
        split=options.split,
        view=options.view,
        attributes=options.attributes,
    )
    if options.split == "train":
        print(
            "warning: the train split is what networks are trained on: one that was shown these "
            "labels agrees with the wrong ones. Bring predictions of networks that were not "
            "(cross-validation), or read the list as a part of the errors",
            file=sys.stderr,
        )
    left_out = f", {found.without_crop} more without a crop" if found.without_crop else ""
    print(
        f"{options.split} split of {options.data}, {found.view}: {len(found.categories)} of "
        f"{found.images} category labels are probably wrong (about {found.expected:.0f} expected"
        f"{left_out})\n"
    )
    print(listing(found.categories, options.limit))
    tables = [found.categories]
    if found.attributes is not None:
        for given, what in (("yes", "has"), ("no", "has not")):
            rows = found.attributes[found.attributes["given"] == given]
            print(f"\nAttributes that the label says the image {what}, most doubtful first\n")
            print(listing(rows, options.limit))
        tables.append(found.attributes)
    if lists:
        for path, table in zip(lists, tables, strict=True):
            write_whole(path, table.to_csv(index=False).encode())
        print(f"\nwritten: {', '.join(map(str, lists))}")
