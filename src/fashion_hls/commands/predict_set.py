"""``predict-set``: trained networks on a prepared set, for ``evaluate`` and ``label-errors``."""

from __future__ import annotations

import argparse
import os

from fashion_hls.commands.parsing import Commands, add_models, check_writable, named
from fashion_hls.errors import UserError

_DESCRIPTION = """\
Write what a method says of a split of a set that the pipeline prepared and cut (make repro, make
open), under every protocol, as the file that evaluate and label-errors read (docs/evaluate.md). The
pipeline itself leaves that of its own methods on the test split.
"""
_EPILOG = """\
examples:
  fashion-hls predict-set --models . --method stl_hls --split val --out val.parquet
  fashion-hls predict-set --models my-int8.fhls --out int8.parquet

The models must know the set's labels, in its order; of a folder that the pipeline ran in, those
that were trained on the set are taken. Crops are the set's own (data/crops): no detector is asked.
"""


def add(commands: Commands) -> None:
    """The parser of this command."""
    parser = commands.add_parser(
        "predict-set",
        help="write a method's predictions of a prepared set, to score them",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_models(parser)
    parser.add_argument("--set", default="benchmark", choices=["benchmark", "catalogue"])
    parser.add_argument("--split", default="test", choices=["train", "val", "test"])
    parser.add_argument(
        "--out", type=named, required=True, metavar="FILE", help="to write, .parquet"
    )
    parser.set_defaults(run=_predict_set)


def _predict_set(options: argparse.Namespace) -> None:
    if options.out.suffix != ".parquet":
        raise UserError(f"--out {options.out}: is written as Parquet; name it FILE.parquet")
    from fashion_hls.data.store import write_table
    from fashion_hls.inference.prepared import load_method, predict_prepared
    from fashion_hls.places import SETS

    chosen = SETS[options.set]
    reads = [chosen.photos / "images.parquet"]
    reads += [chosen.crops / name for name in ("manifest.parquet", "detections.parquet")]
    check_writable(options.out, reads)
    loaded = load_method(
        options.models,
        chosen,
        method=options.method,
        backend=options.backend,
        threads=options.threads,
        device=options.device,
    )
    threads = options.threads or os.cpu_count() or 1
    table = predict_prepared(loaded, chosen, split=options.split, threads=threads)
    write_table(options.out, table)
    images, found = table["image_id"].nunique(), int(table["found"].sum())
    print(f"{options.out}: images: {images}, rows with a crop: {found} of {len(table)}")
