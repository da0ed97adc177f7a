"""``fashion-hls COMMAND``: what users type beside make and dvc."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from fashion_hls.errors import UserError


def main(arguments: list[str] | None = None) -> None:
    """Read the command line; a user's mistake ends in one line and status 2."""
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
    except (UserError, OSError) as error:
        print(f"{options.command}: {error}", file=sys.stderr)
        sys.exit(2)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="fashion-hls", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    example = commands.add_parser(
        "init-catalogue", help="write an example of the folder that dataset=catalogue reads"
    )
    example.add_argument("folder", type=Path, help="to make; must not exist")
    example.add_argument("--boxes", default="csv", help="csv (default), coco or voc")
    example.add_argument("--photos", type=int, default=12, help="how many (default 12)")
    example.set_defaults(run=_init_catalogue)
    fetching = commands.add_parser(
        "fetch", help="copy DeepFashion or DeepFashion2 from the Drive folder its page links to"
    )
    fetching.add_argument("dataset", choices=["deepfashion1", "deepfashion2"])
    fetching.add_argument("url", help="of the Google Drive folder, from the dataset's own page")
    fetching.add_argument("--accept-terms", action="store_true", help="of the dataset's authors")
    fetching.set_defaults(run=_fetch)
    scoring = commands.add_parser(
        "evaluate", help="score anybody's predictions on a prepared set, under every protocol"
    )
    _add_predictions(scoring)
    scoring.add_argument("--seed", type=int, default=0, help="of the intervals' draws (default 0)")
    scoring.add_argument("--draws", type=int, default=1000, help="of the bootstrap (default 1000)")
    scoring.add_argument("--json", type=Path, metavar="FILE", help="write all figures there")
    scoring.set_defaults(run=_evaluate)
    searching = commands.add_parser(
        "search", help="search a classifier's settings on the validation split (docs/search.md)"
    )
    searching.add_argument(
        "--space", type=Path, default=Path("conf/search/default.yaml"), metavar="FILE",
        help="what to search (default conf/search/default.yaml)",
    )  # fmt: skip
    searching.add_argument(
        "-S", "--set-param", action="append", default=[], metavar="KEY=VALUE",
        help="change a field of it, as trials=40 or space.lr=[1e-4,1e-2]",
    )  # fmt: skip
    searching.set_defaults(run=_search)
    looking = commands.add_parser(
        "attention", help="plot where a trained method looked in photos that you name (Figure 3)"
    )
    looking.add_argument("photos", nargs="+", help="image ids, or files of the prepared set")
    looking.add_argument("--method", default="mtl_rnn_va", help="default mtl_rnn_va")
    looking.add_argument("--set", default="benchmark", choices=["benchmark", "catalogue"])
    looking.add_argument("--view", default="end_to_end", help="protocol (default end_to_end)")
    looking.add_argument("--out", type=Path, default=Path("attention.jpg"), metavar="FILE.jpg")
    looking.set_defaults(run=_attention)
    doubting = commands.add_parser(
        "label-errors", help="list the images of a prepared set whose labels are probably wrong"
    )
    _add_predictions(doubting)
    doubting.add_argument(
        "--view", help="protocol to look at (default whole_image, or what the file has)"
    )
    doubting.add_argument("--attributes", action="store_true", help="list attributes as well")
    doubting.add_argument("--limit", type=int, default=20, help="rows printed (default 20)")
    doubting.add_argument(
        "--csv", type=Path, metavar="FILE", help="write all; attributes to FILE's _attributes.csv"
    )
    doubting.set_defaults(run=_label_errors)
    return parser


def _add_predictions(command: argparse.ArgumentParser) -> None:
    """What commands that read a predictions file share."""
    command.add_argument(
        "--predictions", type=Path, required=True, help=".parquet or JSON lines (docs/evaluate.md)"
    )
    command.add_argument(
        "--data", type=Path, default=Path("data/benchmark"), help="the set (default data/benchmark)"
    )
    command.add_argument("--split", default="test", choices=["train", "val", "test"])


def _search(options: argparse.Namespace) -> None:
    from fashion_hls.search.command import run_search

    run_search(options.space, options.set_param)


def _attention(options: argparse.Namespace) -> None:
    from fashion_hls.data.store import write_whole
    from fashion_hls.explain.chosen import draw_chosen
    from fashion_hls.places import SETS

    if options.out.suffix.lower() not in (".jpg", ".jpeg"):
        raise UserError(f"--out {options.out}: the plot is a JPEG; name it FILE.jpg")
    chosen = SETS[options.set]
    drawn = draw_chosen(
        options.photos,
        method=options.method,
        chosen=chosen,
        view=options.view,
        models=Path("models/classifier") / chosen.below,
    )
    write_whole(options.out, drawn)
    print(f"written: {options.out}")


def _label_errors(options: argparse.Namespace) -> None:
    from fashion_hls.data.store import write_whole
    from fashion_hls.label_errors import label_errors, listing

    if options.limit < 1:
        raise UserError("--limit must be 1 or more")
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
    tables = {options.csv: found.categories}
    if found.attributes is not None:
        for given, what in (("yes", "has"), ("no", "has not")):
            rows = found.attributes[found.attributes["given"] == given]
            print(f"\nAttributes that the label says the image {what}, most doubtful first\n")
            print(listing(rows, options.limit))
        if options.csv:
            tables[options.csv.with_name(f"{options.csv.stem}_attributes.csv")] = found.attributes
    if options.csv:
        for path, table in tables.items():
            write_whole(path, table.to_csv(index=False).encode())
        print(f"\nwritten: {', '.join(map(str, tables))}")


def _evaluate(options: argparse.Namespace) -> None:
    from fashion_hls.data.store import write_json
    from fashion_hls.metrics.intervals import LEVEL
    from fashion_hls.scoring import score, scores_table

    if options.draws < 1 or options.seed < 0:
        raise UserError("--draws must be 1 or more, --seed 0 or more")
    asked = {"split": options.split, "seed": options.seed, "draws": options.draws}
    reports = score(options.predictions, options.data, **asked, level=LEVEL)
    print(scores_table(reports))
    print(
        f"\n{options.split} split of {options.data}; percent, with {LEVEL:.0%} bootstrap intervals"
    )
    if options.json:
        content = {"predictions": str(options.predictions), **asked, "protocols": reports}
        write_json(options.json, content)


def _init_catalogue(options: argparse.Namespace) -> None:
    from fashion_hls.data.sample.catalogue import write_example

    write_example(options.folder, photos=options.photos, boxes=options.boxes)
    print(
        f"{options.folder}: an example with {options.photos} drawings. Put your photos into "
        "images/, replace the tables' rows (docs/data.md), and set FASHION_HLS_DATA to the "
        "folder above a folder named catalogue. Twelve are to look at; a run needs hundreds "
        "(--photos 600)."
    )


def _fetch(options: argparse.Namespace) -> None:
    from fashion_hls import places
    from fashion_hls.data.fetch import fetch
    from fashion_hls.data.readers import FOLDERS

    folder = places.external_data() / FOLDERS[options.dataset]
    fetch(options.dataset, options.url, folder, accepted=options.accept_terms)
    print(f"{folder}: all files that the reader needs are there")


if __name__ == "__main__":
    main()
