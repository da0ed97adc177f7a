"""What trained networks say of a prepared set: ``fashion-hls predict-set``.

The file is as the pipeline's own predictions, for ``evaluate`` and ``label-errors``
(docs/evaluate.md). The pipeline leaves the test split's; this gives any split's, by any bundle.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

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
from fashion_hls.inference.backend import ClassifierBackend
from fashion_hls.inference.bundle import is_bundle
from fashion_hls.inference.source import load_parts, located
from fashion_hls.places import ImageSet

BATCH: Final = 32
#: What a crop and its shared type are told by: views often agree on a region, predicted once.
_INPUT: Final = ["store", "file", "detected_type"]
_NEEDED: Final = ["image_id", "split", "view", "found", *_INPUT]


class Method(NamedTuple):
    """A method's networks, the names of what they score, and the side of their crops in pixels."""

    classifier: ClassifierBackend
    vocabulary: Mapping[str, Sequence[str]]
    image_size: int


def load_method(
    source: str | Path | None,
    chosen: ImageSet,
    *,
    method: str | None,
    backend: str | None,
    threads: int | None,
    device: str,
) -> Method:
    """The networks that are to speak of a set; no detector is needed.

    Args:
        source: as of ``Pipeline.load``; of a folder that the pipeline ran in, the networks that
            were trained on this set.
        chosen: the set.
        method: which of them; None: their choice, in a folder the first.
        backend: as of ``Pipeline.load``.
        threads: as of ``Pipeline.load``.
        device: as of ``Pipeline.load``.

    Raises:
        UserError: there are none, or not of this method.
    """
    path = located(source)
    if is_bundle(path) or backend == "onnx":
        parts = load_parts(path, backend=backend, threads=threads, device=device)
        card = parts.card
        method = str(card["method"]) if method is None else method
        named = parts.networks.classifier(method)
        return Method(named, card["vocabulary"], card["classifiers"][method]["image_size"])
    from fashion_hls.classification.build import CARD, load_classifier
    from fashion_hls.inference import torch_loading
    from fashion_hls.inference.torch_backend import TorchClassifier

    torch_loading.set_up(threads, device)
    methods = torch_loading.workspace_methods(path, chosen.below)
    method = methods[0] if method is None else method
    folder = path / "models/classifier" / chosen.below
    if method not in methods:
        raise UserError(f"method {method}: {folder} has {', '.join(methods)}; choose one of them")
    network, card = load_classifier(folder / method, method=method)
    own = TorchClassifier(network.to(device))
    try:
        return Method(own, card["notes"]["vocabulary"], card["notes"]["image_size"])
    except (KeyError, TypeError) as error:
        raise UserError(
            f"{folder / method / CARD}: lacks {error}; train the method again"
        ) from error


def predict_prepared(loaded: Method, chosen: ImageSet, *, split: str, threads: int) -> pd.DataFrame:
    """A method's scores of every view of a split's images, as ``PREDICTION_COLUMNS``.

    Only crops and detected types go in: no label is looked at.

    Args:
        loaded: from :func:`load_method`.
        chosen: a set that the pipeline prepared and cut (``retain_crops``).
        split: of the set.
        threads: that decode.

    Raises:
        UserError: the set is not there or damaged, has no image of the split, or other labels than
            the networks.
    """
    path = chosen.crops / "manifest.parquet"
    manifest = read_table(path, _NEEDED)
    vocabulary = read_vocabulary(chosen.photos / "vocabulary.json")
    check_labels(manifest, vocabulary, path)
    if manifest["found"].dtype != bool:
        raise UserError(f"{path}: found must be true or false; run the pipeline again")
    _refuse_other_labels(loaded.vocabulary, vocabulary, chosen)
    rows = manifest[manifest["split"] == split].reset_index(drop=True)
    if rows.empty:
        raise UserError(f"{path}: no image of split {split}")
    distinct = rows.loc[rows["found"], _INPUT].drop_duplicates().reset_index(drop=True)
    stores = {"crops": chosen.crops / IMAGES, "benchmark": chosen.photos / IMAGES}
    crops = Crops(distinct, stores, size=loaded.image_size, threads=threads)
    types = distinct["detected_type"].to_numpy(np.int64, copy=True)
    category = np.zeros((len(distinct), len(vocabulary.categories)), dtype=np.float32)
    attributes = np.zeros((len(distinct), len(vocabulary.attributes)), dtype=np.float32)
    for start in tqdm(range(0, len(distinct), BATCH), desc=f"predict {split}", unit="batch"):
        own = slice(start, min(start + BATCH, len(distinct)))
        # Whole numbers of 0 to 255 come back from 0-1 exactly.
        pixels = crops(range(own.start, own.stop)).mul_(255).round_().byte().permute(0, 2, 3, 1)
        scores = loaded.classifier.classify(pixels.contiguous().numpy(), types[own])
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


def _refuse_other_labels(
    card: Mapping[str, Sequence[str]], own: Vocabulary, chosen: ImageSet
) -> None:
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
