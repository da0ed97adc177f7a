"""The labels of a prepared benchmark's split, as metrics take them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from fashion_hls.data.labels import label_matrix
from fashion_hls.metrics.protocols import Truth


def truth_of(images: pd.DataFrame, split: str, attributes: int) -> Truth:
    """True categories and attributes of a split's images.

    Args:
        images: the benchmark's table.
        split: train, val or test.
        attributes: a.
    """
    part = images[images["split"] == split]
    return Truth(
        image_id=part["image_id"].to_numpy(np.int64),
        category=part["category"].to_numpy(np.int64),
        positives=label_matrix(part["attributes"].tolist(), attributes),
    )
