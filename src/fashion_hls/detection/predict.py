"""A detector over many images."""

from __future__ import annotations

import numpy as np
import pandas as pd
from tqdm import tqdm

from fashion_hls.data.images import ImageStore
from fashion_hls.detection.contract import Detection, Detector
from fashion_hls.detection.photos import load_image

DETECTION_COLUMNS = ["image_id", "label", "score", "x1", "y1", "x2", "y2"]


def predict_all(
    detector: Detector,
    images: pd.DataFrame,
    store: ImageStore,
    *,
    batch_size: int = 4,
    label: str = "detect",
    part: tuple[int, int] = (0, 1),
) -> pd.DataFrame:
    """Detections of every image (image_id, file): one row each, xyxy pixels, best first.

    Args:
        detector: on whatever device.
        images: image_id, file, height, width.
        store: the files.
        batch_size: images at a time.
        label: of the progress bar.
        part: (i, n): only the batches i, i + n, i + 2n, …; :func:`merged` joins the parts.
    """
    tables: list[pd.DataFrame] = []
    # Of one size together, so that no image of a batch is padded for another.
    ordered = images.sort_values(["height", "width", "image_id"], kind="stable")
    ids, files = ordered["image_id"].tolist(), ordered["file"].tolist()
    device = next(detector.parameters()).device
    starts = range(0, len(ids), batch_size)[part[0] :: part[1]]
    for start in tqdm(starts, desc=label, unit="batch", leave=False):
        chosen = slice(start, start + batch_size)
        batch = [load_image(store, name).to(device) for name in files[chosen]]
        for image_id, found in zip(ids[chosen], detector.predict(batch), strict=True):
            tables.append(_table(image_id, found))
    return merged(tables)


def merged(tables: list[pd.DataFrame]) -> pd.DataFrame:
    """Tables of different images' detections as one, by image, best first."""
    if not tables:
        return pd.DataFrame(columns=DETECTION_COLUMNS, dtype="float64")
    table = pd.concat(tables, ignore_index=True)
    return table.sort_values(["image_id", "score"], ascending=[True, False], kind="stable")


def _table(image_id: int, found: Detection) -> pd.DataFrame:
    """An image's detections; a table, as Python's own numbers would take ten times the room."""
    boxes = found["boxes"].cpu().double().numpy()
    columns = {
        "image_id": np.full(len(boxes), image_id, dtype=np.int64),
        "label": found["labels"].cpu().long().numpy(),
        "score": found["scores"].cpu().double().numpy(),
    }
    sides = dict(zip(DETECTION_COLUMNS[3:], boxes.T, strict=True))
    return pd.DataFrame(columns | sides)
