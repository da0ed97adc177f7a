"""A classifier over the views of a split; predictions are written once, figures come later."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import torch
from tqdm import tqdm

from fashion_hls.classification.build import Classifier
from fashion_hls.classification.crops import Crops

#: Columns: image_id, view, found, shared_type int, category_scores and attribute_scores
#: list[float32]. A row without a crop (found False) has scores of zero.
PREDICTION_COLUMNS = [
    "image_id", "view", "found", "shared_type", "category_scores", "attribute_scores",
]  # fmt: skip


@torch.inference_mode()
def predict_split(
    classifier: Classifier,
    manifest: pd.DataFrame,
    split: str,
    stores: dict[str, Path],
    *,
    categories: int,
    attributes: int,
    size: int,
    threads: int,
    batch_size: int = 32,
) -> pd.DataFrame:
    """Scores of every row of a split, whatever its view, as ``PREDICTION_COLUMNS``.

    Only pictures and detected types go in: no label of the split is looked at.

    Args:
        classifier: in eval mode.
        manifest: the crops' manifest.
        split: to predict.
        stores: store name -> its zip.
        categories: c.
        attributes: a.
        size: side of the crops in pixels.
        threads: that decode.
        batch_size: crops at a time.
    """
    rows = manifest[manifest["split"] == split].reset_index(drop=True)
    found = rows["found"].to_numpy(bool)
    category = np.zeros((len(rows), categories), dtype=np.float32)
    attribute = np.zeros((len(rows), attributes), dtype=np.float32)
    places = np.flatnonzero(found)
    crops = Crops(rows[found], stores, size=size, threads=threads)
    types = torch.tensor(rows["detected_type"].to_numpy(np.int64))
    for start in tqdm(range(0, len(places), batch_size), desc=f"predict {split}", unit="batch"):
        part = range(start, min(start + batch_size, len(places)))
        scores = classifier.scores(crops(part), types[places[list(part)]])
        category[places[list(part)]] = scores.category.numpy()
        attribute[places[list(part)]] = scores.attributes.numpy()
    return pd.DataFrame(
        {
            "image_id": rows["image_id"],
            "view": rows["view"],
            "found": found,
            "shared_type": rows["detected_type"],
            "category_scores": list(category),
            "attribute_scores": list(attribute),
        }
    )
