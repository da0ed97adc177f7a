"""What the rule of one box a garment gives: F1 of a detector's garments with it and without.

A bundle's prediction drops, of two boxes that overlap much, the weaker one (``garments_of`` in
inference/regions.py). Here the workspace's detector looks at the photos of the validation and of
the test split that have annotated boxes (on ``open``: the street photos), as prediction does.
What counts from the bundles' least score on is held to the annotated garments of the photo: a
detection is right that takes a free garment of its type at IoU 0.5 or more, the best ones first
(COCO's matching). F1 of all photos together, 95% intervals by bootstrap over photos, those of the
difference from the same draws. The rule's limits were chosen on validation, so the test split is
the one that judges it: ``PYTHONPATH=src python benchmarks/overlap_rule.py --workspace DIR``
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from tabulate import tabulate
from tqdm import tqdm

from fashion_hls.data.images import ImageStore
from fashion_hls.data.records import ANNOTATED
from fashion_hls.data.store import IMAGES, read_table
from fashion_hls.detection.build import load_detector
from fashion_hls.errors import UserError
from fashion_hls.inference.backend import Detections
from fashion_hls.inference.regions import OTHER_TYPE, SAME_TYPE, garments_of
from fashion_hls.inference.torch_backend import TorchDetector
from fashion_hls.inference.torch_loading import DETECTION, workspace_detector
from fashion_hls.metrics.coco import XYXY
from fashion_hls.metrics.diagnostics import match
from fashion_hls.metrics.intervals import DRAWS, bootstrap_values, percentile_interval
from fashion_hls.training.seed import seed_everything

SPLITS = ("val", "test")
Counts = NDArray[np.float64]


class Split(NamedTuple):
    """A split's photos (image_id, file) that have annotated boxes, and those boxes."""

    images: pd.DataFrame
    objects: pd.DataFrame


def read_split(folder: Path, name: str) -> Split:
    """Of a prepared detection set."""
    images, objects = (read_table(folder / f"{one}.parquet") for one in ("images", "objects"))
    drawn = objects[objects["source"] == ANNOTATED]
    own = images[(images["split"] == name) & images["image_id"].isin(drawn["image_id"])]
    if own.empty:
        raise UserError(f"{folder / 'images.parquet'}: no photo of {name} has annotated boxes")
    return Split(own, drawn[drawn["image_id"].isin(own["image_id"])])


def table_of(image_id: int, found: Detections) -> pd.DataFrame:
    """A photo's detections as rows."""
    boxes = pd.DataFrame(found.boxes, columns=list(XYXY))
    return boxes.assign(image_id=image_id, label=found.labels, score=found.scores)


def detect(detector: TorchDetector, split: Split, store: ImageStore) -> tuple[pd.DataFrame, ...]:
    """What counts as a garment without the rule, and with it."""
    least, most = DETECTION["min_score"], int(DETECTION["most"])
    without, by_rule = [], []
    for photo in tqdm(split.images.itertuples(), total=len(split.images), unit="photo"):
        [found] = detector.detect([store.array(photo.file)])
        good = np.flatnonzero(found.scores >= least)[:most]
        without.append(table_of(photo.image_id, Detections(*(one[good] for one in found))))
        by_rule.append(table_of(photo.image_id, garments_of(found, least, most)))
    return pd.concat(without, ignore_index=True), pd.concat(by_rule, ignore_index=True)


def counts(split: Split, found: pd.DataFrame) -> Counts:
    """Of each photo [n, 3]: detections that are right, detections, garments."""
    objects = split.objects.reset_index(drop=True)
    taken, _ = match(objects, found, ["image_id", "label"])
    rows = found.loc[taken >= 0, "image_id"], found["image_id"], objects["image_id"]
    ids = split.images["image_id"]
    return np.stack([ids.map(one.value_counts()).fillna(0) for one in rows], axis=1).astype(float)


def f1(sums: Counts) -> float:
    """2 right / (detections + garments)."""
    return float(2 * sums[0] / max(1.0, sums[1] + sums[2]))


def judged(without: Counts, by_rule: Counts, draws: int) -> dict[str, str]:
    """F1 of both and the difference, with intervals."""

    def figures(weights: Counts) -> Counts:
        first, second = f1(weights @ without), f1(weights @ by_rule)
        return np.array([first, second, second - first])

    values = figures(np.ones(len(without)))
    drawn = bootstrap_values(figures, len(without), seed=0, draws=draws)
    told = {}
    for name, value, own in zip(("F1 without", "with", "gain"), values, drawn.T, strict=True):
        low, high = percentile_interval(own)
        told[name] = f"{value:.3f} [{low:.3f}, {high:.3f}]"
    return told


def main() -> None:
    """Detect, count, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workspace", type=Path, default=Path(), help="that the pipeline ran in")
    parser.add_argument("--detector", help="default: the one that the run cropped with")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--draws", type=int, default=DRAWS, help="of the bootstrap")
    given = parser.parse_args()
    seed_everything(0, given.threads)
    name = given.detector or workspace_detector(given.workspace)
    detector = TorchDetector(load_detector(given.workspace / "models/detector" / name))
    folder = given.workspace / "data/detection"
    rows = []
    for own in SPLITS:
        split = read_split(folder, own)
        found = detect(detector, split, ImageStore(folder / IMAGES))
        first, second = (counts(split, one) for one in found)
        rows.append(
            {
                "split": own,
                "photos": len(first),
                "garments": int(first[:, 2].sum()),
                "detections without": int(first[:, 1].sum()),
                "with the rule": int(second[:, 1].sum()),
                **judged(first, second, given.draws),
            }
        )
    print(
        f"{name}, score at least {DETECTION['min_score']}; the rule: overlap below {SAME_TYPE} "
        f"within a type, below {OTHER_TYPE} across types"
    )
    print(tabulate(rows, headers="keys", tablefmt="github", disable_numparse=True))


if __name__ == "__main__":
    main()
