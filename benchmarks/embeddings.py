"""What embeddings are good for: do the nearest garments share category and attributes?

Each crop of the test split under ``retained`` looks among the others for the one whose embedding
lies nearest (by dot product). The share of crops whose nearest has the same category, the same
label of each attribute group, and all of them: for a trained method, and for the same encoder as
ImageNet left it; with the difference, 95% bootstrap intervals over the crops, paired. Chance is
the share that a random other crop has.
``PYTHONPATH=src python benchmarks/embeddings.py --workspace DIR``
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from tabulate import tabulate
from tqdm import tqdm

from fashion_hls.classification.build import build_classifier, load_classifier
from fashion_hls.data.records import Vocabulary
from fashion_hls.data.store import read_vocabulary
from fashion_hls.inference.torch_backend import TorchClassifier
from fashion_hls.metrics.intervals import DRAWS, bootstrap_values, percentile_interval
from fashion_hls.training.seed import seed_everything
from workspace_crops import inputs_of, rows_of

Floats = NDArray[np.float32]

BATCH = 32


def labels_of(rows: pd.DataFrame, vocabulary: Vocabulary) -> dict[str, NDArray[np.int64]]:
    """The category [n], and of each attribute group what labels a crop has, by number [n]."""
    out = {"category": rows["category"].to_numpy(np.int64)}
    groups = np.array(vocabulary.attribute_groups)
    for group in sorted(set(groups)):
        own = set(np.flatnonzero(groups == group))
        found = [tuple(sorted(own.intersection(one))) for one in rows["attributes"]]
        out[group] = pd.factorize(pd.Series(found, dtype=object))[0]
    out["all of them"] = pd.DataFrame(out).groupby(list(out)).ngroup().to_numpy()
    return out


def vectors(network: TorchClassifier, crops: NDArray[np.uint8], types: NDArray[np.int64]) -> Floats:
    """Embeddings [n, d]."""
    parts = [
        network.classify(crops[start : start + BATCH], types[start : start + BATCH]).embedding
        for start in tqdm(range(0, len(crops), BATCH), desc="embed", unit="batch")
    ]
    return np.concatenate(parts)


def nearest(embeddings: Floats) -> NDArray[np.int64]:
    """Of each row [n] the other row with the largest dot product."""
    likeness = embeddings @ embeddings.T
    np.fill_diagonal(likeness, -np.inf)
    return likeness.argmax(axis=1)


def table(
    labels: dict[str, NDArray[np.int64]], own: NDArray[np.int64], peer: NDArray[np.int64]
) -> str:
    """Shares that agree, by kind of label."""
    out = []
    for name, values in labels.items():
        n, sizes = len(values), np.bincount(values)
        hits = np.stack([values == values[own], values == values[peer]]).astype(np.float64)
        shares = np.vstack([hits, hits[0] - hits[1]])
        drawn = bootstrap_values(lambda count, of=shares, n=n: of @ count / n, n, seed=0)
        told = [
            f"{share.mean():.3f} [{low:.3f}, {high:.3f}]"
            for share, (low, high) in zip(shares, map(percentile_interval, drawn.T), strict=True)
        ]
        chance = (sizes * (sizes - 1)).sum() / (n * (n - 1))
        out.append((name, *told, f"{chance:.3f}"))
    return tabulate(
        out,
        headers=("same", "trained", "ImageNet", "difference", "chance"),
        tablefmt="github",
        disable_numparse=True,
    )


def main() -> None:
    """Embed the test crops by both, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workspace", type=Path, default=Path(), help="that the pipeline ran in")
    parser.add_argument("--method", default="stl_hls")
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args()
    seed_everything(0, given.threads)
    root = given.workspace
    trained, card = load_classifier(root / "models/classifier" / given.method, method=given.method)
    plain = build_classifier(given.method, **{**card["options"], "pretrained": True})
    rows = rows_of(root, "test")
    crops, types = inputs_of(root, rows, card["notes"]["image_size"], given.threads)
    found = [nearest(vectors(TorchClassifier(one), crops, types)) for one in (trained, plain)]
    labels = labels_of(rows, read_vocabulary(root / "data/benchmark/vocabulary.json"))
    print(f"{given.method}, {len(rows)} test crops of retained, {DRAWS} draws")
    print(table(labels, *found))


if __name__ == "__main__":
    main()
