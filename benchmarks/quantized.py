"""What 8-bit integers cost in accuracy: a method's ONNX graph in float32 against int8.

The workspace's trained method is exported, and quantised by crops of its training split, drawn at
random (inference/onnx_quantize.py). Both graphs name the test split's crops of the protocol
``retained``, as ONNX Runtime gives them in prediction. The figures are those of
metrics/classification.py: category top-1 and top-3, attribute recall@3 and @5, and int8 less
float32 on the same photos, with 95% bootstrap intervals, those of the difference paired. Sizes are
of the graphs' files: ``PYTHONPATH=src python benchmarks/quantized.py --workspace DIR``
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from tabulate import tabulate
from tqdm import tqdm

from fashion_hls.classification.build import load_classifier
from fashion_hls.data.labels import label_matrix
from fashion_hls.data.store import read_vocabulary
from fashion_hls.errors import UserError
from fashion_hls.inference.onnx_backend import BATCH, OnnxClassifier
from fashion_hls.inference.onnx_export import export_classifier
from fashion_hls.inference.onnx_quantize import quantize_classifier
from fashion_hls.metrics.classification import Predictions, compare, evaluate
from fashion_hls.metrics.intervals import DRAWS
from fashion_hls.training.seed import seed_everything
from workspace_crops import VIEW, inputs_of, rows_of

CALIBRATION = 200
FIGURES = (
    ("category", "top1"), ("category", "top3"), ("attributes", "recall@3"),
    ("attributes", "recall@5"),
)  # fmt: skip


def predictions(
    folder: Path, crops: NDArray[np.uint8], types: NDArray[np.int64], threads: int
) -> Predictions:
    """What an exported method says of crops."""
    network = OnnxClassifier(folder, threads)
    parts = [
        network.classify(crops[start : start + BATCH], types[start : start + BATCH])
        for start in tqdm(range(0, len(crops), BATCH), desc=network.card.precision, unit="batch")
    ]
    return Predictions(
        np.concatenate([part.category for part in parts]),
        np.concatenate([part.attributes for part in parts]),
    )


def figures(plain: Predictions, small: Predictions, rows: pd.DataFrame, draws: int) -> str:
    """The table of both and the difference."""
    category = rows["category"].to_numpy(np.int64)
    positives = label_matrix(rows["attributes"].tolist(), plain.attributes.shape[1])
    found, drawn = np.ones(len(rows), dtype=bool), {"seed": 0, "draws": draws}
    own: dict[str, Any] = {
        name: evaluate(one.category, category, one.attributes, positives, found, **drawn)
        for name, one in (("float32", plain), ("int8", small))
    }
    gain = compare(small, plain, category, positives, found, **drawn)
    table = [
        {
            "figure": name,
            **{precision: told(report[kind][name], "value") for precision, report in own.items()},
            "int8 less float32": told(gain[kind][name], "difference", "+"),
        }
        for kind, name in FIGURES
    ]
    return tabulate(table, headers="keys", tablefmt="github", disable_numparse=True)


def told(figure: dict[str, float], key: str, sign: str = "") -> str:
    """A value with its interval."""
    value, low, high = (f"{figure[one]:{sign}.3f}" for one in (key, "low", "high"))
    return f"{value} [{low}, {high}]"


def main() -> None:
    """Export, quantise, predict with both, print the table and the sizes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workspace", type=Path, default=Path(), help="that the pipeline ran in")
    parser.add_argument("--method", default="stl_hls")
    parser.add_argument("--calibration", type=int, default=CALIBRATION, help="crops of training")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--draws", type=int, default=DRAWS, help="of the bootstrap")
    given = parser.parse_args()
    seed_everything(0, given.threads)
    root, method = given.workspace, given.method
    network, card = load_classifier(root / "models/classifier" / method, method=method)
    size = card["notes"]["image_size"]
    train, test = rows_of(root, "train"), rows_of(root, "test")
    chosen = train.sample(min(given.calibration, len(train)), random_state=0)
    crops, types = inputs_of(root, test, size, given.threads)
    with tempfile.TemporaryDirectory() as place:
        folders = [Path(place) / name for name in ("float32", "int8")]
        export_classifier(network, card, folders[0], size)
        quantize_classifier(*folders, *inputs_of(root, chosen, size, given.threads))
        plain, small = (predictions(one, crops, types, given.threads) for one in folders)
        sizes = [sum(file.stat().st_size for file in one.glob("*.onnx")) for one in folders]
    labels = read_vocabulary(root / "data/benchmark/vocabulary.json")
    if plain.attributes.shape[1] != len(labels.attributes):
        raise UserError(f"{root}: models/classifier/{method} knows other attributes than data")
    print(f"{method}, {len(test)} test crops of {VIEW}, ranges from {len(chosen)} training crops")
    print(figures(plain, small, test, given.draws))
    print(f"graphs: float32 {sizes[0] / 1e6:.1f} MB, int8 {sizes[1] / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
