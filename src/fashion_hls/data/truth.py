"""The labels of a prepared benchmark's split, as metrics take them; which of them are rare."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from fashion_hls.data.labels import label_matrix
from fashion_hls.data.records import Vocabulary
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


def unsupported(manifest: pd.DataFrame, views: Sequence[str], vocabulary: Vocabulary) -> Any:
    """Labels that training never saw, and labels that no test image has.

    A figure of the first says nothing of the method, and there is none of the second: both are
    left to the reader with their counts.

    Args:
        manifest: the crops' manifest; its labels are the vocabulary's.
        views: trained on; an image whose crop is of no such view was not trained on.
        vocabulary: of the set.

    Returns:
        For ``categories`` and ``attributes``: ``never_in_training`` and ``never_in_test``, each
        with ``count`` and ``images``, the label's images in the other of the two.
    """
    trained = manifest[(manifest["split"] == "train") & manifest["view"].isin(views)]
    parts = [trained[trained["found"]], manifest[manifest["split"] == "test"]]
    tables = [part.drop_duplicates("image_id") for part in parts]
    counts = {
        "categories": [
            np.bincount(table["category"], minlength=len(vocabulary.categories)) for table in tables
        ],
        "attributes": [
            label_matrix(table["attributes"].tolist(), len(vocabulary.attributes)).sum(axis=0)
            for table in tables
        ],
    }
    names = {"categories": vocabulary.categories, "attributes": vocabulary.attributes}
    return {
        kind: {
            "never_in_training": _absent(train, test, names[kind]),
            "never_in_test": _absent(test, train, names[kind]),
        }
        for kind, (train, test) in counts.items()
    }


def _absent(counts: Any, other: Any, names: Sequence[str]) -> dict[str, Any]:
    absent = np.flatnonzero(counts == 0)
    return {"count": len(absent), "images": {names[i]: int(other[i]) for i in absent.tolist()}}
