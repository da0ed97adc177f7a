"""A detector over many images."""

from __future__ import annotations

import pandas as pd
from tqdm import tqdm

from fashion_hls.data.images import ImageStore
from fashion_hls.detection.contract import Detector
from fashion_hls.detection.photos import load_image

DETECTION_COLUMNS = ["image_id", "label", "score", "x1", "y1", "x2", "y2"]


def predict_all(
    detector: Detector,
    images: pd.DataFrame,
    store: ImageStore,
    *,
    batch_size: int = 4,
    label: str = "detect",
) -> pd.DataFrame:
    """Detections of every image (image_id, file): one row each, xyxy pixels, best first."""
    rows: list[tuple[object, ...]] = []
    # Of one size together, so that no image of a batch is padded for another.
    ordered = images.sort_values(["height", "width", "image_id"], kind="stable")
    ids, files = ordered["image_id"].tolist(), ordered["file"].tolist()
    device = next(detector.parameters()).device
    for start in tqdm(range(0, len(ids), batch_size), desc=label, unit="batch", leave=False):
        part = slice(start, start + batch_size)
        batch = [load_image(store, name).to(device) for name in files[part]]
        for image_id, found in zip(ids[part], detector.predict(batch), strict=True):
            for box, kind, score in zip(
                found["boxes"].tolist(),
                found["labels"].tolist(),
                found["scores"].tolist(),
                strict=True,
            ):
                rows.append((image_id, kind, score, *box))
    table = pd.DataFrame(rows, columns=DETECTION_COLUMNS)
    table = table.astype({"image_id": "int64", "label": "int64"} if rows else "float64")
    return table.sort_values(["image_id", "score"], ascending=[True, False], kind="stable")
