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
        classifier: in eval mode, on whatever device.
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
    # Views often agree on a region and its type: it is predicted once.
    inputs = rows.loc[found, ["store", "file", "detected_type"]]
    own = inputs.groupby(list(inputs.columns), sort=False).ngroup().to_numpy()
    distinct = inputs.drop_duplicates()
    category = np.zeros((len(distinct), categories), dtype=np.float32)
    attribute = np.zeros((len(distinct), attributes), dtype=np.float32)
    crops = Crops(distinct, stores, size=size, threads=threads)
    device = next(classifier.parameters()).device
    types = torch.tensor(distinct["detected_type"].to_numpy(np.int64), device=device)
    for start in tqdm(range(0, len(distinct), batch_size), desc=f"predict {split}", unit="batch"):
        part = slice(start, min(start + batch_size, len(distinct)))
        images = crops(range(part.start, part.stop)).to(device)
        scores = classifier.scores(images, types[part])
        category[part] = scores.category.cpu().numpy()
        attribute[part] = scores.attributes.cpu().numpy()
    return pd.DataFrame(
        {
            "image_id": rows["image_id"],
            "view": rows["view"],
            "found": found,
            "shared_type": rows["detected_type"],
            "category_scores": list(_spread(category, own, found)),
            "attribute_scores": list(_spread(attribute, own, found)),
        }
    )


def _spread(scores: np.ndarray, own: np.ndarray, found: np.ndarray) -> np.ndarray:
    """Scores [n, k] of all rows; zeros where nothing was found.

    Args:
        scores: of the distinct inputs [m, k].
        own: which of them each found row has.
        found: bool [n].
    """
    out = np.zeros((len(found), scores.shape[1]), dtype=np.float32)
    out[found] = scores[own]
    return out
