"""What 8-bit integers cost a detector: its ONNX graphs in float32 against int8.

The workspace's trained detector is exported, and its maps are quantised by photos of its training
split, drawn at random (inference/onnx_quantize.py). Both find object types in the test split's
photos, as ONNX Runtime gives them in prediction. The figures are COCO's (metrics/coco.py), and int8
less float32 on the same photos, with 95% bootstrap intervals over photos, those of the difference
paired. Sizes are of the graphs' files:
``PYTHONPATH=src python benchmarks/quantized_detector.py --workspace DIR``
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from tabulate import tabulate
from tqdm import tqdm

from fashion_hls.data.images import ImageStore
from fashion_hls.data.store import IMAGES, read_table
from fashion_hls.detection.build import load_detector
from fashion_hls.detection.predict import DETECTION_COLUMNS
from fashion_hls.inference.onnx_backend import OnnxDetector
from fashion_hls.inference.onnx_export import export_detector
from fashion_hls.inference.onnx_quantize import quantize_detector
from fashion_hls.inference.source import read_card
from fashion_hls.metrics.coco import coco_evaluate
from fashion_hls.metrics.intervals import percentile_interval
from fashion_hls.taxonomy import OBJECT_TYPES
from fashion_hls.training.seed import seed_everything

CALIBRATION, DRAWS = 100, 200
FIGURES = ("mAP", "AP50", "AR@100")


def detections(folder: Path, store: ImageStore, images: pd.DataFrame, threads: int) -> pd.DataFrame:
    """What an exported detector finds."""
    detector = OnnxDetector(folder, threads)
    tables = []
    rows = zip(images["image_id"], images["file"], strict=True)
    for image_id, file in tqdm(rows, total=len(images), desc=detector.card.precision, unit="photo"):
        [found] = detector.detect([np.asarray(store.image(file))])
        columns = dict(zip(DETECTION_COLUMNS[3:], found.boxes.T, strict=True))
        own = {"image_id": image_id, "label": found.labels, "score": found.scores}
        tables.append(pd.DataFrame(own | columns))
    return pd.concat(tables, ignore_index=True)


def drawn(
    images: pd.DataFrame, truth: pd.DataFrame, found: list[pd.DataFrame], draws: int
) -> np.ndarray:
    """Figures [draws, 2, figures] of both on the same resamples of the photos."""
    rng = np.random.default_rng(0)
    ids = images["image_id"].to_numpy()
    sizes = images.set_index("image_id")[["width", "height"]]
    values = []
    for _ in tqdm(range(draws), desc="bootstrap", unit="draw"):
        # A photo that is drawn twice is two photos.
        chosen = pd.DataFrame({"image_id": rng.choice(ids, len(ids)), "new": range(len(ids))})

        def resampled(table: pd.DataFrame, chosen: pd.DataFrame = chosen) -> pd.DataFrame:
            joined = chosen.merge(table, on="image_id")
            return joined.drop(columns="image_id").rename(columns={"new": "image_id"})

        photos, boxes = resampled(sizes.reset_index()), resampled(truth)
        own = [coco_evaluate(photos, boxes, resampled(one), OBJECT_TYPES) for one in found]
        values.append([[report[name] for name in FIGURES] for report in own])
    return np.asarray(values, dtype=np.float64)


def told(value: float, draws: np.ndarray, sign: str = "") -> str:
    """A value with its interval."""
    low, high = percentile_interval(draws)
    return f"{value:{sign}.3f} [{low:{sign}.3f}, {high:{sign}.3f}]"


def figures(
    images: pd.DataFrame, truth: pd.DataFrame, found: list[pd.DataFrame], draws: int
) -> str:
    """The table of both and the difference."""
    own: list[dict[str, Any]] = [coco_evaluate(images, truth, one, OBJECT_TYPES) for one in found]
    values = drawn(images, truth, found, draws)
    table = []
    for place, name in enumerate(FIGURES):
        plain, small = (report[name] for report in own)
        of_plain, of_small = values[:, 0, place], values[:, 1, place]
        table.append(
            {
                "figure": name,
                "float32": told(plain, of_plain),
                "int8": told(small, of_small),
                "int8 less float32": told(small - plain, of_small - of_plain, "+"),
            }
        )
    return tabulate(table, headers="keys", tablefmt="github", disable_numparse=True)


def main() -> None:
    """Export, quantise, detect with both, print the table and the sizes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workspace", type=Path, default=Path(), help="that the pipeline ran in")
    parser.add_argument("--detector", default="faster_rcnn")
    parser.add_argument("--calibration", type=int, default=CALIBRATION, help="training photos")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--draws", type=int, default=DRAWS, help="of the bootstrap")
    given = parser.parse_args()
    seed_everything(0, given.threads)
    data, trained = (given.workspace / one for one in ("data/detection", "models/detector"))
    detector = load_detector(trained / given.detector)
    card = read_card(trained / given.detector / "model.json")
    images, objects = (read_table(data / f"{one}.parquet") for one in ("images", "objects"))
    store = ImageStore(data / IMAGES)
    train, test = (images[images["split"] == one] for one in ("train", "test"))
    chosen = train.sample(min(given.calibration, len(train)), random_state=0)
    with tempfile.TemporaryDirectory() as place:
        folders = [Path(place) / name for name in ("float32", "int8")]
        export_detector(detector, card, folders[0])
        quantize_detector(*folders, (np.asarray(store.image(file)) for file in chosen["file"]))
        found = [detections(one, store, test, given.threads) for one in folders]
        sizes = [sum(file.stat().st_size for file in one.glob("*.onnx")) for one in folders]
    truth = objects[objects["image_id"].isin(test["image_id"])]
    print(f"{given.detector}, {len(test)} test photos, ranges from {len(chosen)} training photos")
    print(figures(test, truth, found, given.draws))
    print(f"graphs: float32 {sizes[0] / 1e6:.1f} MB, int8 {sizes[1] / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
