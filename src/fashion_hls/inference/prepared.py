"""What trained networks say of a prepared set: ``fashion-hls predict-set``.

The file is as the pipeline's own predictions, for ``evaluate`` and ``label-errors``
(docs/evaluate.md). The pipeline leaves the test split's; this gives any split's, by any bundle.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from tqdm import tqdm

from fashion_hls.classification.crops import Crops
from fashion_hls.classification.predict import PREDICTION_COLUMNS
from fashion_hls.data.labels import check_labels
from fashion_hls.data.records import Vocabulary
from fashion_hls.data.store import IMAGES, read_table, read_vocabulary
from fashion_hls.errors import UserError
from fashion_hls.inference.source import Loaded
from fashion_hls.places import ImageSet

BATCH: Final = 32
#: What a crop and its shared type are told by: views often agree on a region, predicted once.
_INPUT: Final = ["store", "file", "detected_type"]


def predict_prepared(
    loaded: Loaded, chosen: ImageSet, *, method: str | None, split: str, threads: int
) -> pd.DataFrame:
    """A method's scores of every view of a split's images, as ``PREDICTION_COLUMNS``.

    Only crops and detected types go in: no label is looked at.

    Args:
        loaded: networks and their card.
        chosen: a set that the pipeline prepared and cut (``retain_crops``).
        method: which of the networks; None: their choice.
        split: of the set.
        threads: that decode.

    Raises:
        UserError: the set is not there, has no image of the split, or other labels than the
            networks.
    """
    method = str(loaded.card["method"]) if method is None else method
    classifier = loaded.networks.classifier(method)
    path = chosen.crops / "manifest.parquet"
    vocabulary, manifest = read_vocabulary(chosen.photos / "vocabulary.json"), read_table(path)
    check_labels(manifest, vocabulary, path)
    _refuse_other_labels(loaded.card["vocabulary"], vocabulary, chosen)
    rows = manifest[manifest["split"] == split].reset_index(drop=True)
    if rows.empty:
        raise UserError(f"{path}: no image of split {split}")
    distinct = rows.loc[rows["found"], _INPUT].drop_duplicates().reset_index(drop=True)
    stores = {"crops": chosen.crops / IMAGES, "benchmark": chosen.photos / IMAGES}
    side = loaded.card["classifiers"][method]["image_size"]
    crops = Crops(distinct, stores, size=side, threads=threads)
    types = distinct["detected_type"].to_numpy(np.int64, copy=True)
    category = np.zeros((len(distinct), len(vocabulary.categories)), dtype=np.float32)
    attributes = np.zeros((len(distinct), len(vocabulary.attributes)), dtype=np.float32)
    for start in tqdm(range(0, len(distinct), BATCH), desc=f"predict {split}", unit="batch"):
        own = slice(start, min(start + BATCH, len(distinct)))
        # Whole numbers of 0 to 255 come back from 0-1 exactly.
        pixels = crops(range(own.start, own.stop)).mul_(255).round_().byte().permute(0, 2, 3, 1)
        scores = classifier.classify(pixels.contiguous().numpy(), types[own])
        category[own], attributes[own] = scores.category, scores.attributes
    numbered = distinct.assign(own=range(len(distinct)))
    places = rows.merge(numbered, how="left", on=_INPUT)["own"].to_numpy(float)
    table = rows.assign(
        shared_type=rows["detected_type"],
        category_scores=_spread(category, places),
        attribute_scores=_spread(attributes, places),
    )
    return table[PREDICTION_COLUMNS]


def _spread(scores: NDArray[np.float32], places: NDArray[np.float64]) -> pd.Series:
    """Scores [m, k] of the inputs at the places [n] of all rows; zeros where that is NaN."""
    out = np.zeros((len(places), scores.shape[1]), dtype=np.float32)
    found = np.isfinite(places)
    out[found] = scores[places[found].astype(np.intp)]
    return pd.Series(list(out), dtype=object)


def _refuse_other_labels(card: dict[str, list[str]], own: Vocabulary, chosen: ImageSet) -> None:
    """Scores are numbered: other names, or another order, would be read as other labels."""
    for kind, names in (("categories", own.categories), ("attributes", own.attributes)):
        if list(card[kind]) == list(names):
            continue
        strange = [name for name in card[kind] if name not in names]
        what = f"the models know {strange[0]}" if strange else "in another order or number"
        raise UserError(
            f"{chosen.photos / 'vocabulary.json'}: {kind} are not the models' ({what}); choose "
            "models trained on this set's labels"
        )
